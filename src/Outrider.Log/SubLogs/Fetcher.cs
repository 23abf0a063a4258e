using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Brings final entries of any sub-log: from this node's memory, its disk, or another copy. A copy may answer for a
/// sub-log that has ended, whoever its primary was.
/// </summary>
internal sealed class Fetcher
{
    public const int BytesDefault = 256 << 10;
    private const int EntriesPerRead = 512;
    private readonly LogContext _context;
    private readonly SubLogs _subLogs;
    private readonly SortedTable<long, Job> _jobs = [];
    private readonly Dictionary<Rid, (Lsn At, Lsn Remembered)> _begins = [];
    private long _last;

    private sealed class Job
    {
        public required long Number;
        public required Rid Rid;
        public required Lsn From;
        public required Lsn To;
        public required int MaxBytes;
        public required Action<IReadOnlyList<SubEntry>> Done;
        public int Attempt;
        public long AskedMicros;
        public bool Local;

        /// <summary>Entries without slots that a read brought alone: the slot behind them comes with the next.
        /// </summary>
        public List<SubEntry> Slotless = [];
    }

    public Fetcher(LogContext context, SubLogs subLogs)
    {
        _context = context;
        _subLogs = subLogs;
        // Numbers of an earlier life must not be taken for this one's.
        _last = context.Life.Value << 32;
    }

    public int Pending => _jobs.Count;

    /// <summary>Where a copy said that it begins, and up to where to read for what stood before.</summary>
    public (Lsn At, Lsn Remembered)? BeginOf(Rid rid) =>
        _begins.TryGetValue(rid, out var begin) ? begin : null;

    /// <summary>
    /// Asks for entries from the one that holds <paramref name="from"/>; <paramref name="done"/> gets at least that
    /// one (and control entries before it), or nothing if no copy could answer: ask again later.
    /// </summary>
    /// <param name="to">Only slots below this are wanted; must be final.</param>
    public void Ask(Rid rid, Lsn from, Lsn to, Action<IReadOnlyList<SubEntry>> done, int maxBytes = BytesDefault)
    {
        Check.That(from < to);
        if (_subLogs.TryCached(rid, from, to, maxBytes) is { Count: > 0 } cached)
        {
            done(cached);
            return;
        }

        var job = new Job
        {
            Number = ++_last,
            Rid = rid,
            From = from,
            To = to,
            MaxBytes = maxBytes,
            Done = done,
        };
        _jobs.Add(job.Number, job);
        Start(job);
    }

    /// <summary>Answers another node from this node's copy.</summary>
    public void OnAsk(NodeId from, FetchAsk ask)
    {
        var limit = Limit(ask.Rid, ask.To);
        if (limit <= ask.From || _subLogs.Find(ask.Rid) is not { } store || store.EndSlot <= ask.From)
        {
            _context.Send(from, new FetchAnswer(ask.Number, ask.Rid, []));
            return;
        }

        if (store.Begins is { } begins && begins.At > ask.From)
        {
            _context.Send(from, new FetchAnswer(ask.Number, ask.Rid, [], begins.At, begins.Remembered));
            return;
        }

        if (_subLogs.TryCached(ask.Rid, ask.From, limit, ask.MaxBytes) is { Count: > 0 } cached)
        {
            _context.Send(from, new FetchAnswer(ask.Number, ask.Rid, cached));
            return;
        }

        var job = new Job
        {
            Number = ++_last,
            Rid = ask.Rid,
            From = ask.From,
            To = limit,
            MaxBytes = ask.MaxBytes,
            Local = true,
            Done = entries => _context.Send(from, new FetchAnswer(ask.Number, ask.Rid, entries)),
        };
        _jobs.Add(job.Number, job);
        ReadDisk(job, store);
    }

    public void OnAnswer(FetchAnswer answer)
    {
        if (!_jobs.TryGetValue(answer.Number, out var job) || job.Rid != answer.Rid || job.Local) return;
        if (answer.Begins > job.From)
        {
            Begin(job, (answer.Begins, answer.Remembered));
            return;
        }

        var useful = Useful(answer.Entries, job.From, job.To);
        if (useful.Count == 0)
        {
            Next(job);
            return;
        }

        _jobs.Remove(job.Number);
        job.Done(useful);
    }

