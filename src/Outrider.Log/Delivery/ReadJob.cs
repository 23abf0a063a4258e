using Outrider.Core;

namespace Outrider.Log;

/// <summary>Which positions a read wants.</summary>
/// <param name="Listed">These, in this order; null: all within [From, To) in order.</param>
internal readonly record struct Wanted(IReadOnlyList<Position>? Listed, Position From, Position To);

/// <summary>
/// Collects confirmed records by position, from whatever copies hold them. Ends early at a batch that is committed in
/// part, or when no copy answers.
/// </summary>
internal sealed class ReadJob
{
    private readonly LogContext _context;
    private readonly Fetcher _fetcher;
    private readonly Wanted _wanted;
    private readonly int _maxRecords;
    private readonly int _maxBytes;
    private readonly Action<ReadJob> _done;
    private readonly List<LogRecord> _records = [];
    private readonly SortedTable<Rid, EntryRun> _runs = [];
    private readonly List<(Position Position, Rid Rid)> _lost = [];
    private int _at;
    private int _bytes;
    private bool _ended;
    private bool _inLoop;

    public ReadJob(
        LogContext context, Fetcher fetcher, Wanted wanted, int maxRecords, int maxBytes, Action<ReadJob> done)
    {
        _context = context;
        _fetcher = fetcher;
        _wanted = wanted;
        _maxRecords = maxRecords;
        _maxBytes = maxBytes;
        _done = done;
        Next = wanted.From;
    }

    public IReadOnlyList<LogRecord> Records => _records;

    public const int LostMax = 4096;

    /// <summary>Positions passed of which no copy is left.</summary>
    public IReadOnlyList<(Position Position, Rid Rid)> Lost => _lost;

    /// <summary>Ends before lost positions that follow records, and before records that follow lost ones.</summary>
    public bool KeepsLostApart { get; init; }

    /// <summary>Where to go on.</summary>
    public Position Next { get; private set; }

    /// <summary>No copy of something could be reached.</summary>
    public bool Stuck { get; private set; }

    /// <summary>Entries of one sub-log at hand.</summary>
    private sealed class EntryRun(RidState rid, IReadOnlyList<SubEntry> entries)
    {
        private readonly List<RecordDraft> _drafts = [];
        private int _at;
        private int _decoded = -1;

        public SubEntry? Find(Lsn lsn)
        {
            if (_at < entries.Count && entries[_at].First > lsn) _at = 0;
            while (_at < entries.Count && (entries[_at].Slots == 0 || entries[_at].End <= lsn)) _at++;
            return _at < entries.Count && entries[_at].First <= lsn ? entries[_at] : null;
        }

        public RecordDraft? Draft(Lsn lsn)
        {
            if (_decoded != _at)
            {
                _drafts.Clear();
                _decoded = _at;
                var ok = RecordBatch.TryOpen(entries[_at].Payload, out var batch) && batch.TryRead(_drafts);
                Check.That(ok);
            }

            return _drafts[(int)(lsn - entries[_at].First)];
        }

        public RidState Rid => rid;
    }

    public void Run()
    {
        if (_inLoop) return;
        _inLoop = true;
        while (!_ended && StepOne())
        {
        }

        _inLoop = false;
        if (!_ended) return;
        _done(this);
    }

    /// <summary>False when it has to wait or has ended.</summary>
    private bool StepOne()
    {
        if (_records.Count >= _maxRecords || _bytes >= _maxBytes || !TryPosition(out var position)) return End();
        var early = _context.Has(LogBugs.ServeUncommitted);
        if (position >= _context.State.TailPosition && !early) return End();
        // Trimmed meanwhile, it may be kept nowhere.
        if (position < _context.State.Trimmed) return _wanted.Listed is null ? End() : Pass(position);
        if (!_context.State.Windows.TryLocate(position, out var slot)) return Pass(position);
        var rid = _context.State.Find(slot.Rid)!;
        if (rid.Keep is { } keep && slot.Lsn >= keep) return Pass(position);
        if (rid.IsLost(slot.Lsn) && !_context.Has(LogBugs.ServeLost)) return Miss(position, slot);
        if (!_runs.TryGetValue(slot.Rid, out var run)
            || run.Find(slot.Lsn) is not { } entry) return Fetch(rid, slot.Lsn);
        switch (early ? EntryFate.Happened : SlotFate.Of(_context, rid, entry.End))
        {
            case EntryFate.Undecided when entry.Kind == EntryKind.Records:
                return End();
            case EntryFate.Happened when entry.Kind == EntryKind.Records:
                if (KeepsLostApart && _lost.Count > 0) return End();
                Take(position, slot, run);
                break;
        }

        return Pass(position);
    }

    private bool Miss(Position position, in Slot slot)
    {
        if (_lost.Count >= LostMax || (KeepsLostApart && _records.Count > 0)) return End();
        if (!_context.Has(LogBugs.PassLostSilently)) _lost.Add((position, slot.Rid));
        return Pass(position);
    }

    private void Take(Position position, in Slot slot, EntryRun run)
    {
        var draft = run.Draft(slot.Lsn)!;
        _records.Add(new(
            position, slot.Rid, slot.Lsn, draft.Key, draft.Payload, draft.Headers, draft.TimestampMs));
        _bytes += 64 + draft.Payload.Length + draft.Headers.Length;
    }

    private bool TryPosition(out Position position)
    {
        position = Next;
        if (_wanted.Listed is null) return Next < _wanted.To;
        if (_at >= _wanted.Listed.Count) return false;
        position = _wanted.Listed[_at];
        return true;
    }

    private bool Pass(Position position)
    {
        _at++;
        Next = position.Next();
        return true;
    }

    private bool End()
    {
        _ended = true;
        return false;
    }

    private bool Fetch(RidState rid, Lsn lsn)
    {
        var before = _runs.GetValueOrDefault(rid.Rid);
        var final = _context.Has(LogBugs.ServeUncommitted) ? lsn.Plus(1) : _context.FinalOf(rid);
        _fetcher.Ask(rid.Rid, lsn, final, entries => Fetched(rid, entries));
        // Answered at once from memory: go on; otherwise the answer calls again.
        return !_ended && !ReferenceEquals(before, _runs.GetValueOrDefault(rid.Rid));
    }

    private void Fetched(RidState rid, IReadOnlyList<SubEntry> entries)
    {
        if (entries.Count == 0)
        {
            Stuck = true;
            _ended = true;
        }
        else _runs[rid.Rid] = new(rid, entries);

        Run();
    }
}
