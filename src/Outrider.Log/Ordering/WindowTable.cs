using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Every fixed window, and with them the closed form between (replica id, LSN) and position, both ways. Rows of the
/// last window are tentative; fixing the next window makes them final and is the only way to shorten one.
/// </summary>
public sealed partial class WindowTable
{
    private readonly List<Window> _windows = [];
    private readonly List<List<Span>> _spans = [];
    private readonly bool _rotate;
    private readonly long _rowsPerWindow;
    private long _dropped;
    private Position _firstStart;
    private long _firstRow;

    /// <summary>A window in which one replica id takes part: its number, and where.</summary>
    private readonly record struct Span(long Window, int Place);

    public WindowTable(long rowsPerWindow, bool rotate)
    {
        Check.That(rowsPerWindow > 0);
        _rowsPerWindow = rowsPerWindow;
        _rotate = rotate;
    }

    private WindowTable(WindowTable other)
    {
        _rotate = other._rotate;
        _rowsPerWindow = other._rowsPerWindow;
        _dropped = other._dropped;
        (_firstStart, _firstRow) = (other._firstStart, other._firstRow);
        _windows.AddRange(other._windows);
        foreach (var spans in other._spans) _spans.Add([.. spans]);
        _ends.AddRange(other._ends);
        // Only the last window can still change; the others are shared.
        if (_windows.Count > 0) _windows[^1] = CopyOf(_windows[^1], _rotate);
    }

    private readonly List<long> _ends = [];

    /// <summary>The number of the next window to be fixed.</summary>
    public long Count => _dropped + _windows.Count;

    /// <summary>The oldest window still kept.</summary>
    public long FirstKept => _dropped;

    public long RowsPerWindow => _rowsPerWindow;
    public Window Last => _windows[^1];
    public Window this[long index] => _windows[(int)(index - _dropped)];

    /// <summary>The first position that no fixed window covers.</summary>
    public Position End => _windows.Count == 0 ? default : Last.End;

    public WindowTable Clone() => new(this);

    /// <summary>The end of a replica id's share of all fixed windows (the last one taken at full length).</summary>
    public Lsn EndOf(Rid rid)
    {
        if (rid.Value >= _spans.Count) return default;
        var spans = _spans[rid.Value];
        return spans.Count == 0 ? new(_ends[rid.Value]) : this[spans[^1].Window].EndLsnAt(spans[^1].Place);
    }

    /// <summary>The quota of a replica id in a window; 0 when parked or absent.</summary>
    public int QuotaOf(Rid rid, long window)
    {
        var place = this[window].PlaceOf(rid);
        return place < 0 ? 0 : this[window].QuotaAt(place);
    }

    /// <summary>Fixes the next window; the rows of the one before become final.</summary>
    /// <param name="rowsOfPrevious">Final length of the previous window; ignored for the first.</param>
    /// <param name="quotas">Quota by replica id, ascending, zeros left out.</param>
    public void Add(long rowsOfPrevious, IReadOnlyList<RidQuota> quotas)
    {
        if (_windows.Count > 0) Last.SetRows(rowsOfPrevious);
        var count = quotas.Count;
        var (parts, shares, first) = (new int[count], new int[count], new long[count]);
        for (var i = 0; i < count; i++)
        {
            parts[i] = quotas[i].Rid.Value;
            shares[i] = quotas[i].Quota;
            first[i] = EndOf(quotas[i].Rid).Value;
        }

        var (start, row) = _windows.Count == 0
            ? (_firstStart, _firstRow)
            : (Last.End, Last.FirstRow + (Last.Count == 0 ? 0 : Last.Rows));
        var index = Count;
        _windows.Add(new(index, start, row, _rowsPerWindow, _rotate, parts, shares, first));
        for (var i = 0; i < count; i++)
        {
            while (_spans.Count <= parts[i])
            {
                _spans.Add([]);
                _ends.Add(0);
            }

            _spans[parts[i]].Add(new(index, i));
        }
    }

    /// <summary>The position of a slot; false while no fixed window covers it (or it has been forgotten).</summary>
    public bool TryPosition(Rid rid, Lsn lsn, out Position position)
    {
        position = default;
        if (!TryFind(rid, lsn, out var window, out var place)) return false;
        position = window.PositionOf(place, lsn);
        return true;
    }

