using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// Looks entries up on disk: from the nearest point it walks batch by batch in the same segment. Every record that is
/// handed out has passed its checksum and stands for the stream and index asked for.
/// </summary>
internal sealed class EntryReader(IDisk disk, JournalOptions options, SegmentSet segments, StreamTable table)
{
    private readonly SegmentWindow _window = new(disk, options.ReadWindowBytes);
    private readonly List<Entry> _found = [];

    public EntriesRead Read(ReadEntries read)
    {
        var stream = table.Find(read.Stream);
        if (stream is null) return new(read.Id, read.Stream, ReadOutcome.Ok, []);
        if (read.From.Value <= stream.BaseIndex) return new(read.Id, read.Stream, ReadOutcome.Trimmed, []);
        _found.Clear();
        var next = read.From.Value + (options.Bugs.ReadOffByOne ? 1 : 0);
        var last = read.Count <= 0 ? next : Math.Min(stream.End, next + read.Count - 1);
        var left = (long)read.MaxBytes;
        var outcome = ReadOutcome.Ok;
        while (next <= last && (left > 0 || _found.Count == 0) && outcome == ReadOutcome.Ok)
        {
            var point = stream.Find(next, out var nextPoint);
            var to = Math.Min(last, nextPoint - 1);
            outcome = Walk(stream.Key, point, ref next, to, ref left);
        }

        // What was found before the damage is good and is the answer; the next read will start at the damage.
        if (_found.Count > 0) outcome = ReadOutcome.Ok;
        return new(read.Id, read.Stream, outcome, _found.ToArray());
    }

    /// <summary>One record whose place is known, with a copy of its payload.</summary>
    public bool TryRecord(Place at, out RecordHeader header, out byte[] payload)
    {
        header = default;
        payload = [];
        if (segments.Find(at.Generation) is not { } segment) return false;
        var batches = new BatchReader(_window, new(options.ClusterId, options.Node), options.Bugs);
        batches.Open(segment);
        if (!batches.TryHeader(at.Batch, out var batch)) return false;
        var body = batches.Body(batch).Span;
        var offset = at.Record - batch.RecordsAt;
        if (offset < 0 || offset >= body.Length || !RecordHeader.TryLength(body[offset..], out var total)) return false;
        var record = body.Slice(offset, total);
        if (!RecordHeader.Holds(record, batches.Owner.RecordSalt(batch, options.Bugs))) return false;
        if (!RecordHeader.TryRead(record, out header)) return false;
        payload = record[RecordHeader.Bytes..].ToArray();
        return true;
    }

    private ReadOutcome Walk(StreamKey key, in Point point, ref long next, long to, ref long left)
    {
        var segment = segments.Find(point.At.Generation);
        Check.That(segment is not null);
        var batches = new BatchReader(_window, new(options.ClusterId, options.Node), options.Bugs);
        batches.Open(segment);
        if (!batches.TryHeader(point.At.Batch, out var batch)) return Failed();
        var at = point.At.Record;
        var expected = point.Index;
        while (true)
        {
            var outcome = WalkBatch(batches, batch, at, key, ref expected, ref next, to, ref left);
            if (outcome != ReadOutcome.Ok) return outcome;
            if (next > to || (left <= 0 && _found.Count > 0)) return ReadOutcome.Ok;
            if (!batches.TryNext(batch.EndOffset, batch.Sequence + 1, batch.Incarnation, out batch)) return Failed();
            at = batch.RecordsAt;
        }
    }

    private ReadOutcome WalkBatch(
        BatchReader batches, in BatchHeader batch, int at, StreamKey key,
        ref long expected, ref long next, long to, ref long left)
    {
        var salt = batches.Owner.RecordSalt(batch, options.Bugs);
        var offset = at - batch.RecordsAt;
        while (offset < batch.RecordBytes && next <= to)
        {
            if (left <= 0 && _found.Count > 0) return ReadOutcome.Ok;
            var body = batches.Body(batch).Span;
            if (body.Length != batch.RecordBytes) return Failed();
            // A length that cannot be one: what stands behind it in this batch is out of reach, later batches are not.
            if (!RecordHeader.TryLength(body[offset..], out var total)) return ReadOutcome.Ok;
            var record = body.Slice(offset, total);
            offset += total;
            if (!RecordHeader.TryRead(record, out var header)) continue;
            if (!header.IsEntry || header.Index != expected || header.Stream != key) continue;
            if (!options.Bugs.TornTailServed && !RecordHeader.Holds(record, salt)) return ReadOutcome.Corrupt;
            if (expected++ < next) continue;
            var entry = header.ToEntry(record[RecordHeader.Bytes..]);
            _found.Add(entry);
            left -= entry.SizeBytes;
            next++;
        }

        return ReadOutcome.Ok;
    }

    private ReadOutcome Failed() =>
        _window.UnreadableAt.Count > 0 ? ReadOutcome.IoError : ReadOutcome.Corrupt;
}
