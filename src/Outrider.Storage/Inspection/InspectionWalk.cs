using Outrider.Core;

namespace Outrider.Storage;

/// <summary>Walks a segment as recovery would, but goes on behind damage and only takes notes.</summary>
internal sealed class InspectionWalk
{
    private readonly IDisk _disk;
    private readonly Segment _segment;
    private BatchReader? _batches;

    public InspectionWalk(IDisk disk, Segment segment, in SegmentHeader header, HeaderOutcome outcome)
    {
        _disk = disk;
        _segment = segment;
        if (outcome == HeaderOutcome.Ok)
        {
            Owner = header.Owner;
            segment.Generation = header.Generation;
            segment.Incarnation = header.Incarnation;
            Synced = header.Synced;
        }
        else if (outcome == HeaderOutcome.Damaged)
        {
            FindOwner();
        }
    }

    public Identity Owner { get; private set; }
    public long Generation => _segment.Generation;
    public JournalPosition Synced { get; private set; }
    public int EndOffset { get; private set; } = Layouts.SegmentHeaderBytes;

    public void Run(List<BatchFound> found, List<Problem> problems)
    {
        if (Generation == 0) return;
        _batches = new(new SegmentWindow(_disk, 1 << 20), Owner, StorageBugs.None);
        _batches.Open(_segment);
        var all = _batches.Scan(Layouts.SegmentHeaderBytes);
        foreach (var batch in all) Synced = JournalPosition.Max(Synced, batch.Synced);
        // What a later life has written over was cut: neither damage nor content.
        var everything = all;
        all = everything.FindAll(batch => !batch.IsVoid(everything));
        var expected = Layouts.SegmentHeaderBytes;
        var sequence = 0L;
        foreach (var batch in all)
        {
            var follows = sequence == 0 || batch.Sequence == sequence;
            var near = batch.Offset == Layouts.AlignBatch(expected) || batch.Offset == Layouts.AlignBlock(expected);
            if (!follows || !near) NoteGap(expected, sequence, batch, problems);
            found.Add(Look(batch, problems));
            expected = EndOffset = batch.EndOffset;
            sequence = batch.Sequence + 1;
        }

        var end = new JournalPosition(Generation, EndOffset);
        if (Synced.Generation == Generation && Synced > end)
            problems.Add(new(EndOffset, $"everything up to offset {Synced.Offset} was durable and is gone", Named));
        foreach (var at in _batches.Window.UnreadableAt)
            problems.Add(new(at, "the device does not read this block", "named, or refused at the journal's end"));
    }

    private const string Named = "damage: the streams it touched are named corrupt and repaired from peers";

    private void NoteGap(int expected, long sequence, in BatchHeader batch, List<Problem> problems)
    {
        var what = $"batches {(sequence == 0 ? "" : sequence.ToString("D"))}..{batch.Sequence - 1} do not stand here";
        // A gap above what was ever synced is what a cut leaves; a later life then wrote on behind it.
        var wasDurable = new JournalPosition(Generation, expected) < Synced;
        problems.Add(new(expected, what, wasDurable ? Named : "cut: it was never synced"));
    }

    private BatchFound Look(in BatchHeader batch, List<Problem> problems)
    {
        var salt = Owner.RecordSalt(batch, StorageBugs.None);
        var body = _batches!.Body(batch).Span;
        var records = new List<RecordFound>();
        var at = 0;
        var holds = true;
        while (at < body.Length)
        {
            if (!RecordHeader.TryLength(body[at..], out var total))
            {
                holds = false;
                break;
            }

            var record = body.Slice(at, total);
            var good = RecordHeader.TryRead(record, out var header) && RecordHeader.Holds(record, salt);
            holds &= good;
            var kind = header.IsEntry ? ((EntryKind)header.Kind).ToString() : "";
            records.Add(new(
                batch.RecordsAt + at, good ? header.Type.ToString() : "damaged", header.Stream, header.Index,
                header.Term, kind, header.PayloadBytes, good));
            at += total;
        }

        holds &= records.Count == batch.RecordCount;
        if (!holds) NoteDamage(batch, records, problems);
        var ledger = batch.LedgerBytes > 0 ? _batches.LedgerOf(batch)?.Lines.Count ?? 0 : 0;
        return new(
            batch.Offset, batch.EndOffset - batch.Offset, batch.Sequence, batch.Commit, batch.Incarnation,
            batch.IsClean, batch.RecordCount, ledger, batch.Synced, records)
        { Holds = holds };
    }

    private void NoteDamage(in BatchHeader batch, List<RecordFound> records, List<Problem> problems)
    {
        var bad = records.Find(record => !record.Holds);
        var wasDurable = batch.End <= Synced;
        problems.Add(new(
            bad?.OffsetBytes ?? batch.Offset, $"a record of batch {batch.Sequence} fails its checksum",
            wasDurable ? Named : "cut from this batch on, unless another segment records that it was synced"));
    }

    /// <summary>Without a header the newest batch says whose file it is.</summary>
    private void FindOwner()
    {
        var window = new SegmentWindow(_disk, 1 << 20);
        window.Open(_segment.Name, _segment.SizeBytes);
        for (var at = Layouts.SegmentHeaderBytes; at <= _segment.SizeBytes - BatchHeader.Bytes;)
        {
            if (window.Get(at, BatchHeader.Bytes, tolerant: true, out var bytes) != DiskOutcome.Ok) return;
            var step = Layouts.BatchAlignBytes;
            if (BatchHeader.TryParse(bytes.Span, _segment.SizeBytes - at, out var batch) && batch.Offset == at
                && batch.Generation > Generation
                && window.Get(at, BatchHeader.Bytes + batch.LedgerBytes, tolerant: true, out bytes) == DiskOutcome.Ok
                && BatchHeader.Holds(bytes.Span, batch.LedgerBytes))
            {
                Owner = batch.Owner;
                _segment.Generation = batch.Generation;
            }

            at += step;
        }
    }
}
