using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// A node's one journal: every group and stream writes to it, so that one sync makes all of them durable.
/// Single-threaded, but for <see cref="SyncTicket.Run"/>. The first failed write or sync is final: from then on
/// nothing is written and nothing becomes durable, reads go on.
/// </summary>
public sealed class Journal
{
    private const int RecoveryReadBytes = 1 << 20;
    private const int SparesMax = 4;

    private readonly IDisk _disk;
    private readonly JournalOptions _options;
    private readonly SegmentSet _segments;
    private readonly StreamTable _table;
    private readonly JournalWriter _writer;
    private readonly EntryReader _reader;
    private readonly Cleaner _cleaner;
    private readonly Scrubber _scrubber;
    private readonly WireWriter _scratch = new();
    private SyncTicket? _inFlight;
    private long _written;
    private long _durable;
    private long _syncs;
    private DiskOutcome _failed = DiskOutcome.Ok;

    internal Journal(
        IDisk disk, JournalOptions options, SegmentSet segments, StreamTable table, in JournalStart start)
    {
        _disk = disk;
        _options = options;
        _segments = segments;
        _table = table;
        _writer = new(disk, options, segments, table, start);
        _reader = new(disk, options, segments, table);
        _cleaner = new(options, segments, table, _writer, _reader);
        _scrubber = new(disk, options, segments);
        Incarnation = start.Incarnation;
    }

    public Incarnation Incarnation { get; }

    /// <summary>Why nothing is written any more; null while all is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>The token of the last record written.</summary>
    public DurableToken LastToken => new(_written);

    /// <summary>Everything up to it is on disk.</summary>
    public DurableToken Durable => new(_durable);

    /// <summary>
    /// Opens the journal in a directory, or says why it must not be. The new incarnation is durable on return.
    /// </summary>
    public static JournalOpened Open(IDisk disk, JournalOptions options)
    {
        options.Validate();
        return new JournalOpening(disk, options).Run();
    }

    /// <summary>
    /// Writes records to the page cache in one or more batches. Each takes the next token, as
    /// <see cref="Effects.Persist"/> does.
    /// </summary>
    /// <returns>Anything but Ok is final: see <see cref="Failure"/>.</returns>
    public DiskOutcome Write(IReadOnlyList<JournalRecord> records)
    {
        if (_failed != DiskOutcome.Ok) return _failed;
        var trimmed = false;
        for (var i = 0; i < records.Count; i++)
        {
            trimmed |= records[i] is JournalRecord.SetBase or JournalRecord.DropGroup or JournalRecord.Truncate;
            var added = Add(records[i]);
            if (added != DiskOutcome.Ok) return Fail(added, "a write");
        }

        var outcome = _writer.Flush();
        if (outcome != DiskOutcome.Ok) return Fail(outcome, "a write");
        _written += records.Count;
        if (!_options.Clean) return DiskOutcome.Ok;
        outcome = _cleaner.Step(trimmed);
        return outcome == DiskOutcome.Ok ? DiskOutcome.Ok : Fail(outcome, "cleaning");
    }

    /// <summary>
    /// Starts a group commit over everything written so far; null if there is nothing to sync, one is under way, or
    /// the journal has failed.
    /// </summary>
    public SyncTicket? BeginSync()
    {
        if (_failed != DiskOutcome.Ok || _inFlight is not null || !_writer.HasUnsynced) return null;
        var files = _writer.TakeDirty(out var upTo);
        return _inFlight = new(files, new(_written), upTo, _options.Bugs.AckBeforeSync);
    }

    /// <summary>Takes the outcome of a group commit; returns what is durable now.</summary>
    public DurableToken CompleteSync(SyncTicket ticket, DiskOutcome outcome)
    {
        Check.That(ReferenceEquals(ticket, _inFlight));
        _inFlight = null;
        if (outcome != DiskOutcome.Ok)
        {
            // Never again: the kernel may have dropped the pages, and a second sync would then succeed on nothing.
            Fail(outcome, "a sync");
            return Durable;
        }

        Check.That(ticket.Token.Value >= _durable);
        _durable = _options.Bugs.SyncCoversLater ? _written : ticket.Token.Value;
        OnSynced(ticket.UpTo);
        return Durable;
    }

