using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// In some seeds a node comes into the cluster while it runs. The others hear of it one by one, some only when they
/// start again.
/// </summary>
internal sealed class LogGrowth(World world, LogScenario scenario)
{
    private const long LateMicros = 3_000_000;
    private readonly Rng _rng = world.Fork("log-growth");

    /// <summary>One in three clusters grows, most by one node.</summary>
    public void Start()
    {
        if (!_rng.Chance(0.33)) return;
        var count = _rng.Chance(0.7) ? 1 : 2;
        for (var i = 0; i < count; i++)
            world.After(_rng.Between(500_000, 12_000_000), "node added", Add);
    }

    private void Add()
    {
        if (!world.Nemesis.IsOver) Add(new RegionId((int)_rng.Below(scenario.Layout.Regions.Count)));
    }

    /// <summary>One more, in a region.</summary>
    public void Add(RegionId region)
    {
        var layout = scenario.Layout;
        var id = new NodeId(layout.Nodes[^1].Id.Value + 1);
        scenario.Layout = layout with
        {
            Nodes = [.. layout.Nodes, new NodeInfo(id, $"{layout.Regions[region.Value]}-{id.Value}", region)],
        };
        world.Trace($"ADD {id} in region {region}");
        world.Probe.Mark("log.growth.node-added");
        foreach (var node in world.Nodes) Tell(node.Id, scenario.Layout);
        var started = world.AddNode(id, region).Start();
        Check.That(started);
    }

    private void Tell(NodeId node, Layout later) => world.After(_rng.Below(LateMicros), "grown",
        () => world.Ask(node, new LogGrow(later), (_, _) => { }));
}
