using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// Lets the copies of a primary's sub-log forget what lies below the log's trim, and those of ended sub-logs of the
/// shard be dropped: first what must be known of them is written down here, and only when that is final and on every
/// disk they go.
/// </summary>
/// <remarks>
///   trim of the log ──► ShardMemory in parts, a hole behind each ──► committed in the order, on all disks
///       ──► Trim of the stream (every copy frees its disk) ──► word that ended sub-logs are released
/// </remarks>
internal sealed class SubLogTrimmer(LogContext context, SubLogPrimary primary, SubLogStore store, ShardIndex index)
{
    private readonly Queue<(Lsn End, long Bytes)> _marks = new();
    private long _bytes;
    private long _markedBytes;
    private long _trimmedBytes;
    private long _cutBytes;
    private long _memoryBytes;
    private Lsn _saidUpTo;
    private Written? _written;

    /// <summary>A memory on its way, and what may go once it is safe.</summary>
    private sealed record Written(
        Lsn End, LogIndex Index, (LogIndex Index, Lsn End) Cut, IReadOnlyList<Rid> Carried, long TrimmedBytes);

    /// <summary>Takes note of an entry of the primary's.</summary>
    public void Note(Lsn end, int payloadBytes)
    {
        _bytes += Limits.EntryHeaderBytes + payloadBytes;
        if (_bytes - _markedBytes < context.Options.TrimBytes / 8) return;
        _markedBytes = _bytes;
        _marks.Enqueue((end, _bytes));
    }

    public void Tick()
    {
        // Of one that leaves or has failed, nothing new would get a position.
        if (!primary.IsOpen || !primary.State.Live) return;
        if (_written is not null) Finish(_written);
        else if (Due(out var cut)) Begin(cut);
    }

    private bool Due(out (LogIndex Index, Lsn End) cut)
    {
        cut = default;
        // It would be said again before it is known.
        if (index.ReadUpTo(primary.Rid) < _saidUpTo) return false;
        var state = context.State;
        var below = context.Has(LogBugs.CutAboveTrim)
            ? state.CommittedOf(primary.Rid) : state.TrimmedOf(primary.Rid);
        // What this node's index has not read it could not write down.
        if (index.ReadUpTo(primary.Rid) < below) below = index.ReadUpTo(primary.Rid);
        while (_marks.TryPeek(out var mark) && mark.End <= below) _trimmedBytes = _marks.Dequeue().Bytes;
        cut = store.WholeBelow(below);
        if (cut.Index <= store.Group.Stream(LogContext.Stream).BaseIndex) cut = default;
        var enough = Math.Max(context.Options.TrimBytes, context.Options.TrimShare * _memoryBytes);
        if (cut.Index > LogIndex.Zero && _trimmedBytes - _cutBytes >= enough) return true;
        return index.HasGone && IsFirst();
    }

    /// <summary>One primary of a shard is enough to speak for ended sub-logs.</summary>
    private bool IsFirst()
    {
        var current = context.State.Current;
        for (var i = 0; i < current.Count; i++)
            if (current[i].Live && current[i].Shard == primary.State.Shard) return current[i].Rid == primary.Rid;
        return false;
    }

    private void Begin((LogIndex Index, Lsn End) cut)
    {
        var parts = index.Remember(primary.Rid, cut.End, out var carried);
        _memoryBytes = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            // Too much is under way: again from the beginning, later.
            if (!primary.Say(parts[i])) return;
            _memoryBytes += parts[i].Length;
        }

        var last = store.Group.Stream(LogContext.Stream).LastIndex;
        _written = new(primary.Slots, last, cut, carried, _trimmedBytes);
    }

    private void Finish(Written written)
    {
        Check.That(written.Cut.End < written.End);
        var stream = store.Group.Stream(LogContext.Stream);
        // A memory that an early close or a failure takes back must not be all that there is.
        if (context.FinalOf(primary.State) < written.End && !context.Has(LogBugs.CutUnremembered)) return;
        if (stream.FsyncCommitted < written.Index && !context.Has(LogBugs.CutUnremembered)) return;
        if (written.Cut.Index > stream.BaseIndex)
        {
            var cut = store.Group.Trim(
                LogContext.Stream, written.Cut.Index, written.Cut.End.Value, CopyBase.Of(written.End));
            if (cut.Code != AppendCode.Appended) return;
            context.Effects.Sometimes(true, "log.sublog.cut");
            _cutBytes = written.TrimmedBytes;
        }

        if (written.Carried.Count > 0 && !primary.Say(ShardMemory.Release(written.Carried).Encode())) return;
        _saidUpTo = primary.Slots;
        _written = null;
    }
}