    /// <summary>Which slot a position is; false beyond the fixed windows (or below the kept ones).</summary>
    public bool TryLocate(Position position, out Slot slot)
    {
        slot = default;
        if (_windows.Count == 0 || position < _windows[0].Start || position >= End) return false;
        var (low, high) = (0, _windows.Count - 1);
        // The last window that starts at or below it; empty windows share their start with the next.
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_windows[middle].Start <= position) low = middle;
            else high = middle - 1;
        }

        slot = _windows[low].Locate(position);
        return true;
    }

    /// <summary>The row, counted over all windows with participants, that a slot is in; -1 if not yet known.</summary>
    public long RowNumber(Rid rid, Lsn lsn)
    {
        if (!TryFind(rid, lsn, out var window, out var place)) return -1;
        return window.FirstRow + (lsn - window.FirstLsnAt(place)) / window.QuotaAt(place);
    }

    /// <summary>The highest end of a row of this replica id that is at or below <paramref name="slots"/>.</summary>
    public Lsn RowEndAtOrBelow(Rid rid, Lsn slots)
    {
        if (!TryFind(rid, slots, out var window, out var place))
            return slots >= EndOf(rid) ? EndOf(rid) : default;
        var quota = window.QuotaAt(place);
        var first = window.FirstLsnAt(place);
        return first.Plus((slots - first) / quota * quota);
    }

    /// <summary>
    /// The end of the row that contains slot <paramref name="lsn"/>; false if no fixed window has it.
    /// </summary>
    public bool TryRowEndAfter(Rid rid, Lsn lsn, out Lsn end)
    {
        end = default;
        if (!TryFind(rid, lsn, out var window, out var place)) return false;
        var quota = window.QuotaAt(place);
        var first = window.FirstLsnAt(place);
        end = first.Plus(((lsn - first) / quota + 1) * quota);
        return true;
    }

    /// <summary>
    /// The end of a replica id's share of all rows up to and including one, counted over all windows.
    /// </summary>
    public Lsn EndAtRow(Rid rid, long rowNumber)
    {
        for (var i = _windows.Count - 1; i >= 0; i--)
        {
            var window = _windows[i];
            if (window.Count == 0 || window.FirstRow > rowNumber) continue;
            return LsnAt(rid, window.Index, Math.Min(window.Rows, rowNumber - window.FirstRow + 1), 0);
        }

        return default;
    }

    /// <summary>
    /// Where a replica id stands once everything before (window, row) and the first m of the row is counted.
    /// </summary>
    public Lsn LsnAt(Rid rid, long window, long row, int m)
    {
        if (rid.Value >= _spans.Count) return default;
        var spans = _spans[rid.Value];
        for (var i = spans.Count - 1; i >= 0; i--)
        {
            var span = spans[i];
            if (span.Window > window) continue;
            var found = this[span.Window];
            if (span.Window < window) return found.EndLsnAt(span.Place);
            var more = m > 0 && found.StepOf(row, span.Place) < m ? 1 : 0;
            return found.FirstLsnAt(span.Place).Plus((row + more) * found.QuotaAt(span.Place));
        }

        return new(_ends[rid.Value]);
    }

    /// <summary>Forgets windows that lie wholly below a position. The last window is always kept.</summary>
    public void DropBelow(Position position)
    {
        while (_windows.Count > 1 && _windows[0].End <= position)
        {
            var gone = _windows[0];
            for (var place = 0; place < gone.Count; place++)
            {
                var rid = gone.Part(place).Value;
                _ends[rid] = gone.EndLsnAt(place).Value;
                Check.That(_spans[rid][0].Window == gone.Index);
                _spans[rid].RemoveAt(0);
            }

            _windows.RemoveAt(0);
            _dropped++;
        }
    }

    private bool TryFind(Rid rid, Lsn lsn, out Window window, out int place)
    {
        window = null!;
        place = -1;
        if (rid.Value >= _spans.Count || _spans[rid.Value].Count == 0) return false;
        var spans = _spans[rid.Value];
        var (low, high) = (0, spans.Count - 1);
        // Nearly always the newest or the one before it.
        if (this[spans[high].Window].FirstLsnAt(spans[high].Place) <= lsn) low = high;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (this[spans[middle].Window].FirstLsnAt(spans[middle].Place) <= lsn) low = middle;
            else high = middle - 1;
        }

        // A window shortened to no rows gives its slots to the next one; the search above then lands there.
        window = this[spans[low].Window];
        place = spans[low].Place;
        return lsn >= window.FirstLsnAt(place) && lsn < window.EndLsnAt(place);
    }

    private static Window CopyOf(Window window, bool rotate)
    {
        var (parts, quotas, first) = (new int[window.Count], new int[window.Count], new long[window.Count]);
        for (var i = 0; i < window.Count; i++)
        {
            parts[i] = window.Part(i).Value;
            quotas[i] = window.QuotaAt(i);
            first[i] = window.FirstLsnAt(i).Value;
        }

        return new(window.Index, window.Start, window.FirstRow, window.Rows, rotate, parts, quotas, first);
    }
}

/// <summary>Slots that a replica id gives to every row of a window.</summary>
public readonly record struct RidQuota(Rid Rid, int Quota);
