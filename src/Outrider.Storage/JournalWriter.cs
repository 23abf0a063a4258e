using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// Puts batches at the end of the journal. Holds everything about "where next": segment, offset, sequence, group
/// commit, and what is known to be synced.
/// </summary>
internal sealed class JournalWriter
{
    private readonly IDisk _disk;
    private readonly JournalOptions _options;
    private readonly Identity _owner;
    private readonly SegmentSet _segments;
    private readonly StreamTable _table;
    private readonly BatchBuilder _batch = new();
    private readonly WireWriter _ledger = new();
    private readonly List<string> _dirty = [];
    private readonly Incarnation _incarnation;
    private readonly long _lifeSequence;
    private long _sequence;
    private long _commit;
    private bool _commitOpen;

    public JournalWriter(
        IDisk disk, JournalOptions options, SegmentSet segments, StreamTable table, in JournalStart start)
    {
        _disk = disk;
        _options = options;
        _owner = new(options.ClusterId, options.Node);
        _segments = segments;
        _table = table;
        _incarnation = start.Incarnation;
        _lifeSequence = _sequence = start.NextSequence;
        _commit = start.LastCommit;
        End = start.End;
        Synced = start.End;
        Check.That(segments.Current.Generation == End.Generation);
    }

    /// <summary>Where the last batch ends.</summary>
    public JournalPosition End { get; private set; }

    /// <summary>Everything before it is durable.</summary>
    public JournalPosition Synced { get; private set; }

    public long BatchCount { get; private set; }
    public long ByteCount { get; private set; }
    public bool HasUnsynced => _dirty.Count > 0;

    /// <summary>Called after a segment was begun, before the batch that needed it: may not write.</summary>
    public int SegmentsBegun { get; private set; }

    public static DiskOutcome WriteHeader(
        IDisk disk, Segment segment, Identity owner, Incarnation incarnation, JournalPosition synced, long firstLive)
    {
        var block = new byte[Layouts.SegmentHeaderBytes];
        new SegmentHeader
        {
            Version = Layouts.FormatVersion,
            Owner = owner,
            Generation = segment.Generation,
            Incarnation = incarnation.Value,
            FirstSequence = segment.FirstSequence,
            FirstCommit = segment.FirstCommit,
            Synced = synced,
            FirstLive = firstLive,
            SizeBytes = segment.SizeBytes,
        }.Write(block);
        return disk.Write(segment.Name, 0, block);
    }

    /// <summary>Adds a record to the batch, writing the batch first or after if it has grown enough.</summary>
    public DiskOutcome Add(in RecordHeader header, ReadOnlySpan<byte> payload)
    {
        if (_batch.IsOpen && (long)_batch.Length + header.TotalBytes > _options.SegmentBytes / 2)
        {
            var outcome = Flush();
            if (outcome != DiskOutcome.Ok) return outcome;
        }

        if (!_batch.IsOpen) Begin();
        _batch.Add(header, payload);
        return _batch.Length >= _options.BatchBytesMax ? Flush() : DiskOutcome.Ok;
    }

    /// <summary>Writes what has been added.</summary>
    public DiskOutcome Flush() => _batch.IsOpen ? WriteBatch(BatchFlags.None) : DiskOutcome.Ok;

    /// <summary>Says that the journal was closed in order. Everything before must be synced.</summary>
    public DiskOutcome WriteClean()
    {
        Check.That(!_batch.IsOpen && Synced == End);
        Begin();
        return WriteBatch(BatchFlags.Clean);
    }

    /// <summary>Ends the group commit: returns the files to sync for it, and where it ends.</summary>
    public IReadOnlyList<string> TakeDirty(out JournalPosition upTo)
    {
        Check.That(!_batch.IsOpen);
        var files = _dirty.ToArray();
        _dirty.Clear();
        _commitOpen = false;
        upTo = End;
        return files;
    }

    public void OnSynced(JournalPosition upTo)
    {
        Check.That(upTo >= Synced && upTo <= End);
        Synced = upTo;
        _segments.OnSynced(upTo);
    }

    private void Begin()
    {
        _ledger.Clear();
        if (!_commitOpen) _table.LedgerFor(_commit + 1).Write(_ledger);
        _batch.Begin(_ledger.Written);
    }

    private DiskOutcome WriteBatch(BatchFlags flags)
    {
        var offset = _commitOpen ? Layouts.AlignBatch(End.Offset) : Layouts.AlignBlock(End.Offset);
        var commit = _commitOpen ? _commit : _commit + 1;
        if ((long)offset + _batch.Length > _segments.Current.SizeBytes)
        {
            var began = BeginSegment(_batch.Length, commit);
            if (began != DiskOutcome.Ok) return began;
            offset = Layouts.SegmentHeaderBytes;
        }

        var header = new BatchHeader
        {
            Version = Layouts.FormatVersion,
            Flags = _commitOpen ? flags : flags | BatchFlags.FirstOfCommit,
            Owner = _owner,
            Offset = offset,
            Generation = _segments.Current.Generation,
            Incarnation = _incarnation.Value,
            Sequence = _sequence,
            Commit = commit,
            Synced = Synced,
            FirstLive = _segments.FirstLive,
            LifeSequence = _lifeSequence,
            LedgerBytes = _batch.LedgerBytes,
            RecordBytes = _batch.RecordBytes,
            RecordCount = _batch.RecordCount,
        };
        _batch.Seal(header, _owner.RecordSalt(header, _options.Bugs));
        MarkDirty(_segments.Current.Name);
        var outcome = _disk.Write(_segments.Current.Name, offset, _batch.Written);
        if (outcome != DiskOutcome.Ok) return outcome;
        _commit = commit;
        _commitOpen = true;
        _sequence++;
        End = header.End;
        BatchCount++;
        ByteCount += _batch.Length;
        _batch.ApplyTo(_table, header);
        _batch.Clear();
        return DiskOutcome.Ok;
    }

    private DiskOutcome BeginSegment(int batchBytes, long commit)
    {
        var needed = Layouts.AlignBlock(Layouts.SegmentHeaderBytes + batchBytes);
        var segment = _segments.Take(_disk, Math.Max(_options.SegmentBytes, needed), out var outcome);
        if (segment is null) return outcome;
        segment.Generation = _segments.Current.Generation + 1;
        segment.FirstSequence = _sequence;
        segment.FirstCommit = commit;
        segment.Incarnation = _incarnation.Value;
        outcome = WriteHeader(_disk, segment, _owner, _incarnation, Synced, _segments.FirstLive);
        if (outcome != DiskOutcome.Ok) return outcome;
        _segments.AddLive(segment);
        MarkDirty(segment.Name);
        End = new(segment.Generation, Layouts.SegmentHeaderBytes);
        SegmentsBegun++;
        return DiskOutcome.Ok;
    }

    private void MarkDirty(string file)
    {
        if (_dirty.Count == 0 || _dirty[^1] != file) _dirty.Add(file);
    }
}
