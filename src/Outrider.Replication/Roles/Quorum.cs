using Outrider.Core;

namespace Outrider.Replication;

/// <summary>The arithmetic of quorums.</summary>
internal static class Quorum
{
    /// <summary>Whether a set meets every commit quorum of every active configuration.</summary>
    public static bool Seals(GroupContext context, IReadOnlyList<ActiveConfig> active, Func<NodeId, bool> isIn)
    {
        var first = context.Has(ReplicationBugs.SealSetNewestConfigOnly) ? active.Count - 1 : 0;
        for (var i = first; i < active.Count; i++)
        {
            var config = active[i].Config;
            var needed = context.Has(ReplicationBugs.SealSetAnyOne) ? 1 : config.SealQuorum;
            if (CountIn(config, isIn) < needed) return false;
        }

        return true;
    }

    public static bool Commits(GroupConfig config, Func<NodeId, bool> isIn) =>
        CountIn(config, isIn) >= config.CommitQuorum;

    public static int CountIn(GroupConfig config, Func<NodeId, bool> isIn)
    {
        var count = 0;
        for (var i = 0; i < config.Members.Count; i++)
            if (isIn(config.Members[i])) count++;
        return count;
    }

    /// <summary>The value that at least <paramref name="count"/> of the values reach.</summary>
    public static long ReachedBy(Span<long> values, int count)
    {
        Check.That(count >= 1);
        if (values.Length < count) return 0;
        // Nine values at most: insertion is the fastest sort there is.
        for (var i = 1; i < values.Length; i++)
        {
            var value = values[i];
            var at = i;
            for (; at > 0 && values[at - 1] < value; at--) values[at] = values[at - 1];
            values[at] = value;
        }

        return values[count - 1];
    }
}
