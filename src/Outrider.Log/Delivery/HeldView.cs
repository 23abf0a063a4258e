using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// What this node holds, and misses, of sub-logs. Of all that it holds, whether or not it has read that they ended: a
/// node that has just started knows little of the order, and must not be taken for one without a copy.
/// </summary>
internal static class HeldView
{
    public static LogReply Of(LogContext context, SubLogs subLogs, SortedTable<ShardId, ShardIndex> shards)
    {
        var held = new SortedDictionary<Rid, HeldSlots>();
        foreach (var store in subLogs.All)
            held.Add(store.Rid, new(store.Rid, store.EndSlot, IsMissing: false, store.Group.IsCorrupt));
        for (var i = 0; i < context.State.Rids.Count; i++)
        {
            var rid = context.State.Rids[i];
            if (!context.State.Ended(rid) || !shards.TryGetValue(rid.Shard, out var index) || !index.IsMissing(rid))
                continue;
            var own = held.TryGetValue(rid.Rid, out var known) ? known : new(rid.Rid, default, false, false);
            held[rid.Rid] = own with { IsMissing = true };
        }

        Check.That(held.Count <= context.State.Rids.Count + subLogs.All.Count);
        return new LogReply.Held([.. held.Values]);
    }
}
