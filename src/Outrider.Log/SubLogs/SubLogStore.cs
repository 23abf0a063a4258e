using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>One node's copy of a sub-log, found by slot.</summary>
internal sealed class SubLogStore(Rid rid, Group group, SlotMarks marks)
{
    public Rid Rid => rid;
    public Group Group => group;
    public StreamKey Key => new(group.Id, LogContext.Stream);

    /// <summary>Slots here, committed or not.</summary>
    public Lsn EndSlot => marks.EndSlot;

    public LogIndex LastIndex => marks.Last;

    /// <summary>
    /// Where a copy begins that has forgotten what was trimmed, and up to where it says what must be known of that.
    /// </summary>
    public (Lsn At, Lsn Remembered)? Begins
    {
        get
        {
            var streamBase = group.Base(LogContext.Stream);
            if (streamBase.Index == LogIndex.Zero) return null;
            return (new(streamBase.EndSlot), CopyBase.RememberedBy(streamBase));
        }
    }

    /// <summary>The end of whole entries at or below a slot: the last of them, and its end.</summary>
    public (LogIndex Index, Lsn End) WholeBelow(Lsn lsn) => marks.WholeBelow(lsn);

    /// <summary>Entries that have left memory are being read from disk.</summary>
    public bool ReadingBack { get; set; }

    /// <summary>Takes note of entries that have come since; false if one is no longer in memory.</summary>
    public bool Observe()
    {
        var last = group.Stream(LogContext.Stream).LastIndex;
        if (last < marks.Last) Truncate(last.Next());
        while (marks.Last < last)
        {
            if (group.TryGet(LogContext.Stream, marks.Last.Next()) is not { } entry) return false;
            marks.Note(entry);
        }

        return true;
    }

    public void Note(Entry entry) => marks.Note(entry);

    public void Truncate(LogIndex from) => marks.Truncate(from, group.Base(LogContext.Stream));

    public void Rebase(StreamBase to) => marks.Rebase(to);

    /// <summary>An index at or before the entry that holds a slot.</summary>
    public LogIndex IndexNear(Lsn lsn) =>
        LogIndex.Max(marks.Near(lsn), group.Stream(LogContext.Stream).BaseIndex.Next());
}
