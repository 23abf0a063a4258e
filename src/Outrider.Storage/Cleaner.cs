using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// Frees the oldest segments. Most die by themselves when streams are trimmed; one that a slow stream, a base or a
/// saved state still pins is emptied by copying what lives to the end, but only while at least half of the journal is
/// dead, so that no byte is copied for less than its own size of space.
/// </summary>
/// <remarks>
/// A segment leaves in three steps, each resting on a sync: what made it dead is durable; then batches say so; then
/// one of these is durable, and only now may it be written over.
/// </remarks>
internal sealed class Cleaner(
    JournalOptions options, SegmentSet segments, StreamTable table, JournalWriter writer, EntryReader reader)
{
    private const int StepBytes = 256 << 10;
    private const int ReadBytes = 1 << 20;
    private readonly Queue<StreamKey> _work = new();
    private long _emptying;
    private long _blocked;
    private int _segmentsSeen;
    private long _dead;
    private JournalPosition _deadAt;

    public long MovedBytes { get; private set; }

    /// <summary>
    /// Does a bounded piece of work after a write; <paramref name="trimmed"/> if something may have died.
    /// </summary>
    public DiskOutcome Step(bool trimmed)
    {
        var began = writer.SegmentsBegun != _segmentsSeen;
        _segmentsSeen = writer.SegmentsBegun;
        if (segments.Live.Count < 2) return DiskOutcome.Ok;
        if (trimmed || began) NoteDead();
        if (_emptying == 0 && began) Start();
        return _emptying == 0 ? DiskOutcome.Ok : Empty();
    }

    /// <summary>Lets dead segments go once what made them dead is durable.</summary>
    public void OnSynced(JournalPosition synced)
    {
        if (_dead == 0 || synced < _deadAt) return;
        var after = new JournalPosition(writer.End.Generation, writer.End.Offset + 1);
        while (segments.Live.Count > 1 && segments.FirstLive <= _dead) segments.Retire(segments.Live[0], after);
        _dead = 0;
    }

    private void NoteDead()
    {
        var lowest = writer.End.Generation;
        foreach (var (_, group) in table.Groups)
        {
            if (PinsState(group, long.MaxValue)) lowest = Math.Min(lowest, group.StateAt.Generation);
            foreach (var (_, stream) in group.Streams) lowest = Math.Min(lowest, stream.LowestGeneration());
        }

        if (lowest <= segments.FirstLive || lowest - 1 == _dead) return;
        _dead = lowest - 1;
        _deadAt = writer.End;
    }

    private void Start()
    {
        if (segments.Live.Count <= options.CleanAboveSegments) return;
        var head = segments.FirstLive;
        if (head <= _dead || head == _blocked) return;
        var total = 0L;
        for (var i = 0; i < segments.Live.Count; i++) total += segments.Live[i].SizeBytes;
        var live = 0L;
        _work.Clear();
        foreach (var (_, group) in table.Groups)
            foreach (var (key, stream) in group.Streams)
            {
                live += stream.LiveBytes();
                if (stream.LowestGeneration() <= head) _work.Enqueue(new(group.Id, key));
            }

        if (live * 2 <= total) _emptying = head;
    }

    private DiskOutcome Empty()
    {
        var before = writer.ByteCount;
        while (_work.Count > 0 && writer.ByteCount - before < StepBytes)
        {
            var moved = table.Find(_work.Peek()) is { } stream ? MoveOne(stream) : null;
            if (moved is null) _work.Dequeue();
            else if (moved != DiskOutcome.Ok) return moved.Value;
            if (_emptying == 0) return DiskOutcome.Ok;
        }

        if (_work.Count > 0) return DiskOutcome.Ok;
        foreach (var (_, group) in table.Groups)
        {
            if (!PinsState(group, _emptying)) continue;
            var state = new RecordHeader
            {
                Type = RecordType.SaveState,
                Stream = new(group.Id, LedgerLine.OfState),
                PayloadBytes = group.State.Length,
            };
            var outcome = Write(state, group.State);
            if (outcome != DiskOutcome.Ok) return outcome;
        }

        _emptying = 0;
        NoteDead();
        return DiskOutcome.Ok;
    }

    private bool PinsState(GroupIndex group, long upTo)
    {
        if (options.Bugs.CleanerForgetsState) return false;
        return group.HasState && !group.StateAt.IsNone && group.StateAt.Generation <= upTo;
    }

    /// <summary>Moves one thing of a stream out of the segment; null when nothing of it is left there.</summary>
    private DiskOutcome? MoveOne(StreamIndex stream)
    {
        if (!stream.BaseAt.IsNone && stream.BaseAt.Generation <= _emptying)
        {
            if (!reader.TryRecord(stream.BaseAt, out var header, out var payload)) return Block(stream.Key);
            return Write(header with { Kind = 1 }, payload);
        }

        if (!stream.LostAt.IsNone && stream.LostAt.Generation <= _emptying)
        {
            var lost = new RecordHeader
            {
                Type = RecordType.Lost,
                Stream = stream.Key,
                Index = stream.End + 1,
                FirstSlot = stream.LostEnd,
            };
            return Write(lost, default);
        }

        for (var i = 0; i < stream.Points.Count; i++)
        {
            if (stream.Points[i].At.Generation > _emptying) continue;
            var from = Math.Max(stream.Points[i].Index, stream.BaseIndex + 1);
            var isLast = i + 1 == stream.Points.Count;
            var to = isLast ? stream.End : stream.Points[i + 1].Index - 1;
            return MoveEntries(stream, from, to, isLast ? Place.None : stream.Points[i + 1].At);
        }

        return null;
    }

    /// <summary>
    /// Copies what one point covers: where it ends another point begins, so the rest stays reachable.
    /// </summary>
    private DiskOutcome MoveEntries(StreamIndex stream, long from, long to, Place behind)
    {
        Check.That(from <= to && to <= stream.End);
        var next = from;
        while (next <= to)
        {
            var count = (int)Math.Min(int.MaxValue, to - next + 1);
            var read = reader.Read(new(0, stream.Key, new(next), count, ReadBytes));
            if (read.Outcome != ReadOutcome.Ok || read.Entries.Count == 0) return Block(stream.Key);
            for (var i = 0; i < read.Entries.Count; i++)
            {
                var entry = read.Entries[i];
                var header = RecordHeader.Of(entry, stream.Key, RecordType.MovedEntry);
                var added = writer.Add(header, entry.Payload.Span);
                if (added != DiskOutcome.Ok) return added;
                MovedBytes += header.TotalBytes;
            }

            next += read.Entries.Count;
        }

        var done = new RecordHeader
        {
            Type = RecordType.MoveDone,
            Stream = stream.Key,
            Index = from,
            FirstSlot = to,
            Term = behind.Generation,
            Sequence = behind.Batch,
            Producer = (ulong)behind.Record,
        };
        return Write(done, default);
    }

    /// <summary>
    /// What cannot be read cannot be moved: the segment stays, and recovery or a scrub will name the damage.
    /// </summary>
    private DiskOutcome Block(StreamKey stream)
    {
        _blocked = _emptying;
        _emptying = 0;
        // Copies that were made before have no end yet, and a later run may begin just where they stop: a replay would
        // take both for one, so it is told here that these come to nothing.
        return Write(new() { Type = RecordType.MoveDone, Stream = stream }, default);
    }

    private DiskOutcome Write(in RecordHeader header, ReadOnlySpan<byte> payload)
    {
        var outcome = writer.Add(header, payload);
        return outcome == DiskOutcome.Ok ? writer.Flush() : outcome;
    }
}
