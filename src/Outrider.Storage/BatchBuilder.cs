using Outrider.Core;

namespace Outrider.Storage;

/// <summary>One reusable buffer in which a batch grows: room for the header, the ledger, then records.</summary>
internal sealed class BatchBuilder
{
    private byte[] _bytes = new byte[64 << 10];
    private int _recordsAt;

    public int Length { get; private set; }
    public int RecordCount { get; private set; }
    public bool IsOpen => Length > 0;
    public int LedgerBytes => _recordsAt - BatchHeader.Bytes;
    public int RecordBytes => Length - _recordsAt;
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Begin(ReadOnlySpan<byte> ledger)
    {
        Check.That(!IsOpen);
        _recordsAt = BatchHeader.Bytes + ledger.Length;
        Length = _recordsAt;
        RecordCount = 0;
        Grow(0);
        ledger.CopyTo(_bytes.AsSpan(BatchHeader.Bytes));
    }

    public void Add(in RecordHeader header, ReadOnlySpan<byte> payload)
    {
        Check.That(IsOpen && payload.Length == header.PayloadBytes);
        Check.That(header.TotalBytes <= Layouts.RecordBytesMax);
        Grow(header.TotalBytes);
        var at = _bytes.AsSpan(Length, header.TotalBytes);
        header.Write(at);
        payload.CopyTo(at[RecordHeader.Bytes..]);
        Length += header.TotalBytes;
        RecordCount++;
    }

    /// <summary>Computes every checksum, now that the place of the batch is known.</summary>
    public void Seal(in BatchHeader header, uint salt)
    {
        Check.That(header.RecordBytes == RecordBytes && header.LedgerBytes == LedgerBytes);
        for (var at = _recordsAt; at < Length;)
        {
            var whole = RecordHeader.TryLength(_bytes.AsSpan(at, Length - at), out var total);
            Check.That(whole);
            RecordHeader.Seal(_bytes.AsSpan(at, total), salt);
            at += total;
        }

        header.Write(_bytes.AsSpan(0, Length));
    }

    /// <summary>Shows every record of the sealed batch to the table.</summary>
    public void ApplyTo(StreamTable table, in BatchHeader batch)
    {
        for (var at = _recordsAt; at < Length;)
        {
            var rest = _bytes.AsSpan(at, Length - at);
            var whole = RecordHeader.TryLength(rest, out var total);
            var valid = RecordHeader.TryRead(rest[..total], out var record);
            Check.That(whole && valid);
            var place = new Place(batch.Generation, batch.Offset, batch.Offset + at);
            table.Apply(record, rest[RecordHeader.Bytes..total], place, batch.Commit);
            at += total;
        }
    }

    public void Clear()
    {
        Length = 0;
        RecordCount = 0;
        // One huge record must not pin its buffer for ever.
        if (_bytes.Length > 16 << 20) _bytes = new byte[64 << 10];
    }

    private void Grow(int more)
    {
        var needed = Length + more;
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
    }
}