    /// <summary>True if the event answers a read of this role.</summary>
    public bool OnEntriesRead(EntriesRead read)
    {
        if (!_jobs.TryGetValue(read.Id, out var job)) return false;
        var entries = new List<SubEntry>();
        if (read.Outcome == ReadOutcome.Ok)
            for (var i = 0; i < read.Entries.Count; i++) entries.Add(SubEntry.Of(read.Entries[i]));
        var useful = Useful(entries, job.From, job.To);
        if (useful.Count == 0 && read.Outcome == ReadOutcome.Ok && read.Entries.Count > 0
            && _subLogs.Find(job.Rid) is { } store && read.Entries[^1].EndSlot <= job.From.Value)
        {
            // A long run of control entries or the tail of a sparse mark: go on from there.
            for (var i = 0; i < entries.Count; i++)
                if (IsSlotless(entries[i], job.From, job.To)) job.Slotless.Add(entries[i]);
            ReadDisk(job, store, read.Entries[^1].Index.Next());
            return true;
        }

        if (useful.Count == 0 && !job.Local)
        {
            Next(job);
            return true;
        }

        if (useful.Count > 0) useful.InsertRange(0, job.Slotless);
        _jobs.Remove(job.Number);
        job.Done(useful);
        return true;
    }

    /// <summary>Asks somebody else what has not been answered for long.</summary>
    public void Tick()
    {
        List<Job>? late = null;
        foreach (var job in _jobs.Values)
            if (_context.NowMicros - job.AskedMicros >= 2 * _context.Options.RetryMicros) (late ??= []).Add(job);
        if (late is null) return;
        foreach (var job in late)
        {
            if (!job.Local) Next(job);
            else _jobs.Remove(job.Number);
        }
    }

    private Lsn Limit(Rid rid, Lsn to)
    {
        if (_context.State.Find(rid) is not { } state) return default;
        var final = _context.FinalOf(state);
        if (_context.Has(LogBugs.ServeUncommitted)) final = to;
        return final < to ? final : to;
    }

    private void Start(Job job)
    {
        job.AskedMicros = _context.NowMicros;
        if (job.Attempt > 0 || _subLogs.Find(job.Rid) is not { } store || store.EndSlot <= job.From) AskRemote(job);
        else if (store.Begins is { } begins && begins.At > job.From) Begin(job, begins);
        else ReadDisk(job, store);
    }

    /// <summary>What is asked for has been trimmed: there is nothing to come, but a place to go on from.</summary>
    private void Begin(Job job, (Lsn At, Lsn Remembered) begins)
    {
        Check.That(begins.At > job.From);
        if (BeginOf(job.Rid) is not { } known || known.At < begins.At) _begins[job.Rid] = begins;
        _jobs.Remove(job.Number);
        job.Done([]);
    }

    private void Next(Job job)
    {
        job.Attempt++;
        if (job.Attempt > 2 * (Candidates(job.Rid).Count + 1))
        {
            _jobs.Remove(job.Number);
            job.Done([]);
            return;
        }

        job.AskedMicros = _context.NowMicros;
        AskRemote(job);
    }

    private void AskRemote(Job job)
    {
        var candidates = Candidates(job.Rid);
        if (candidates.Count == 0) return;
        var node = candidates[(int)((job.Attempt + job.Number) % candidates.Count)];
        _context.Send(node, new FetchAsk(job.Number, job.Rid, job.From, job.To, job.MaxBytes));
    }

    private List<NodeId> Candidates(Rid rid)
    {
        if (_context.State.Find(rid) is not { } state) return [];
        var nodes = _context.Topology.HoldersOf(state);
        nodes.Remove(_context.Self);
        return nodes;
    }

    private void ReadDisk(Job job, SubLogStore store, LogIndex? from = null)
    {
        job.AskedMicros = _context.NowMicros;
        if (from is null) job.Slotless.Clear();
        _context.Effects.ReadEntries(
            new(job.Number, store.Key, from ?? store.IndexNear(job.From), EntriesPerRead, Math.Max(job.MaxBytes, 1)));
    }

    /// <summary>What stands at the end of the slots asked for is final only with the slot behind it.</summary>
    private static bool IsSlotless(in SubEntry entry, Lsn from, Lsn to) =>
        entry is { Slots: 0, Kind: EntryKind.Control } && entry.First >= from && entry.First < to;

    /// <summary>What covers From on, without a gap, and below To; nothing if From itself is not covered.</summary>
    internal static List<SubEntry> Useful(IReadOnlyList<SubEntry> entries, Lsn from, Lsn to)
    {
        var useful = new List<SubEntry>();
        var next = from;
        var covered = false;
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if (entry.Kind is not (EntryKind.Records or EntryKind.Holes or EntryKind.Control)) continue;
            if (entry.Slots == 0)
            {
                if (IsSlotless(entry, from, to)) useful.Add(entry);
                continue;
            }

            if (entry.End <= next) continue;
            if (entry.First > next || entry.First >= to) break;
            useful.Add(entry);
            next = entry.End;
            covered = true;
        }

        if (!covered) useful.Clear();
        return useful;
    }
}
