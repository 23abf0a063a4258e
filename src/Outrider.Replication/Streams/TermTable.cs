using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Where each term begins in a stream. Equal terms at an index mean equal logs up to it.</summary>
internal sealed class TermTable
{
    private readonly List<TermStart> _starts = [];

    public IReadOnlyList<TermStart> Starts => _starts;

    public void Reset(IReadOnlyList<TermStart> starts)
    {
        _starts.Clear();
        _starts.AddRange(starts);
    }

    public void Add(Term term, LogIndex index)
    {
        if (_starts.Count > 0)
        {
            Check.That(_starts[^1].Term <= term);
            if (_starts[^1].Term == term) return;
        }

        _starts.Add(new TermStart(term, index));
    }

    public void TruncateFrom(LogIndex from)
    {
        while (_starts.Count > 0 && _starts[^1].First >= from) _starts.RemoveAt(_starts.Count - 1);
    }

    public Term TermAt(LogIndex index) => TermAt(_starts, index);

    /// <summary>A copy of the part at or below an index.</summary>
    public TermStart[] UpTo(LogIndex index)
    {
        var count = Find(_starts, index) + 1;
        var copy = new TermStart[count];
        for (var i = 0; i < count; i++) copy[i] = _starts[i];
        return copy;
    }

    public TermStart[] Copy() => [.. _starts];

    /// <summary>The first index of any term above one; null if there is none.</summary>
    public TermStart? FirstAbove(Term term)
    {
        for (var i = 0; i < _starts.Count; i++)
            if (_starts[i].Term > term) return _starts[i];
        return null;
    }

    /// <summary>The term of an index; zero before the first entry.</summary>
    public static Term TermAt(IReadOnlyList<TermStart> starts, LogIndex index)
    {
        var at = Find(starts, index);
        return at < 0 ? Term.Zero : starts[at].Term;
    }

    /// <summary>The largest index up to which two logs are equal.</summary>
    public static LogIndex Agree(
        IReadOnlyList<TermStart> a, LogIndex lastA, IReadOnlyList<TermStart> b, LogIndex lastB)
    {
        var at = LogIndex.Min(lastA, lastB);
        while (at > LogIndex.Zero)
        {
            var i = Find(a, at);
            var j = Find(b, at);
            // Before the first known term nothing is known to differ: such an index lies below a common base.
            if (i < 0 || j < 0) return LogIndex.Zero;
            if (a[i].Term == b[j].Term) return at;
            // The log with the higher term here has it from that term's start on, where the other still has a lower
            // one: they differ in all of that run.
            at = (a[i].Term > b[j].Term ? a[i].First : b[j].First).Previous();
        }

        return LogIndex.Zero;
    }

    private static int Find(IReadOnlyList<TermStart> starts, LogIndex index)
    {
        // Nearly always the last run is meant.
        if (starts.Count > 0 && starts[^1].First <= index) return starts.Count - 1;
        int low = 0, high = starts.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (starts[middle].First <= index) low = middle + 1;
            else high = middle - 1;
        }

        return high;
    }
}
