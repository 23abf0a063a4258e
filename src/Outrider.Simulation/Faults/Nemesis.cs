using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// Does harm: a schedule of faults drawn from the seed, and crashes set off by what a node has just done. Each fault
/// draws its details from a stream of its own, so leaving one out leaves the others as they were.
/// </summary>
public sealed class Nemesis
{
    /// <summary>The weight from which on a step is rare enough to cut links after it.</summary>
    public const double FewAndTelling = 4;
    private const long RestEveryMicros = 10_000_000;

    private readonly World _world;
    private readonly Swarm _swarm;
    private readonly RunPlan _plan;
    private readonly List<Fault> _faults = [];
    private readonly SortedDictionary<(FaultClass, int), int> _occasions = [];
    private readonly NodeFaults _nodeFaults;
    private readonly LinkFaults _linkFaults;
    private readonly Episodes _episodes;
    private long _hurryUntil;
    private double _hurryChance;
    private bool _over;

    internal Nemesis(World world, Swarm swarm, RunPlan plan)
    {
        _world = world;
        _swarm = swarm;
        _plan = plan;
        _nodeFaults = new NodeFaults(world, swarm);
        _linkFaults = new LinkFaults(world, swarm);
        _episodes = new Episodes(world, _nodeFaults, _linkFaults);
    }

    /// <summary>Everything structural that was done, in order.</summary>
    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>Whether the harmful phase is over: nothing is hurt any more.</summary>
    public bool IsOver => _over;

    /// <summary>Draws the schedule up to a time; may be called again to go on.</summary>
    internal void Schedule(long fromMicros, long untilMicros, int firstNumber, out int nextNumber)
    {
        ScheduleRests(fromMicros, untilMicros);
        var rng = _world.Fork("schedule", firstNumber);
        var number = firstNumber;
        for (var at = fromMicros; ; number++)
        {
            // A floor under the gap: two faults in one millisecond are one fault to everybody involved.
            at += 20_000 + (long)rng.Exponential(_swarm.FaultMeanMicros);
            if (at >= untilMicros) break;
            var kind = DrawClass(rng);
            var id = new FaultId(kind, 0, number);
            if (_plan.OnlyFaults is { } only && !only.Contains(id)) continue;
            _world.At(at, "fault", () => Strike(id));
        }

        nextNumber = number + 1;
    }

    /// <summary>
    /// Now and then nothing is hurt for a while and every link works: without that, some seeds would never see a leader
    /// for as long as it takes to do any work that could be lost.
    /// </summary>
    private void ScheduleRests(long fromMicros, long untilMicros)
    {
        if (_swarm.RestMicros == 0) return;
        for (var at = RestEveryMicros - _swarm.RestMicros; at < untilMicros; at += RestEveryMicros)
        {
            if (at < fromMicros) continue;
            _world.At(at, "rest", () =>
            {
                if (_over) return;
                _world.Trace("REST");
                _world.Network.HealAll();
                _world.Control.HealAll();
            });
        }
    }

    private bool IsResting =>
        _swarm.RestMicros > 0 && _world.NowMicros % RestEveryMicros >= RestEveryMicros - _swarm.RestMicros;

    /// <summary>Stops harming and mends everything outside the given core for good, the core for good too.</summary>
    internal void Heal(IReadOnlyList<NodeId> core)
    {
        _over = true;
        _swarm.LossChance = _swarm.DuplicateChance = _swarm.ReplayChance = _swarm.ControlUnknownChance = 0;
        _swarm.TailChance = 0;
        _world.Probe.Quiet = true;
        _world.Network.HealAll();
        _world.Control.HealAll();
        foreach (var node in _world.Nodes)
        {
            if (node.State == NodeState.Gone) continue;
            if (core.Contains(node.Id)) _nodeFaults.Restore(node);
            else _nodeFaults.Bury(node);
        }
    }

