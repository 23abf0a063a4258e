using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// How many rows speculation may run beyond the committed tail. Too few, and a record waits for the commit of rows far
/// before it: speculation is then hardly earlier than confirmation. Too many cost nothing but a longer early close.
/// </summary>
public static class RunAhead
{
    private const int SpareRows = 4;
    // Syncs, and queues on a busy machine: distances are not all of the time that a commit takes.
    private const double SlackMs = 100;

    /// <summary>
    /// Enough for the longest way of a row in this layout: to the disks of all copies, as a report to the ordering
    /// leader, through the leader's quorum, and back. Never fewer than the options say.
    /// </summary>
    public static int RowsFor(Layout layout, LogOptions options)
    {
        var topology = new LogTopology(layout, options);
        var longestMs = 0.0;
        for (var s = 0; s < options.Shards; s++)
        {
            var place = topology.Shard(new(s));
            for (var i = 0; i < place.Homes.Count; i++)
                longestMs = Math.Max(longestMs, WayMs(layout, topology, place, place.Homes[i]));
        }

        var rows = Math.Ceiling((longestMs + SlackMs) * 1000 / options.IntervalMicros) + SpareRows;
        return (int)Math.Clamp(rows, Math.Max(1, options.RunAheadRows), LogParameters.RowsMax);
    }

    private static double WayMs(Layout layout, LogTopology topology, ShardPlace place, NodeId primary)
    {
        var copiesMs = 0.0;
        for (var i = 0; i < place.Copies.Count; i++)
            copiesMs = Math.Max(copiesMs, RttMs(layout, primary, place.Copies[i]));
        var members = topology.OrderingMembers;
        var orderMs = 0.0;
        // Any member may lead.
        for (var i = 0; i < members.Count; i++)
            orderMs = Math.Max(orderMs, RttMs(layout, primary, members[i]) + QuorumMs(layout, members, members[i]));
        return copiesMs + orderMs;
    }

    private static double QuorumMs(Layout layout, IReadOnlyList<NodeId> members, NodeId leader)
    {
        var distances = new List<double>();
        for (var i = 0; i < members.Count; i++) distances.Add(RttMs(layout, leader, members[i]));
        distances.Sort();
        Check.That(distances.Count > 0);
        // The leader itself stands first, at no distance.
        return distances[distances.Count / 2];
    }

    private static double RttMs(Layout layout, NodeId a, NodeId b)
    {
        var (from, to) = (layout.Find(a)!.Region.Value, layout.Find(b)!.Region.Value);
        return layout.RttMs.Count > from && layout.RttMs[from].Count > to ? layout.RttMs[from][to] : 0;
    }
}
