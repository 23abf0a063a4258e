using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Speaks for the consumer groups of a primary's keys when the log is to be trimmed: says what they need, and writes
/// their state again above the trim.
/// </summary>
internal sealed class GroupKeeper(LogContext context, SubLogPrimary primary, ShardIndex index)
{
    /// <summary>Null: not known yet, ask again.</summary>
    public LogReply? Answer(GroupsBelow ask)
    {
        var (below, holder) = (ask.Below, (string?)null);
        var known = index.Covered >= ask.Below;
        foreach (var stream in index.Floors.Streams)
        {
            if (context.Topology.Home(stream) != (ask.Shard, ask.Seat)) continue;
            known &= ask.Keep ? Keep(stream, ask.Below)
                : context.Has(LogBugs.TrimPastGroups)
                || index.Floors.TryFloor(GroupCodec.HomeKey(stream).ToString(), ref below, ref holder);
        }

        return known ? new LogReply.Trimmed(below, 0, holder) : null;
    }

    private bool Keep(string stream, Position below)
    {
        if (context.Has(LogBugs.TrimGroupState)) return true;
        if (index.Floors.StandsAbove(stream, below, out var write)) return true;
        // A state that something follows, under way or not read here yet, would be told without it.
        if (write is null || !primary.IsTailIndexed(stream)) return false;
        var records = GroupSnapshot.Records(stream, write);
        primary.Place(NodeId.None, 0, new(records, ProducerId.None, 0, context.Options.Durability));
        return false;
    }
}
