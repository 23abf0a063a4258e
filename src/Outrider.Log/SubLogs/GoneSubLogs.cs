using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Drops this node's copies of ended sub-logs that are trimmed as a whole, once another one speaks for them.
/// </summary>
internal static class GoneSubLogs
{
    public static void Drop(
        LogContext context, Fetcher fetcher, SubLogs subLogs, SortedTable<ShardId, ShardIndex> shards,
        SortedTable<Rid, SubLogPrimary> primaries)
    {
        foreach (var rid in subLogs.Gone())
        {
            // Of a shard that this node stood in for, it knows nothing since its restart.
            if (!shards.TryGetValue(rid.Shard, out var index))
                shards.Add(rid.Shard, new(context, fetcher, rid.Shard));
            else if (index.IsReleased(rid))
            {
                // One that left in order was still led here.
                primaries.Remove(rid.Rid);
                subLogs.Drop(rid.Rid);
            }
        }
    }
}
