using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// One node's copy of a sub-log: finds entries by slot. Every sixteenth entry is remembered; the rest is walked.
/// </summary>
internal sealed class SubLogStore
{
    private const int Spacing = 16;
    private readonly List<(long Slot, long Index)> _marks = [];
    private long _seen;
    private long _sinceMark;

    public SubLogStore(Rid rid, Group group, RecoveredStream? recovered)
    {
        Rid = rid;
        Group = group;
        if (recovered is null) return;
        _seen = recovered.Base.Index.Value;
        EndSlot = new(recovered.Base.EndSlot);
        foreach (var entry in recovered.Entries) Note(entry);
    }

    public Rid Rid { get; }
    public Group Group { get; }
    public StreamKey Key => new(Group.Id, LogContext.Stream);

    /// <summary>Slots here, committed or not.</summary>
    public Lsn EndSlot { get; private set; }

    public LogIndex LastIndex => new(_seen);

    /// <summary>Entries that have left memory are being read from disk.</summary>
    public bool ReadingBack { get; set; }

    /// <summary>Takes note of entries that have come since; false if one is no longer in memory.</summary>
    public bool Observe()
    {
        var last = Group.Stream(LogContext.Stream).LastIndex.Value;
        if (last < _seen) Truncate(new(last + 1));
        while (_seen < last)
        {
            if (Group.TryGet(LogContext.Stream, new(_seen + 1)) is not { } entry) return false;
            Note(entry);
        }

        return true;
    }

    public void Note(Entry entry)
    {
        if (entry.Index.Value != _seen + 1) return;
        if (_marks.Count == 0 || ++_sinceMark >= Spacing)
        {
            _marks.Add((entry.FirstSlot, entry.Index.Value));
            _sinceMark = 0;
        }

        _seen = entry.Index.Value;
        EndSlot = new(entry.EndSlot);
    }

    public void Truncate(LogIndex from)
    {
        if (from.Value > _seen) return;
        while (_marks.Count > 0 && _marks[^1].Index >= from.Value) _marks.RemoveAt(_marks.Count - 1);
        // Walk again from the last mark: the slots of what is left are not remembered one by one.
        _seen = _marks.Count == 0 ? Group.Stream(LogContext.Stream).BaseIndex.Value : _marks[^1].Index - 1;
        EndSlot = new(_marks.Count == 0 ? 0 : _marks[^1].Slot);
        if (_marks.Count > 0) _marks.RemoveAt(_marks.Count - 1);
        _sinceMark = 0;
    }

    /// <summary>Forgets marks of what is no longer stored.</summary>
    public void Rebase(StreamBase to)
    {
        var gone = 0;
        while (gone + 1 < _marks.Count && _marks[gone + 1].Index <= to.Index.Value + 1) gone++;
        _marks.RemoveRange(0, gone);
        if (_seen >= to.Index.Value) return;
        _marks.Clear();
        _seen = to.Index.Value;
        EndSlot = new(to.EndSlot);
    }

    /// <summary>An index at or before the entry that holds a slot.</summary>
    public LogIndex IndexNear(Lsn lsn)
    {
        var (low, high) = (0, _marks.Count - 1);
        if (high < 0) return new(1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_marks[middle].Slot <= lsn.Value) low = middle;
            else high = middle - 1;
        }

        // Control entries before the slot share its number; the mark may stand after some of them.
        while (low > 0 && _marks[low].Slot == lsn.Value) low--;
        return new(Math.Max(_marks[low].Index, Group.Stream(LogContext.Stream).BaseIndex.Value + 1));
    }
}
