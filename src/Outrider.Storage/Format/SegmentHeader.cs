using System.Buffers.Binary;
using Outrider.Core;

namespace Outrider.Storage;

internal enum HeaderOutcome : byte
{
    Ok,
    /// <summary>All zeroes: a segment that was made and never used.</summary>
    Blank,
    /// <summary>Neither copy holds.</summary>
    Damaged,
    /// <summary>Written by a later release.</summary>
    Newer,
}

/// <summary>
/// The first block of a segment, in two copies half a block apart. The first 32 bytes and the place of their
/// checksum stay the same in all format versions, so that an old release can name a newer one.
/// </summary>
internal readonly record struct SegmentHeader
{
    public const ulong Magic = 0x524544495254554F; // "OUTRIDER", read as bytes
    public const int CopyBytes = 96;
    private const int SecondCopyAt = Layouts.BlockBytes / 2;

    public ushort Version { get; init; }
    public Identity Owner { get; init; }
    public long Generation { get; init; }
    public long Incarnation { get; init; }
    /// <summary>The sequence of the first batch in it.</summary>
    public long FirstSequence { get; init; }
    /// <summary>The group commit of the first batch in it.</summary>
    public long FirstCommit { get; init; }
    public JournalPosition Synced { get; init; }
    public long FirstLive { get; init; }
    public int SizeBytes { get; init; }

    /// <summary>Fills a block with both copies.</summary>
    public void Write(Span<byte> block)
    {
        Check.That(block.Length == Layouts.SegmentHeaderBytes);
        block.Clear();
        var copy = block[..CopyBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(copy, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(copy[8..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(copy[12..], Owner.ClusterId);
        BinaryPrimitives.WriteInt32LittleEndian(copy[20..], Owner.Node.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[28..], Crc32C.Of(copy[..28]));
        BinaryPrimitives.WriteInt64LittleEndian(copy[32..], Generation);
        BinaryPrimitives.WriteInt64LittleEndian(copy[40..], Incarnation);
        BinaryPrimitives.WriteInt64LittleEndian(copy[48..], FirstSequence);
        BinaryPrimitives.WriteInt64LittleEndian(copy[56..], Synced.Generation);
        BinaryPrimitives.WriteInt32LittleEndian(copy[64..], Synced.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(copy[68..], FirstLive);
        BinaryPrimitives.WriteInt32LittleEndian(copy[76..], SizeBytes);
        BinaryPrimitives.WriteInt64LittleEndian(copy[80..], FirstCommit);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[92..], Crc32C.Of(copy[..92]));
        copy.CopyTo(block[SecondCopyAt..]);
    }

    /// <summary>
    /// Reads the copy of the newer generation: after a crash one may still be of the file's use before, and a copy that
    /// is not seen now would speak again once the other is lost.
    /// </summary>
    public static HeaderOutcome Read(ReadOnlySpan<byte> block, out SegmentHeader header)
    {
        Check.That(block.Length == Layouts.SegmentHeaderBytes);
        var first = ReadCopy(block[..CopyBytes], out header);
        var second = ReadCopy(block.Slice(SecondCopyAt, CopyBytes), out var other);
        if (first == HeaderOutcome.Newer) return first;
        var takesOther = second == HeaderOutcome.Newer ||
            (second == HeaderOutcome.Ok && (first != HeaderOutcome.Ok || other.Generation > header.Generation));
        if (takesOther) (first, header) = (second, other);
        if (first is HeaderOutcome.Ok or HeaderOutcome.Newer) return first;
        return first == HeaderOutcome.Blank && second == HeaderOutcome.Blank
            ? HeaderOutcome.Blank
            : HeaderOutcome.Damaged;
    }

    private static HeaderOutcome ReadCopy(ReadOnlySpan<byte> copy, out SegmentHeader header)
    {
        header = default;
        if (copy.IndexOfAnyExcept((byte)0) < 0) return HeaderOutcome.Blank;
        if (BinaryPrimitives.ReadUInt64LittleEndian(copy) != Magic) return HeaderOutcome.Damaged;
        if (BinaryPrimitives.ReadUInt32LittleEndian(copy[28..]) != Crc32C.Of(copy[..28])) return HeaderOutcome.Damaged;
        header = new SegmentHeader
        {
            Version = BinaryPrimitives.ReadUInt16LittleEndian(copy[8..]),
            Owner = new(
                BinaryPrimitives.ReadUInt64LittleEndian(copy[12..]),
                new NodeId(BinaryPrimitives.ReadInt32LittleEndian(copy[20..]))),
            Generation = BinaryPrimitives.ReadInt64LittleEndian(copy[32..]),
            Incarnation = BinaryPrimitives.ReadInt64LittleEndian(copy[40..]),
            FirstSequence = BinaryPrimitives.ReadInt64LittleEndian(copy[48..]),
            Synced = new(
                BinaryPrimitives.ReadInt64LittleEndian(copy[56..]), BinaryPrimitives.ReadInt32LittleEndian(copy[64..])),
            FirstLive = BinaryPrimitives.ReadInt64LittleEndian(copy[68..]),
            SizeBytes = BinaryPrimitives.ReadInt32LittleEndian(copy[76..]),
            FirstCommit = BinaryPrimitives.ReadInt64LittleEndian(copy[80..]),
        };
        if (header.Version > Layouts.FormatVersion) return HeaderOutcome.Newer;
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(copy[92..]);
        return crc == Crc32C.Of(copy[..92]) && header.Generation > 0 ? HeaderOutcome.Ok : HeaderOutcome.Damaged;
    }
}
