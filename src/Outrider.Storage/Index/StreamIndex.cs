using Outrider.Core;

namespace Outrider.Storage;

/// <summary>The place of an entry; entries up to the next point follow it in the same segment, in order.</summary>
/// <param name="Index">The entry that stands there.</param>
/// <param name="At">Where.</param>
/// <param name="Forced">The entries before it stand elsewhere: it may not be thinned out.</param>
/// <param name="CoveredBytes">Bytes of the stream's records from here to the next point.</param>
internal readonly record struct Point(long Index, Place At, bool Forced, long CoveredBytes);

/// <summary>
/// Where a stream's entries are. The same code follows live writes and replays them at recovery, so that what a node
/// believed before a crash and after it cannot differ by two readings of one rule.
/// </summary>
internal sealed class StreamIndex(StreamKey key)
{
    private readonly List<Point> _points = [];
    private readonly List<Point> _moved = [];
    private readonly RangeList _present = new();
    private long _movedTo;
    private long _openBytes;
    private bool _force = true;
    private long _chapter;
    private Tally _tally;

    public StreamKey Key => key;
    public long BaseIndex { get; private set; }
    public Place BaseAt { get; private set; }
    public int BaseBytes { get; private set; }

    /// <summary>The last index, counting entries that were durable and are unreadable.</summary>
    public long End { get; private set; }

    /// <summary>Not zero: the end that the stream once had durably; entries below it are still missing.</summary>
    public long LostEnd { get; private set; }
    public Place LostAt { get; private set; }

    /// <summary>The end once everything that waits to be written is written.</summary>
    public long PlannedEnd { get; set; }

    public IReadOnlyList<Point> Points => _points;
    public LedgerLine Counted(long commit) => _tally.Of(commit) with { Stream = key };

    /// <summary>Counts a record in the tally; true if it is the first of this commit.</summary>
    public bool Touch(long commit, long lowest) => _tally.Add(commit, lowest, End);

    /// <summary>The first entry that is missing although the stream goes on after it; zero if none.</summary>
    public long FirstGap()
    {
        var missing = _present.FirstMissing(BaseIndex + 1, End);
        return missing <= End ? missing : 0;
    }

    /// <summary>
    /// Takes an entry; returns how many points were added. A new <paramref name="chapter"/> means that the batches
    /// before cannot be walked from.
    /// </summary>
    public int Append(long index, Place at, int bytes, int spacingBytes, long chapter)
    {
        if (index <= BaseIndex) return 0;
        _force |= chapter != _chapter;
        _chapter = chapter;
        var before = _points.Count;
        if (index <= End) RemoveFrom(index);
        var forced = _force || _points.Count == 0 || index != End + 1 || _points[^1].At.Generation != at.Generation;
        if (forced || at.Record - _points[^1].At.Record >= spacingBytes)
        {
            CloseLastPoint();
            _points.Add(new(index, at, forced, 0));
        }

        _force = false;
        _openBytes += bytes;
        _present.Add(index, index);
        End = index;
        if (LostEnd != 0 && End >= LostEnd) ClearLost();
        return _points.Count - before;
    }

    public void Truncate(long from)
    {
        if (from > End + 1) return;
        RemoveFrom(from);
        End = Math.Max(BaseIndex, from - 1);
        ClearLost();
    }

    /// <summary>Forgets entries from an index on without touching the end: what is gone shows as a gap.</summary>
    public void Lose(long from, long last)
    {
        RemoveFrom(Math.Max(from, BaseIndex + 1));
        End = Math.Max(End, last);
    }

    /// <summary>Recovery's verdict: the stream ends before <paramref name="from"/> and once ended later.</summary>
    public void SetLost(long from, long lostEnd, Place at)
    {
        RemoveFrom(from);
        End = Math.Max(BaseIndex, from - 1);
        LostEnd = Math.Max(LostEnd, lostEnd);
        LostAt = at;
        if (End >= LostEnd) ClearLost();
    }

    public void SetBase(long index, bool keepSuffix, Place at, int bytes)
    {
        BaseAt = at;
        BaseBytes = bytes;
        BaseIndex = index;
        if (keepSuffix && index < End)
        {
            _present.RemoveUpTo(index);
            DropStale();
        }
        else
        {
            RemoveFrom(0);
            End = index;
        }

        if (LostEnd != 0 && End >= LostEnd) ClearLost();
    }

    /// <summary>
    /// Notes a copy of an entry; it counts only once <see cref="MoveDone"/> says that all are there.
    /// </summary>
    public void Moved(long index, Place at, int bytes, int spacingBytes, long chapter)
    {
        // A run whose end was lost must not lend its entries to the next one.
        if (index != _movedTo + 1) AbandonMove();
        _movedTo = index;
        var first = _moved.Count == 0 || chapter != _chapter;
        // The next entry cannot be walked to either, whether or not this move comes to its end.
        _force |= chapter != _chapter;
        _chapter = chapter;
        if (first || _moved[^1].At.Generation != at.Generation || at.Record - _moved[^1].At.Record >= spacingBytes)
        {
            var forced = first || _moved[^1].At.Generation != at.Generation;
            _moved.Add(new(index, at, forced, 0));
        }

        _moved[^1] = _moved[^1] with { CoveredBytes = _moved[^1].CoveredBytes + bytes };
    }