    /// <summary>Reads entries that may have left memory. Blocks for the disk.</summary>
    public EntriesRead Read(ReadEntries read) => _reader.Read(read);

    /// <summary>
    /// Checks up to about <paramref name="budgetBytes"/> of what is durable, going on where the last step ended.
    /// </summary>
    public ScrubStep Scrub(int budgetBytes) => _scrubber.Step(_writer.Synced, budgetBytes);

    /// <summary>Something was written since the last group commit began.</summary>
    public bool HasUnsynced => _writer.HasUnsynced;

    /// <summary>Figures for metrics; cheap to take.</summary>
    public JournalCounters Counters => new(
        _writer.BatchCount, _writer.ByteCount, _syncs, _segments.Live.Count, _segments.FreeCount,
        _cleaner.MovedBytes, _table.PointCount);

    /// <summary>Syncs and marks a clean end, so that the next start knows that nothing was lost.</summary>
    public void Close()
    {
        Check.That(_inFlight is null);
        if (_failed != DiskOutcome.Ok) return;
        if (SyncNow() != DiskOutcome.Ok) return;
        var outcome = _writer.WriteClean();
        if (outcome == DiskOutcome.Ok) outcome = SyncNow();
        if (outcome == DiskOutcome.Ok) outcome = DiskOutcome.NotFound;
        _failed = outcome;
        Failure ??= "the journal is closed";
    }

    /// <summary>
    /// Where there was damage, reads every entry the way a reader will: what cannot be reached must be said to be lost
    /// before the machine starts, not found out by it later.
    /// </summary>
    internal void FindUnreadable()
    {
        foreach (var (_, group) in _table.Groups)
            foreach (var (_, stream) in group.Streams)
            {
                var gap = stream.FirstGap();
                var last = gap != 0 ? gap - 1 : stream.End;
                var next = stream.BaseIndex + 1;
                while (next <= last)
                {
                    var count = (int)Math.Min(int.MaxValue, last - next + 1);
                    var read = Read(new(0, stream.Key, new(next), count, RecoveryReadBytes));
                    if (read.Outcome != ReadOutcome.Ok || read.Entries.Count == 0) break;
                    next += read.Entries.Count;
                }

                if (next <= last) stream.Lose(next, stream.End);
            }
    }

    /// <summary>Makes durable what recovery found missing, before the machine can repair half of it.</summary>
    internal DiskOutcome NoteLost()
    {
        var found = false;
        foreach (var (_, group) in _table.Groups)
        {
            if (group.HasState && group.StateAt.IsNone)
            {
                found = true;
                var again = Add(new JournalRecord.SaveState(group.Id, group.State));
                if (again != DiskOutcome.Ok) return Fail(again, "a write");
            }

            foreach (var (_, stream) in group.Streams)
            {
                stream.AbandonMove();
                stream.PlannedEnd = stream.End;
                if (stream.FirstGap() is not (> 0 and var gap) || _options.Bugs.LossNotNoted) continue;
                found = true;
                var lost = new RecordHeader
                {
                    Type = RecordType.Lost,
                    Stream = stream.Key,
                    Index = gap,
                    FirstSlot = stream.End,
                };
                stream.PlannedEnd = gap - 1;
                var added = _writer.Add(lost, default);
                if (added != DiskOutcome.Ok) return Fail(added, "a write");
            }
        }

        if (!found) return DiskOutcome.Ok;
        var outcome = _writer.Flush();
        return outcome == DiskOutcome.Ok ? SyncNow() : Fail(outcome, "a write");
    }

    /// <summary>What a machine is told of a stream at the start; null if its base cannot be read.</summary>
    internal RecoveredStream? Recover(StreamIndex stream)
    {
        var start = StreamBase.Empty;
        if (!stream.BaseAt.IsNone)
        {
            if (!_reader.TryRecord(stream.BaseAt, out var header, out var payload)) return null;
            if (BaseCodec.Read(header, payload) is not { } read) return null;
            start = read;
        }

        // A full disk took no note of the gap, so it is still there; otherwise the stream already ends before it.
        var gap = stream.FirstGap();
        var last = gap != 0 ? gap - 1 : stream.End;
        var corruptFrom = gap != 0 || stream.LostEnd != 0 ? last + 1 : 0;
        return new(
            stream.Key.Stream, start, new(last), new(corruptFrom), Entries(stream.Key, stream.BaseIndex + 1, last));
    }