    /// <summary>Gives the nemesis its chance right after a step of a node.</summary>
    internal void AfterStep(SimNode node, in Event e, bool unsynced)
    {
        if (_over || node.State != NodeState.Up || IsResting) return;
        if (!_swarm.LoneVictim.IsNone && node.Id != _swarm.LoneVictim) return;
        if (_swarm.UnsyncedCrashChance > 0 && unsynced && node.Effects.Sends.Count > 0)
            Trigger(FaultClass.CrashUnsynced, node, _swarm.UnsyncedCrashChance);
        var crash = _world.NowMicros < _hurryUntil ? _hurryChance : 0;
        crash = Math.Max(crash, _swarm.ActingCrashChance);
        if (node.State != NodeState.Up || (crash <= 0 && _swarm.ActingCutChance <= 0)) return;
        var weight = _world.Scenario.TellingWeight(node, e);
        if (weight >= FewAndTelling && _swarm.ActingCutChance > 0)
            Trigger(FaultClass.CutAfterActing, node, _swarm.ActingCutChance);
        if (weight > 0 && crash > 0) Trigger(FaultClass.CrashAfterActing, node, crash * weight);
    }

    /// <summary>Makes crashes after acting more likely for a while.</summary>
    internal void Hurry(long untilMicros, double chance) => (_hurryUntil, _hurryChance) = (untilMicros, chance);

    /// <summary>A member whose disk failed has stopped; its operator restarts it after a while.</summary>
    internal void DiskFailed(SimNode node) => _nodeFaults.RestartLater(node);

    private void Trigger(FaultClass kind, SimNode node, double chance)
    {
        var occasion = _occasions[(kind, node.Id.Value)] = _occasions.GetValueOrDefault((kind, node.Id.Value)) + 1;
        var id = new FaultId(kind, node.Id.Value, occasion);
        // Decided by the occasion's own number: the same occasion is hit or spared whatever else is left out. There
        // are thousands of occasions a run, so the draw is one hash; only a hit pays for a generator.
        if (Unit(kind, node.Id.Value, occasion) >= chance) return;
        if (_plan.OnlyFaults is { } only && !only.Contains(id)) return;
        var rng = _world.Fork($"trigger:{kind}:{node.Id.Value}", occasion);
        var text = kind != FaultClass.CutAfterActing ? _nodeFaults.Crash(node, rng, fast: rng.Chance(0.7))
            : _swarm.ActingIsolationShare > 0 && rng.Chance(_swarm.ActingIsolationShare)
            ? _episodes.IsolateAround(node.Id, rng)
            : _linkFaults.CutAround(node.Id, rng);
        if (text is not null) Record(id, text);
    }

    private double Unit(FaultClass kind, int node, int occasion)
    {
        var x = _world.Seed ^ ((ulong)kind << 56) ^ ((ulong)node << 40) ^ (ulong)occasion;
        x = (x + 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return ((x ^ (x >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    private void Strike(FaultId id)
    {
        if (_over || IsResting || _world.Violation is not null) return;
        var rng = _world.Fork($"fault:{id.Class}", id.Number);
        var text = id.Class switch
        {
            FaultClass.Partition => _linkFaults.Partition(rng),
            FaultClass.Clog => _linkFaults.Clog(rng),
            FaultClass.SwizzleClog => _linkFaults.SwizzleClog(rng),
            FaultClass.ControlOutage => _linkFaults.ControlOutage(rng),
            FaultClass.Play => _world.Scenario.Play(_nodeFaults, rng),
            >= FaultClass.HeldLeader => _episodes.Play(id.Class, rng),
            _ => _nodeFaults.Strike(id.Class, rng),
        };
        if (text is not null) Record(id, text);
    }

    internal void Record(FaultId id, string text)
    {
        _faults.Add(new Fault(id, _world.NowMicros, text));
        _world.Hash.Fold(_world.NowMicros, 101, id.Node, TraceHash.Of(text));
        _world.Trace($"FAULT {id} {text}");
    }

    private FaultClass DrawClass(Rng rng)
    {
        var kinds = Enum.GetValues<FaultClass>();
        var total = kinds.Sum(_swarm.WeightOf);
        var draw = rng.NextUnit() * total;
        foreach (var kind in kinds)
        {
            draw -= _swarm.WeightOf(kind);
            if (draw < 0) return kind;
        }

        return FaultClass.Crash;
    }
}
