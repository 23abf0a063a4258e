using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// Takes the disks of all nodes that hold a shard, but at times of one that is away for long and returns. An operator
/// adds as many nodes, and declares lost what no copy answers for: nothing but what those nodes alone had held.
/// </summary>
internal sealed class LogDestroyer(World world, LogScenario scenario, LogGrowth growth)
{
    private readonly Rng _rng = world.Fork("log-destroyer");
    private readonly NodeFaults _nodes = new(world, world.Swarm);
    private readonly SortedSet<NodeId> _struck = [];
    private readonly SortedDictionary<Rid, Lsn> _lost = [];
    private long _struckMicros;

    public void Start() => world.After(_rng.Between(3_000_000, 9_000_000), "destroy", Destroy);

    /// <summary>Whether all copies that a sub-log began with were on nodes that were struck.</summary>
    public bool MayGiveUp(RidState rid) =>
        _struck.Count > 0 && rid.Origin.Copies.All(copy => _struck.Contains(copy.Node));

    /// <summary>Takes note of what has been declared lost.</summary>
    public void Stepped(LogNode machine)
    {
        if (machine.State.Losses == 0) return;
        foreach (var rid in machine.State.Rids)
        {
            if (rid.Lost is not { } lost || (_lost.TryGetValue(rid.Rid, out var known) && known <= lost)) continue;
            _lost[rid.Rid] = lost;
            world.Probe.Mark("log.destroyer.declared");
            if (!MayGiveUp(rid))
                scenario.History.Broken.Add($"slots of {rid.Rid} were declared lost, which nobody asked for");
            for (var lsn = lost; lsn < machine.State.EndOf(rid); lsn = lsn.Next())
                if (machine.State.Windows.TryPosition(rid.Rid, lsn, out var position))
                    scenario.History.Lost.TryAdd(position, machine.State.TailPosition);
        }
    }

    private void Destroy()
    {
        if (world.Nemesis.IsOver) return;
        var topology = new LogTopology(scenario.Setup.Layout, scenario.Setup.Options);
        var places = Enumerable.Range(0, scenario.Setup.Options.Shards).Select(s => topology.Shard(new(s)))
            .Where(place => place.Copies.Count(topology.OrderingMembers.Contains) * 2 < topology.OrderingMembers.Count)
            .ToList();
        Check.That(places.Count > 0);
        var copies = _rng.Pick(places).Copies;
        var returns = _rng.Chance(0.5) ? _rng.Pick(copies) : NodeId.None;
        foreach (var node in copies)
        {
            _struck.Add(node);
            if (node == returns) Away(world.Node(node));
            else world.Node(node).Wipe();
            growth.Add(world.Node(node).Region);
        }

        _struckMicros = world.NowMicros;
        world.Trace($"DESTROY {string.Join(' ', copies)}, returns {returns}");
        world.After(Pause(), "operator", Look);
    }

    private void Away(SimNode node)
    {
        var back = _rng.Between(8_000_000, 25_000_000);
        if (node.State is NodeState.Up or NodeState.Paused) _nodes.CrashFor(node, CrashKind.DropAll, back, again: 0);
    }

    private long Pause() => _rng.Between(300_000, 2_000_000);

    private void Look()
    {
        world.After(Pause(), "operator", Look);
        var up = world.Nodes.Where(n => n.State == NodeState.Up).Select(n => n.Id).ToList();
        if (up.Count == 0) return;
        world.Ask(_rng.Pick(up), new LogMissing(), (reply, _) =>
        {
            if (reply is not LogReply.Missing missing) return;
            foreach (var slots in missing.Items)
                if (Known(slots.Rid) is { } rid && MayGiveUp(rid)) GiveUp(slots.Rid);
        });
    }

    private void GiveUp(Rid rid)
    {
        var up = world.Nodes.Where(n => n.State == NodeState.Up).Select(n => n.Id).ToList();
        // Nodes whose disks are gone never answer: sooner or later it has to be said all the same.
        var force = world.NowMicros - _struckMicros > 4_000_000;
        if (up.Count > 0) world.Ask(_rng.Pick(up), new LogGiveUp(rid, force), static (_, _) => { });
    }

    private RidState? Known(Rid rid) =>
        world.Nodes.Select(n => n.Machine).OfType<LogNode>().MaxBy(m => m.Applied)?.State.Find(rid);
}
