using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>What a hunter is after.</summary>
internal enum LogHunt : byte
{
    Nothing,
    /// <summary>The copies of one shard, one after the other; or its primary, which is left alone with its clients.
    /// </summary>
    Shards,
    /// <summary>The lone victim, after it has gone on without the copies that it could not reach.</summary>
    Quarrels,
}

/// <summary>
/// An enemy that knows who holds what: it strikes the copies of one shard where faults drawn blindly would hit one at
/// most.
/// </summary>
internal sealed class LogHunter(World world, LogScenario scenario)
{
    private const long PauseMeanMicros = 1_500_000;
    private readonly Rng _rng = world.Fork("log-hunter");
    private readonly NodeFaults _nodes = new(world, world.Swarm);
    private readonly LinkFaults _links = new(world, world.Swarm);
    private readonly LogTopology _topology = new(scenario.Setup.Layout, scenario.Setup.Options);

    private LogOptions Options => scenario.Setup.Options;

    public void Start() => world.After(2_000_000, "hunt", Strike);

    private void Strike()
    {
        if (world.Nemesis.IsOver) return;
        var found = scenario.Setup.Hunt == LogHunt.Quarrels ? Quarrel() : Hunt();
        world.After(found ? 500_000 + (long)_rng.Exponential(PauseMeanMicros) : 200_000, "hunt", Strike);
    }

    private bool Hunt()
    {
        var live = Live();
        if (live.Count == 0) return false;
        var prey = _rng.Pick(live);
        if (_rng.Chance(0.6)) Bereave(prey);
        else if (_rng.Chance(0.4)) Estrange(prey);
        else CutOff(prey);
        return true;
    }

    /// <summary>Sub-logs that take appends, as the one who has read furthest knows them.</summary>
    private List<RidState> Live()
    {
        var newest = world.Nodes.Select(n => n.Machine).OfType<LogNode>().MaxBy(m => m.Applied);
        return newest is null ? [] : [.. newest.State.Current.Where(
            rid => rid.Live && world.Node(rid.Node).State == NodeState.Up)];
    }

    /// <summary>Slow disks, then the power goes at the copies, some for so long that nobody waits for them.</summary>
    private void Bereave(RidState prey)
    {
        var slowMicros = _rng.Between(100_000, 600_000);
        var copies = prey.Origin.Copies.Select(copy => copy.Node).ToList();
        foreach (var node in copies)
            if (_rng.Chance(0.9)) _nodes.SlowDisk(world.Node(node), _rng.Between(30, 300), slowMicros + 100_000);
        _rng.Shuffle(copies);
        if (copies.Count > 1 && _rng.Chance(0.2)) copies.RemoveAt(0);
        var at = slowMicros;
        foreach (var node in copies)
        {
            var away = 2 * (Options.SuspectMicros + Options.AbandonMicros);
            var back = _rng.Chance(0.75) ? 1_000 * _rng.Between(5, 300) : _rng.Between(away / 4, away);
            world.After(at, "power", () => Down(node, back));
            at += _rng.Chance(0.7) ? _rng.Below(5_000) : _rng.Below(Options.SuspectMicros);
        }

        world.Trace($"HUNT the copies of {prey.Rid}: {string.Join(' ', copies)}");
    }

    /// <summary>Long enough to be ended, and not so long that its clients give up.</summary>
    private void CutOff(RidState prey)
    {
        var home = prey.Node;
        var lasts = Options.SuspectMicros + _rng.Between(200_000, 2_000_000);
        var hears = _rng.Chance(0.4);
        if (hears) _links.Silence(home, lasts);
        else _links.Separate([home], world.Nodes.Select(n => n.Id).Where(n => n != home), lasts);
        world.Trace($"HUNT {home} {(hears ? "unheard" : "cut off")} for {lasts / 1000} ms");
    }

    /// <summary>
    /// A primary goes on without the other home, which lives and takes over when the power goes at all that are left.
    /// </summary>
    private void Estrange(RidState prey)
    {
        var others = prey.Origin.Copies.Where(c => c.Home && c.Node != prey.Node).Select(c => c.Node).ToList();
        var left = prey.Origin.Copies.Select(c => c.Node).Except(others).ToList();
        var lasts = Options.DropCopyMicros + _rng.Between(400_000, 1_200_000);
        _links.Separate([prey.Node], others, lasts + 500_000);
        world.After(lasts - 200_000, "slow", () =>
        {
            foreach (var node in left)
                if (!world.Nemesis.IsOver) _nodes.SlowDisk(world.Node(node), _rng.Between(100, 400), 300_000);
        });
        foreach (var node in left) world.After(lasts, "power", () => Down(node, 1_000 * _rng.Between(5, 60)));
        world.Trace($"HUNT {prey.Rid} apart from {string.Join(' ', others)}, then {string.Join(' ', left)}");
    }

    /// <summary>The victim cannot reach the other homes until it has dropped them; soon after that its power goes.
    /// </summary>
    private bool Quarrel()
    {
        var victim = world.Swarm.LoneVictim;
        var place = _topology.Shard(new((int)_rng.Below(Options.Shards)));
        if (!place.IsHome(victim) || place.Homes.Count < 2) return false;
        var lasts = (2 * Options.DropCopyMicros) + _rng.Between(0, 1_500_000);
        _links.Separate([victim], place.Homes.Where(n => n != victim), lasts);
        world.After(lasts - _rng.Below(Options.DropCopyMicros / 2), "power",
            () => Down(victim, 1_000 * _rng.Between(5, 300)));
        world.Trace($"HUNT {victim}: apart from the other homes for {lasts / 1000} ms");
        return true;
    }

    private void Down(NodeId node, long backMicros)
    {
        if (world.Nemesis.IsOver) return;
        _nodes.CrashFor(world.Node(node), CrashKind.DropAll, backMicros, again: 0);
    }
}
