namespace Outrider.Storage;

/// <summary>
/// What the last three group commits did to a stream. Written live into the ledger of the next commit; counted again
/// at recovery, where a difference says that records of the stream were in what could not be read.
/// </summary>
internal struct Tally
{
    private LedgerLine _now, _before, _earlier;

    /// <summary>Counts a record; true if it is the first of the stream in this commit.</summary>
    public bool Add(long commit, long lowest, long last)
    {
        var isNew = _now.Commit != commit;
        if (isNew)
        {
            _earlier = _before;
            _before = _now;
            _now = new(commit, default, 0, long.MaxValue, 0);
        }

        _now = _now with { Count = _now.Count + 1, Lowest = Math.Min(_now.Lowest, lowest), Last = last };
        return isNew;
    }

    /// <summary>What was counted for a commit; a count of zero if nothing was.</summary>
    public readonly LedgerLine Of(long commit)
    {
        if (_now.Commit == commit) return _now;
        if (_before.Commit == commit) return _before;
        return _earlier.Commit == commit ? _earlier : default;
    }
}