    private IEnumerable<Entry> Entries(StreamKey key, long from, long to)
    {
        while (from <= to)
        {
            var count = (int)Math.Min(int.MaxValue, to - from + 1);
            var read = Read(new(0, key, new(from), count, RecoveryReadBytes));
            if (read.Outcome != ReadOutcome.Ok || read.Entries.Count == 0)
                throw new InvalidDataException($"{key} cannot be read at {from} though it was before: {read.Outcome}");
            foreach (var entry in read.Entries) yield return entry;
            from += read.Entries.Count;
        }
    }

    private DiskOutcome Add(JournalRecord record)
    {
        switch (record)
        {
            case JournalRecord.Append append: return AddEntries(append);
            case JournalRecord.Truncate truncate:
                var cut = _table.Ensure(truncate.Stream);
                Check.That(truncate.From.Value > cut.BaseIndex);
                cut.PlannedEnd = Math.Min(cut.PlannedEnd, truncate.From.Value - 1);
                var from = truncate.From.Value;
                return _writer.Add(
                    new() { Type = RecordType.Truncate, Stream = truncate.Stream, Index = from }, default);
            case JournalRecord.SetBase set: return AddBase(set);
            case JournalRecord.SaveState save:
                return _writer.Add(
                    new()
                    {
                        Type = RecordType.SaveState,
                        Stream = new(save.Group, LedgerLine.OfState),
                        PayloadBytes = save.State.Length,
                    },
                    save.State.Span);
            case JournalRecord.DropGroup drop:
                var dropped = _writer.Add(
                    new() { Type = RecordType.DropGroup, Stream = new(drop.Group, LedgerLine.OfState) }, default);
                // The table must forget the group before anything else names it.
                return dropped == DiskOutcome.Ok ? _writer.Flush() : dropped;
            default: throw Check.Unreachable(record);
        }
    }

    private DiskOutcome AddEntries(JournalRecord.Append append)
    {
        var stream = _table.Ensure(append.Stream);
        for (var i = 0; i < append.Entries.Count; i++)
        {
            var entry = append.Entries[i];
            Check.That(entry.Index.Value == stream.PlannedEnd + 1);
            stream.PlannedEnd = entry.Index.Value;
            var outcome = _writer.Add(
                RecordHeader.Of(entry, append.Stream, RecordType.Entry), entry.Payload.Span);
            if (outcome != DiskOutcome.Ok) return outcome;
        }

        return DiskOutcome.Ok;
    }

    private DiskOutcome AddBase(JournalRecord.SetBase set)
    {
        var stream = _table.Ensure(set.Stream);
        var index = set.Base.Index.Value;
        stream.PlannedEnd = set.KeepSuffix ? Math.Max(stream.PlannedEnd, index) : index;
        _scratch.Clear();
        BaseCodec.Write(_scratch, set.Base);
        var header = new RecordHeader
        {
            Type = RecordType.SetBase,
            Kind = set.KeepSuffix ? (byte)1 : (byte)0,
            Stream = set.Stream,
            Index = index,
            Term = set.Base.Term.Value,
            FirstSlot = set.Base.EndSlot,
            PayloadBytes = _scratch.Length,
        };
        return _writer.Add(header, _scratch.Written);
    }

    private DiskOutcome SyncNow()
    {
        if (!_writer.HasUnsynced) return DiskOutcome.Ok;
        var ticket = new SyncTicket(_writer.TakeDirty(out var upTo), new(_written), upTo, skip: false);
        var outcome = ticket.Run(_disk);
        if (outcome != DiskOutcome.Ok) return Fail(outcome, "a sync");
        _durable = _written;
        OnSynced(upTo);
        return DiskOutcome.Ok;
    }

    private void OnSynced(JournalPosition upTo)
    {
        _syncs++;
        _writer.OnSynced(upTo);
        _cleaner.OnSynced(upTo);
        _segments.Shrink(_disk, SparesMax);
    }

    private DiskOutcome Fail(DiskOutcome outcome, string what)
    {
        _failed = outcome;
        Failure ??= outcome == DiskOutcome.Full
            ? $"the disk is full: {what} of the journal found no space; free some and start the node again"
            : $"{what} of the journal failed ({outcome}); this node promises nothing more until it is started again";
        return outcome;
    }
}
