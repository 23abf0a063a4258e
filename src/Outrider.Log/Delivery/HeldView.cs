using Outrider.Core;

namespace Outrider.Log;

/// <summary>What this node holds, and misses, of sub-logs that have ended.</summary>
internal static class HeldView
{
    public static LogReply Of(LogContext context, SubLogs subLogs, SortedTable<ShardId, ShardIndex> shards)
    {
        var items = new List<HeldSlots>();
        for (var i = 0; i < context.State.Rids.Count; i++)
        {
            var rid = context.State.Rids[i];
            if (!context.State.Ended(rid)) continue;
            // A copy that found its own disk wanting answers nobody until it is repaired.
            var end = subLogs.Find(rid.Rid) is { Group.IsCorrupt: false } store ? store.EndSlot : default;
            var isMissing = shards.TryGetValue(rid.Shard, out var index) && index.IsMissing(rid);
            if (isMissing || end.Value > 0) items.Add(new(rid.Rid, end, isMissing));
        }

        return new LogReply.Held(items);
    }
}
