using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Reads one key's records from its own sub-log beyond the merged end: what its primary has sent and the run-ahead
/// bound allows, whether or not other sub-logs have filled the positions before it.
/// </summary>
/// <remarks>
/// The records of a key ascend in position through all sub-logs that were its home one after the other. So a reader
/// may go ahead in the present one only when all of the earlier ones that was kept has been merged.
/// </remarks>
internal sealed class AheadReader(LogContext context, Merger merger)
{
    private readonly List<RecordDraft> _drafts = [];

    /// <summary>
    /// Adds records of the key from a position on, at most about <paramref name="most"/>, and says where to go on.
    /// </summary>
    public Position Collect(string key, Position from, int most, List<LogRecord> into, out Rid home)
    {
        home = new(-1);
        if (Home(key) is not { } rid) return from;
        home = rid.Rid;
        var next = from;
        foreach (var entry in merger.Waiting(rid))
        {
            if (into.Count >= most) break;
            if (entry.Kind != EntryKind.Records || entry.End.Value == 0) continue;
            if (!context.State.Windows.TryPosition(rid.Rid, new(entry.End.Value - 1), out var last)) break;
            if (last < next) continue;
            var fate = SlotFate.Of(context, rid, entry.End);
            if (fate == EntryFate.Undecided && !Merger.MayShow(context, rid, entry)) break;
            if (fate != EntryFate.Never) Add(rid, entry);
            next = last.Next();
        }

        return next;

        void Add(RidState owner, in SubEntry entry)
        {
            var ok = RecordBatch.TryOpen(entry.Payload, out var batch);
            Check.That(ok);
            if (batch.Key != key) return;
            _drafts.Clear();
            ok = batch.TryRead(_drafts);
            Check.That(ok && _drafts.Count == entry.Slots);
            for (var i = 0; i < _drafts.Count; i++)
            {
                var lsn = entry.First.Plus(i);
                ok = context.State.Windows.TryPosition(owner.Rid, lsn, out var position);
                Check.That(ok);
                // The first part of a batch that spans two rows may be merged already.
                if (position < from) continue;
                var draft = _drafts[i];
                into.Add(new(position, owner.Rid, lsn, key, draft.Payload, draft.Headers, draft.TimestampMs));
            }
        }
    }

    /// <summary>Below here everything of the key is final and merged, or final in its own sub-log.</summary>
    public Position ConfirmedOf(string key)
    {
        var final = merger.Confirmed;
        if (final < merger.Buffer.End || Home(key) is not { } rid) return final;
        var committed = context.State.CommittedOf(rid.Rid);
        foreach (var entry in merger.Waiting(rid))
        {
            if (entry.End > committed) break;
            if (entry.Slots > 0 && context.State.Windows.TryPosition(rid.Rid, new(entry.End.Value - 1), out var last)
                && last >= final) final = last.Next();
        }

        return final;
    }

    /// <summary>Adds the positions of a failed sub-log's records that were not merged and are not kept.</summary>
    public static void AddDead(
        LogContext context, RidState rid, IReadOnlyCollection<SubEntry> entries, Position mergedEnd,
        List<Position> positions)
    {
        foreach (var entry in entries)
        {
            if (entry.Kind != EntryKind.Records || entry.End <= rid.Keep!.Value) continue;
            for (var lsn = entry.First; lsn < entry.End; lsn = lsn.Next())
                if (context.State.Windows.TryPosition(rid.Rid, lsn, out var position) && position >= mergedEnd)
                    positions.Add(position);
        }
    }

    /// <summary>The key's present sub-log, if nothing of an earlier one is still to be merged here.</summary>
    private RidState? Home(string key)
    {
        var state = context.State;
        if (!state.Opened || !state.HasWindow || state.Parameters!.Mode == OrderingMode.Eager) return null;
        var (shard, seat) = context.Topology.Home(key);
        if (state.OwnerOf(shard, seat) is not { } owner || state.Find(owner) is not { Live: true } home) return null;
        for (var i = 0; i < state.Rids.Count; i++)
        {
            var other = state.Rids[i];
            if (other.Live || other.Shard != shard || other.Rid == owner) continue;
            var kept = other.Keep ?? state.Windows.EndOf(other.Rid);
            if (kept.Value > 0 && state.Windows.TryPosition(other.Rid, new(kept.Value - 1), out var last)
                && last >= merger.Buffer.End) return null;
        }

        return home;
    }
}
