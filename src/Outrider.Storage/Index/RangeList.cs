using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// Which indices are present, as ascending, disjoint, not touching ranges; one range when all is well.
/// </summary>
internal sealed class RangeList
{
    private readonly List<(long From, long To)> _ranges = [];

    public int Count => _ranges.Count;

    public void Add(long from, long to)
    {
        Check.That(from <= to);
        if (_ranges.Count > 0 && _ranges[^1].To == from - 1)
        {
            // The hot path: an append at the end.
            _ranges[^1] = (_ranges[^1].From, to);
            return;
        }

        var at = 0;
        while (at < _ranges.Count && _ranges[at].To < from - 1) at++;
        while (at < _ranges.Count && _ranges[at].From <= to + 1)
        {
            from = Math.Min(from, _ranges[at].From);
            to = Math.Max(to, _ranges[at].To);
            _ranges.RemoveAt(at);
        }

        _ranges.Insert(at, (from, to));
    }

    public void RemoveFrom(long from)
    {
        while (_ranges.Count > 0 && _ranges[^1].From >= from) _ranges.RemoveAt(_ranges.Count - 1);
        if (_ranges.Count > 0 && _ranges[^1].To >= from) _ranges[^1] = (_ranges[^1].From, from - 1);
    }

    public void RemoveUpTo(long to)
    {
        while (_ranges.Count > 0 && _ranges[0].To <= to) _ranges.RemoveAt(0);
        if (_ranges.Count > 0 && _ranges[0].From <= to) _ranges[0] = (to + 1, _ranges[0].To);
    }

    /// <summary>The first index in [from, to] that is not present; <paramref name="to"/> + 1 if all are.</summary>
    public long FirstMissing(long from, long to)
    {
        var next = from;
        for (var i = 0; i < _ranges.Count && next <= to; i++)
        {
            if (_ranges[i].To < next) continue;
            if (_ranges[i].From > next) return next;
            next = _ranges[i].To + 1;
        }

        return Math.Min(next, to + 1);
    }
}
