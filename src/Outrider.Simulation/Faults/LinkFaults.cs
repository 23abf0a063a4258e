using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>Faults of who hears whom.</summary>
internal sealed class LinkFaults(World world, Swarm swarm)
{
    private static readonly string[] Shapes = ["one", "half", "ring", "region", "leader", "link", "bridge"];

    /// <summary>Cuts links in one of the classic shapes, in both directions or one; mends them later.</summary>
    public string? Partition(Rng rng)
    {
        var nodes = Present();
        if (nodes.Count < 2) return null;
        var shape = rng.Pick(Shapes);
        var side = SideOf(shape, nodes, rng);
        var oneWay = rng.Chance(0.3);
        var flip = rng.Chance(0.5);
        var withControl = rng.Chance(0.4);
        var lasts = Duration(rng, 4_000_000);
        var cuts = new List<(NodeId From, NodeId To)>();
        for (var i = 0; i < nodes.Count; i++)
            for (var j = 0; j < nodes.Count; j++)
                if (i != j && Separated(shape, i, j, nodes, side) && (!oneWay || side.Contains(nodes[i]) == flip))
                    cuts.Add((nodes[i], nodes[j]));
        if (cuts.Count == 0) return null;
        CutFor(cuts, lasts);
        // Either side may be the one that still reaches the control plane, whatever its size.
        var away = rng.Chance(swarm.FarControlShare) ? nodes.Except(side).ToList() : side;
        if (withControl)
            foreach (var node in away) world.Control.Away(node, world.NowMicros + lasts);
        var without = withControl ? $" (no control plane: {string.Join(' ', away)})" : "";
        return $"partition {shape}{(oneWay ? " one way" : "")}" +
            $"{string.Join(' ', side)}{without} for {lasts / 1000} ms";
    }

    /// <summary>Takes some of a node's links away, in one direction or both.</summary>
    public string? CutAround(NodeId node, Rng rng)
    {
        var others = Present();
        others.Remove(node);
        if (others.Count == 0) return null;
        rng.Shuffle(others);
        if (rng.Chance(0.6)) others = others[..1];
        var way = (int)rng.Below(4);
        var lasts = Duration(rng, 2_000_000);
        var cuts = new List<(NodeId From, NodeId To)>();
        foreach (var other in others)
        {
            if (way != 0) cuts.Add((node, other));
            if (way != 1) cuts.Add((other, node));
        }

        CutFor(cuts, lasts);
        var direction = way == 0 ? "to" : way == 1 ? "from" : "of";
        return $"cut links {direction} {node} ({string.Join(' ', others)}) for {lasts / 1000} ms";
    }

    /// <summary>Cuts all links between two sets of nodes for a while.</summary>
    public void Separate(IEnumerable<NodeId> some, IEnumerable<NodeId> others, long lastsMicros)
    {
        var cuts = new List<(NodeId From, NodeId To)>();
        var far = others.ToList();
        foreach (var one in some)
        {
            foreach (var other in far)
            {
                cuts.Add((one, other));
                cuts.Add((other, one));
            }
        }

        CutFor(cuts, lastsMicros);
    }

    /// <summary>Nobody hears a node for a while; it hears everybody.</summary>
    public void Silence(NodeId node, long lastsMicros) =>
        CutFor([.. world.Nodes.Where(n => n.Id != node).Select(n => (node, n.Id))], lastsMicros);

    private void CutFor(List<(NodeId From, NodeId To)> cuts, long lastsMicros)
    {
        foreach (var (from, to) in cuts) world.Network.Cut(from, to);
        world.After(lastsMicros, "mend", () =>
        {
            if (world.Nemesis.IsOver) return;
            foreach (var (from, to) in cuts) world.Network.Mend(from, to);
        });
    }

