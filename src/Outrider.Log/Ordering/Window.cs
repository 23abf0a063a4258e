using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// One window of the order: its participants each give a fixed number of slots to every row, so that the position of
/// any slot follows from a formula (SpecLog, fix-ante ordering).
/// </summary>
public sealed class Window
{
    private readonly int[] _parts;
    private readonly int[] _quotas;
    private readonly long[] _firstLsn;
    private readonly long[] _before;
    private readonly bool _rotate;

    internal Window(
        long index, Position start, long firstRow, long rows, bool rotate, int[] parts, int[] quotas, long[] firstLsn)
    {
        Check.That(parts.Length == quotas.Length && parts.Length == firstLsn.Length);
        Index = index;
        Start = start;
        FirstRow = firstRow;
        Rows = rows;
        _rotate = rotate;
        _parts = parts;
        _quotas = quotas;
        _firstLsn = firstLsn;
        _before = new long[parts.Length + 1];
        for (var i = 0; i < parts.Length; i++)
        {
            Check.That(quotas[i] > 0);
            Check.That(i == 0 || parts[i - 1] < parts[i]);
            _before[i + 1] = _before[i] + quotas[i];
        }
    }

    public long Index { get; }
    public Position Start { get; }

    /// <summary>Rows of earlier windows that had participants; the scale on which run-ahead is measured.</summary>
    public long FirstRow { get; }

    /// <summary>Rows; tentative (the full length) until the next window is fixed, then final.</summary>
    public long Rows { get; private set; }

    /// <summary>Participants: replica ids with a quota above zero, ascending. Failed ones stay in it.</summary>
    public int Count => _parts.Length;

    /// <summary>Slots of one row.</summary>
    public long RowSlots => _before[^1];

    /// <summary>The first position after it.</summary>
    public Position End => new(Start.Value + Rows * RowSlots);

    public Rid Part(int place) => new(_parts[place]);
    public int QuotaAt(int place) => _quotas[place];
    public Lsn FirstLsnAt(int place) => new(_firstLsn[place]);
    public Lsn EndLsnAt(int place) => new(_firstLsn[place] + Rows * _quotas[place]);

    /// <summary>The place of a replica id among the participants, or -1.</summary>
    public int PlaceOf(Rid rid)
    {
        var found = Array.BinarySearch(_parts, rid.Value);
        return found >= 0 ? found : -1;
    }

    /// <summary>The participant at step <paramref name="i"/> of row <paramref name="row"/>'s own order.</summary>
    public int PlaceInRow(long row, int i) => (int)((i + Turn(row)) % Count);

    /// <summary>Slots that stand before a participant in row <paramref name="row"/>.</summary>
    public long SlotsBefore(long row, int place)
    {
        // The prefix is taken in the row's own rotated order: with the fixed order, a later append could be placed
        // before one that was acknowledged earlier.
        var first = Turn(row);
        return place >= first ? _before[place] - _before[first] : RowSlots - _before[first] + _before[place];
    }

    /// <summary>Slots of the first <paramref name="count"/> participants of a row.</summary>
    public long SlotsOfFirst(long row, int count) =>
        count == Count ? RowSlots : count == 0 ? 0 : SlotsBefore(row, PlaceInRow(row, count));

    /// <summary>How many participants come before this one in a row.</summary>
    public int StepOf(long row, int place) => (place - Turn(row) + Count) % Count;

    public Position PositionOf(int place, Lsn lsn)
    {
        var distance = lsn.Value - _firstLsn[place];
        Check.That(distance >= 0 && distance < Rows * _quotas[place]);
        var row = distance / _quotas[place];
        return new(Start.Value + row * RowSlots + SlotsBefore(row, place) + distance % _quotas[place]);
    }

    /// <summary>Who owns a position of this window.</summary>
    public Slot Locate(Position position)
    {
        var distance = position.Value - Start.Value;
        Check.That(distance >= 0 && distance < Rows * RowSlots);
        var row = distance / RowSlots;
        // Undo the rotation, then search the prefix sums.
        var inRow = distance % RowSlots + _before[Turn(row)];
        if (inRow >= RowSlots) inRow -= RowSlots;
        var place = Array.BinarySearch(_before, 0, Count, inRow);
        if (place < 0) place = ~place - 1;
        Check.That(place >= 0 && place < Count);
        var lsn = _firstLsn[place] + row * _quotas[place] + (inRow - _before[place]);
        return new(Index, row, new(_parts[place]), new(lsn));
    }

    internal void SetRows(long rows)
    {
        Check.That(rows >= 0 && rows <= Rows);
        Rows = rows;
    }

    private int Turn(long row) => _rotate ? (int)(row % Count) : 0;
}

/// <summary>Where a position comes from.</summary>
public readonly record struct Slot(long Window, long Row, Rid Rid, Lsn Lsn);
