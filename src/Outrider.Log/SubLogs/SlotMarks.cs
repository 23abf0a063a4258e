using Outrider.Core;

namespace Outrider.Log;

/// <summary>Where the slots of a stream stand: every sixteenth entry is remembered, the rest is walked.</summary>
/// <remarks>
/// None right behind an entry without slots: whoever reads on from a mark's slot finds all entries that stand there.
/// </remarks>
internal sealed class SlotMarks
{
    private const int Spacing = 16;
    private readonly List<(long Slot, long Index)> _marks = [];
    private long _sinceMark;
    private bool _behindSlotless;

    public SlotMarks()
    {
    }

    /// <summary>Reads a recovered stream through.</summary>
    /// <exception cref="InvalidDataException">The disk does not give back what it gave a moment ago.</exception>
    public SlotMarks(RecoveredStream recovered)
    {
        Last = recovered.Base.Index;
        EndSlot = new(recovered.Base.EndSlot);
        foreach (var entry in recovered.Entries) Note(entry);
    }

    /// <summary>The last entry taken note of.</summary>
    public LogIndex Last { get; private set; }

    /// <summary>Slots up to it.</summary>
    public Lsn EndSlot { get; private set; }

    /// <summary>Takes note of the next entry; others are passed over.</summary>
    public void Note(Entry entry)
    {
        if (entry.Index != Last.Next()) return;
        if (_marks.Count == 0 || (++_sinceMark >= Spacing && !_behindSlotless))
        {
            _marks.Add((entry.FirstSlot, entry.Index.Value));
            _sinceMark = 0;
        }

        _behindSlotless = entry.Slots == 0;
        Last = entry.Index;
        EndSlot = new(entry.EndSlot);
    }

    /// <summary>Entries at or after an index are gone; what is left is noted again from the last mark on.</summary>
    public void Truncate(LogIndex from, StreamBase streamBase)
    {
        if (from > Last) return;
        while (_marks.Count > 0 && _marks[^1].Index >= from.Value) _marks.RemoveAt(_marks.Count - 1);
        _sinceMark = 0;
        if (_marks.Count == 0)
        {
            (Last, EndSlot) = (streamBase.Index, new(streamBase.EndSlot));
            return;
        }

        (Last, EndSlot) = (new(_marks[^1].Index - 1), new(_marks[^1].Slot));
        _marks.RemoveAt(_marks.Count - 1);
        // The last mark left may stand before the base: what is there can be noted no more.
        if (Last < streamBase.Index) (Last, EndSlot) = (streamBase.Index, new(streamBase.EndSlot));
    }

    /// <summary>Forgets marks of what is no longer stored.</summary>
    public void Rebase(StreamBase to)
    {
        var gone = 0;
        while (gone + 1 < _marks.Count && _marks[gone + 1].Index <= to.Index.Value + 1) gone++;
        _marks.RemoveRange(0, gone);
        if (Last >= to.Index) return;
        _marks.Clear();
        (Last, EndSlot) = (to.Index, new(to.EndSlot));
    }

    /// <summary>The end of whole entries at or below a slot, as near as marks tell: the last of them, and its end.
    /// </summary>
    public (LogIndex Index, Lsn End) WholeBelow(Lsn lsn)
    {
        var (low, high) = (0, _marks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_marks[middle].Slot <= lsn.Value) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? default : (new(_marks[low - 1].Index - 1), new(_marks[low - 1].Slot));
    }

    /// <summary>An index at or before the entry that holds a slot.</summary>
    public LogIndex Near(Lsn lsn)
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
        return new(_marks[low].Index);
    }
}