    public string? Clog(Rng rng)
    {
        var nodes = Present();
        if (nodes.Count < 2) return null;
        rng.Shuffle(nodes);
        var lasts = Duration(rng, 5_000_000);
        var leaders = world.Scenario.Leaders(world);
        if (leaders.Count > 0 && rng.Chance(swarm.LeaderClogShare))
        {
            // What a leader said reaches the others when they have long promised on: the test of every fence.
            var leader = rng.Pick(leaders);
            foreach (var other in nodes)
                if (other != leader) world.Network.Clog(leader, other, world.NowMicros + lasts);
            return $"clog {leader} to all for {lasts / 1000} ms";
        }

        world.Network.Clog(nodes[0], nodes[1], world.NowMicros + lasts);
        return $"clog {nodes[0]} to {nodes[1]} for {lasts / 1000} ms";
    }

    /// <summary>FoundationDB's champion: stops a random subset one by one and frees it in another order.</summary>
    public string? SwizzleClog(Rng rng)
    {
        var nodes = Present();
        if (nodes.Count < 2) return null;
        rng.Shuffle(nodes);
        var chosen = nodes.Take((int)rng.Between(1, nodes.Count)).ToList();
        var step = rng.Between(10_000, 400_000);
        var free = chosen.ToList();
        rng.Shuffle(free);
        var start = world.NowMicros;
        for (var i = 0; i < chosen.Count; i++)
        {
            var node = chosen[i];
            var until = start + step * (chosen.Count + 1 + free.IndexOf(node));
            world.After(i * step, "swizzle", () =>
            {
                if (!world.Nemesis.IsOver) world.Network.Clog(node, until);
            });
        }

        return $"swizzle-clog {string.Join(' ', chosen)} step {step / 1000} ms";
    }

    public string? ControlOutage(Rng rng)
    {
        var lasts = Duration(rng, 5_000_000);
        var all = rng.Chance(0.3);
        NodeId? node = all ? null : rng.Pick(Present());
        world.Control.Away(node, world.NowMicros + lasts);
        return $"control plane away from {(all ? "all" : node.ToString())} for {lasts / 1000} ms";
    }

    private List<NodeId> Present() =>
        [.. world.Nodes.Where(n => n.State != NodeState.Gone).Select(n => n.Id)];

    private List<NodeId> SideOf(string shape, List<NodeId> nodes, Rng rng)
    {
        var shuffled = nodes.ToList();
        rng.Shuffle(shuffled);
        switch (shape)
        {
            case "leader":
                var leaders = world.Scenario.Leaders(world);
                return leaders.Count > 0 ? [rng.Pick(leaders)] : [shuffled[0]];
            case "half":
                return shuffled[..(nodes.Count / 2)];
            case "region":
                var region = world.Node(shuffled[0]).Region;
                return [.. nodes.Where(n => world.Node(n).Region == region)];
            case "ring":
                return nodes;
            case "link":
                return shuffled[..1];
            default:
                return shuffled[..1];
        }
    }

    private static bool Separated(string shape, int i, int j, List<NodeId> nodes, List<NodeId> side)
    {
        var count = nodes.Count;
        return shape switch
        {
            // Each hears its two neighbours only; with three nodes, one neighbour only.
            "ring" => count > 3 ? (i + 1) % count != j && (j + 1) % count != i : (i + 1) % count != j,
            // One node hears all, the two halves do not hear each other.
            "bridge" => nodes[i] != side[0] && nodes[j] != side[0] && (i < count / 2) != (j < count / 2),
            "link" => (nodes[i] == side[0] && j == (nodes.IndexOf(side[0]) + 1) % count) ||
                (nodes[j] == side[0] && i == (nodes.IndexOf(side[0]) + 1) % count),
            _ => side.Contains(nodes[i]) != side.Contains(nodes[j]),
        };
    }

    internal static long Duration(Rng rng, long maxMicros) => Duration(rng, 20_000, maxMicros);

    /// <summary>Log-uniform: short ones shake the protocol, long ones force it to decide.</summary>
    internal static long Duration(Rng rng, long minMicros, long maxMicros) =>
        (long)(minMicros * Math.Pow((double)maxMicros / minMicros, rng.NextUnit()));
}