    /// <summary>Entries of [from, to] are now where their copies are.</summary>
    public int MoveDone(long from, long to, Place next)
    {
        var before = _points.Count;
        // The head of a run may have been moved on and its segment freed; what is left of it still counts.
        var whole = _moved.Count > 0 && _moved[0].Index >= from && _movedTo == to;
        if (whole && to > BaseIndex)
        {
            from = _moved[0].Index;
            CloseLastPoint();
            var at = _points.FindIndex(point => point.Index >= from);
            if (at < 0) at = _points.Count;
            var end = at;
            while (end < _points.Count && _points[end].Index <= to) end++;
            _points.RemoveRange(at, end - at);
            _points.InsertRange(at, _moved);
            var behind = at + _moved.Count;
            var isKnown = behind < _points.Count && _points[behind].Index == to + 1;
            // From now on it cannot be reached from the entry before it, so it may not be thinned out.
            if (isKnown) _points[behind] = _points[behind] with { Forced = true };
            if (to < End && !isKnown && !next.IsNone) _points.Insert(behind, new(to + 1, next, Forced: true, 0));
            DropStale();
            _present.Add(Math.Max(from, BaseIndex + 1), to);
            End = Math.Max(End, to);
            // What follows the copies stands elsewhere.
            _force = true;
        }

        AbandonMove();
        return _points.Count - before;
    }

    public void AbandonMove()
    {
        _moved.Clear();
        _movedTo = 0;
    }

    /// <summary>
    /// The point to start from when looking for an index, and the index where the next one takes over.
    /// </summary>
    public Point Find(long index, out long nextPoint)
    {
        Check.That(index > BaseIndex && index <= End && _points.Count > 0);
        var low = 0;
        var high = _points.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_points[middle].Index <= index) low = middle;
            else high = middle - 1;
        }

        nextPoint = low + 1 < _points.Count ? _points[low + 1].Index : long.MaxValue;
        return _points[low];
    }

    /// <summary>
    /// The lowest generation that holds an entry, base or note of the stream; none if it holds nothing.
    /// </summary>
    public long LowestGeneration()
    {
        var lowest = long.MaxValue;
        for (var i = 0; i < _points.Count; i++) lowest = Math.Min(lowest, _points[i].At.Generation);
        if (!BaseAt.IsNone) lowest = Math.Min(lowest, BaseAt.Generation);
        if (!LostAt.IsNone) lowest = Math.Min(lowest, LostAt.Generation);
        return lowest;
    }

    /// <summary>Bytes of entries that a point of this stream covers in one segment.</summary>
    public long BytesIn(long generation)
    {
        CloseLastPoint();
        var bytes = 0L;
        for (var i = 0; i < _points.Count; i++)
            if (_points[i].At.Generation == generation) bytes += _points[i].CoveredBytes;
        return bytes;
    }

    public long LiveBytes()
    {
        CloseLastPoint();
        var bytes = (long)BaseBytes;
        for (var i = 0; i < _points.Count; i++) bytes += _points[i].CoveredBytes;
        return bytes;
    }

    /// <summary>Forgets every other point that only shortens the search; returns how many.</summary>
    public int Thin()
    {
        CloseLastPoint();
        var kept = 0;
        var drop = false;
        for (var i = 0; i < _points.Count; i++)
        {
            drop = !_points[i].Forced && !drop;
            if (!drop || kept == 0) _points[kept++] = _points[i];
            else _points[kept - 1] = _points[kept - 1] with
            {
                CoveredBytes = _points[kept - 1].CoveredBytes + _points[i].CoveredBytes,
            };
        }

        var dropped = _points.Count - kept;
        _points.RemoveRange(kept, dropped);
        return dropped;
    }

    // Of the points at or below the base only the last still covers something.
    private void DropStale()
    {
        var stale = 0;
        while (stale + 1 < _points.Count && _points[stale + 1].Index <= BaseIndex + 1) stale++;
        _points.RemoveRange(0, stale);
    }

    private void ClearLost()
    {
        LostEnd = 0;
        LostAt = Place.None;
    }

    private void CloseLastPoint()
    {
        if (_points.Count > 0 && _openBytes > 0)
            _points[^1] = _points[^1] with { CoveredBytes = _points[^1].CoveredBytes + _openBytes };
        _openBytes = 0;
    }

    private void RemoveFrom(long from)
    {
        CloseLastPoint();
        // A point below the base that covers nothing above it would pin its segment for nothing.
        if (from <= BaseIndex + 1) from = 0;
        while (_points.Count > 0 && _points[^1].Index >= from) _points.RemoveAt(_points.Count - 1);
        _present.RemoveFrom(from);
        _force = true;
    }
}
