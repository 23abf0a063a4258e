using System.Buffers.Binary;
using Outrider.Core;

namespace Outrider.Storage;

[Flags]
internal enum BatchFlags : ushort
{
    None = 0,
    /// <summary>First batch of a group commit: stands at a block boundary and carries the ledger.</summary>
    FirstOfCommit = 1,
    /// <summary>The journal was closed in order after it.</summary>
    Clean = 2,
}

/// <summary>
/// The head of a batch: the unit of writing. Its checksum covers itself and the ledger; records have their own.
/// </summary>
internal readonly record struct BatchHeader
{
    public const int Bytes = 104;
    public const uint Magic = 0x5441424F; // "OBAT"
    private const int CrcAt = 100;

    public ushort Version { get; init; }
    public BatchFlags Flags { get; init; }
    public Identity Owner { get; init; }
    /// <summary>Where the batch was meant to stand: a write that went elsewhere is found out by it.</summary>
    public int Offset { get; init; }
    public long Generation { get; init; }
    public long Incarnation { get; init; }
    public long Sequence { get; init; }
    /// <summary>The group commit it belongs to; one sync covers all batches of it.</summary>
    public long Commit { get; init; }
    /// <summary>Everything before this was known to be durable when the batch was written.</summary>
    public JournalPosition Synced { get; init; }
    /// <summary>Segments of lower generations hold nothing that lives.</summary>
    public long FirstLive { get; init; }
    /// <summary>
    /// The sequence of the first batch of this life: what an earlier life wrote from there on is void.
    /// </summary>
    public long LifeSequence { get; init; }
    public int LedgerBytes { get; init; }
    public int RecordBytes { get; init; }
    public int RecordCount { get; init; }

    public bool IsFirst => (Flags & BatchFlags.FirstOfCommit) != 0;
    public bool IsClean => (Flags & BatchFlags.Clean) != 0;
    public int RecordsAt => Offset + Bytes + LedgerBytes;
    public int EndOffset => Offset + Bytes + LedgerBytes + RecordBytes;
    public JournalPosition Start => new(Generation, Offset);
    public JournalPosition End => new(Generation, EndOffset);

    /// <summary>A later life, which one of these batches belongs to, began at or before this one's sequence.</summary>
    public bool IsVoid(List<BatchHeader> others)
    {
        foreach (var other in others)
            if (other.Incarnation > Incarnation && other.LifeSequence <= Sequence) return true;
        return false;
    }

    /// <summary>Writes the header over the first bytes of a batch whose ledger and records are in place.</summary>
    public void Write(Span<byte> batch)
    {
        Check.That(batch.Length == Bytes + LedgerBytes + RecordBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(batch, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(batch[4..], Layouts.FormatVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(batch[6..], (ushort)Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(batch[8..], Owner.ClusterId);
        BinaryPrimitives.WriteInt32LittleEndian(batch[16..], Owner.Node.Value);
        BinaryPrimitives.WriteInt32LittleEndian(batch[20..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(batch[24..], Generation);
        BinaryPrimitives.WriteInt64LittleEndian(batch[32..], Incarnation);
        BinaryPrimitives.WriteInt64LittleEndian(batch[40..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(batch[48..], Commit);
        BinaryPrimitives.WriteInt64LittleEndian(batch[56..], Synced.Generation);
        BinaryPrimitives.WriteInt64LittleEndian(batch[64..], FirstLive);
        BinaryPrimitives.WriteInt32LittleEndian(batch[72..], Synced.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(batch[76..], LedgerBytes);
        BinaryPrimitives.WriteInt32LittleEndian(batch[80..], RecordBytes);
        BinaryPrimitives.WriteInt32LittleEndian(batch[84..], RecordCount);
        BinaryPrimitives.WriteInt64LittleEndian(batch[88..], LifeSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(batch[96..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(batch[CrcAt..], Checksum(batch, LedgerBytes));
    }

    /// <summary>
    /// Reads the fields without believing them; false when the bytes cannot be a header that ends inside
    /// <paramref name="limitBytes"/>. Whether the checksum holds is <see cref="Holds"/>.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> at, int limitBytes, out BatchHeader header)
    {
        header = default;
        if (at.Length < Bytes || BinaryPrimitives.ReadUInt32LittleEndian(at) != Magic) return false;
        header = new BatchHeader
        {
            Version = BinaryPrimitives.ReadUInt16LittleEndian(at[4..]),
            Flags = (BatchFlags)BinaryPrimitives.ReadUInt16LittleEndian(at[6..]),
            Owner = new(
                BinaryPrimitives.ReadUInt64LittleEndian(at[8..]),
                new NodeId(BinaryPrimitives.ReadInt32LittleEndian(at[16..]))),
            Offset = BinaryPrimitives.ReadInt32LittleEndian(at[20..]),
            Generation = BinaryPrimitives.ReadInt64LittleEndian(at[24..]),
            Incarnation = BinaryPrimitives.ReadInt64LittleEndian(at[32..]),
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(at[40..]),
            Commit = BinaryPrimitives.ReadInt64LittleEndian(at[48..]),
            Synced = new(
                BinaryPrimitives.ReadInt64LittleEndian(at[56..]), BinaryPrimitives.ReadInt32LittleEndian(at[72..])),
            FirstLive = BinaryPrimitives.ReadInt64LittleEndian(at[64..]),
            LedgerBytes = BinaryPrimitives.ReadInt32LittleEndian(at[76..]),
            RecordBytes = BinaryPrimitives.ReadInt32LittleEndian(at[80..]),
            RecordCount = BinaryPrimitives.ReadInt32LittleEndian(at[84..]),
            LifeSequence = BinaryPrimitives.ReadInt64LittleEndian(at[88..]),
        };
        // Three checks, each against overflow: the sum of two unbounded lengths may wrap.
        if (header.LedgerBytes < 0 || header.RecordBytes < 0 || header.Offset < 0) return false;
        if (header.LedgerBytes > limitBytes || header.RecordBytes > limitBytes) return false;
        if (header.RecordCount < 0 || BinaryPrimitives.ReadUInt32LittleEndian(at[96..]) != 0) return false;
        return (long)Bytes + header.LedgerBytes + header.RecordBytes <= limitBytes;
    }

    /// <summary>Whether the checksum over header and ledger holds.</summary>
    public static bool Holds(ReadOnlySpan<byte> headerAndLedger, int ledgerBytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(headerAndLedger[CrcAt..]) == Checksum(headerAndLedger, ledgerBytes);

    private static uint Checksum(ReadOnlySpan<byte> batch, int ledgerBytes) =>
        ~Crc32C.Append(Crc32C.Append(~0u, batch[..CrcAt]), batch.Slice(Bytes, ledgerBytes));
}
