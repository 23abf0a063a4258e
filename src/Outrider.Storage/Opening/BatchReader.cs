using Outrider.Core;

namespace Outrider.Storage;

/// <summary>Finds batches in segments, believing nothing that its checksum and its place do not confirm.</summary>
internal sealed class BatchReader(SegmentWindow window, Identity owner, StorageBugs bugs)
{
    private Segment? _segment;

    public SegmentWindow Window => window;
    public Identity Owner => owner;

    public void Open(Segment segment)
    {
        _segment = segment;
        window.Open(segment.Name, segment.SizeBytes);
    }

    /// <summary>The batch that stands at an offset, of the segment's present generation.</summary>
    public bool TryHeader(int offset, out BatchHeader header)
    {
        Check.That(_segment is not null);
        if (!TryAnyGeneration(offset, out header)) return false;
        if (bugs.ChecksumWithoutGeneration) return true;
        return header.Generation == _segment.Generation && header.Incarnation >= _segment.Incarnation;
    }

    /// <summary>The batch at an offset, of whatever generation.</summary>
    public bool TryAnyGeneration(int offset, out BatchHeader header)
    {
        header = default;
        Check.That(_segment is not null);
        if (offset < Layouts.SegmentHeaderBytes || offset > _segment.SizeBytes - BatchHeader.Bytes) return false;
        if (window.Get(offset, BatchHeader.Bytes, tolerant: true, out var bytes) != DiskOutcome.Ok) return false;
        if (!BatchHeader.TryParse(bytes.Span, _segment.SizeBytes - offset, out header)) return false;
        if (header.Version != Layouts.FormatVersion || header.Owner != owner) return false;
        if (header.Offset != offset && !bugs.MisdirectedAccepted) return false;
        var length = BatchHeader.Bytes + header.LedgerBytes;
        if (window.Get(offset, length, tolerant: true, out bytes) != DiskOutcome.Ok) return false;
        return BatchHeader.Holds(bytes.Span, header.LedgerBytes);
    }

    /// <summary>
    /// The batch that follows <paramref name="endOffset"/>: at the next alignment, or at the next block if it starts
    /// a group commit. Both can stand there when an earlier life left one; the later life's counts.
    /// </summary>
    public bool TryNext(int endOffset, long sequence, long incarnation, out BatchHeader header)
    {
        var near = Layouts.AlignBatch(endOffset);
        var far = Layouts.AlignBlock(endOffset);
        var found = TryHeader(near, out header) && Fits(header, sequence, incarnation);
        if (far == near) return found;
        if (!TryHeader(far, out var other) || !Fits(other, sequence, incarnation) || !other.IsFirst) return found;
        if (found && header.Incarnation >= other.Incarnation) return true;
        header = other;
        return true;
    }

    /// <summary>
    /// Every batch of the present generation at or after an offset, found by looking at each alignment.
    /// </summary>
    public List<BatchHeader> Scan(int fromOffset)
    {
        Check.That(_segment is not null);
        var found = new List<BatchHeader>();
        var offset = Math.Max(Layouts.SegmentHeaderBytes, Layouts.AlignBatch(fromOffset));
        while (offset <= _segment.SizeBytes - BatchHeader.Bytes)
        {
            var isThere = TryHeader(offset, out var header);
            if (isThere) found.Add(header);
            offset = isThere ? Beyond(header) : offset + Layouts.BatchAlignBytes;
        }

        return found;
    }

    /// <summary>
    /// Where to look for a batch behind this one. Only a whole one vouches for its length: a later life may have
    /// written inside what an earlier one left torn.
    /// </summary>
    public int Beyond(in BatchHeader header) => IsWhole(header)
        ? Layouts.AlignBatch(header.EndOffset)
        : header.Offset + Layouts.BatchAlignBytes;

    private bool IsWhole(in BatchHeader header)
    {
        var body = Body(header).Span;
        if (body.Length != header.RecordBytes) return false;
        var salt = owner.RecordSalt(header, bugs);
        var count = 0;
        for (var at = 0; at < body.Length; count++)
        {
            if (!RecordHeader.TryLength(body[at..], out var total)) return false;
            if (!RecordHeader.Holds(body.Slice(at, total), salt)) return false;
            at += total;
        }

        return count == header.RecordCount;
    }

    public ReadOnlyMemory<byte> Body(in BatchHeader header)
    {
        var outcome = window.Get(header.RecordsAt, header.RecordBytes, tolerant: true, out var bytes);
        return outcome == DiskOutcome.Ok ? bytes : default;
    }

    public Ledger? LedgerOf(in BatchHeader header)
    {
        var at = header.Offset + BatchHeader.Bytes;
        var outcome = window.Get(at, header.LedgerBytes, tolerant: true, out var bytes);
        return outcome == DiskOutcome.Ok ? Ledger.Read(bytes) : null;
    }

    private bool Fits(in BatchHeader header, long sequence, long incarnation) =>
        bugs.ChecksumWithoutGeneration || bugs.MisdirectedAccepted
        || (header.Sequence == sequence && header.Incarnation >= incarnation);
}
