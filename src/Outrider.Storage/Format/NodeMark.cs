using System.Buffers.Binary;
using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// The count of a node's lives, in a file of its own: two blocks with the same content, written one after the other
/// with a sync between, so that neither a crash nor one bad block can make the node forget a life.
/// </summary>
internal readonly record struct NodeMark(Identity Owner, Incarnation Incarnation)
{
    public const string FileName = "journal.node";
    public const int FileBytes = 2 * Layouts.BlockBytes;
    private const ulong Magic = 0x000045444F4E524F; // "ORNODE"
    private const int Bytes = 48;

    public void Write(Span<byte> block)
    {
        Check.That(block.Length == Layouts.BlockBytes);
        block.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(block, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(block[8..], Layouts.FormatVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(block[12..], Owner.ClusterId);
        BinaryPrimitives.WriteInt32LittleEndian(block[20..], Owner.Node.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(block[28..], Crc32C.Of(block[..28]));
        BinaryPrimitives.WriteInt64LittleEndian(block[32..], Incarnation.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(block[40..], Crc32C.Of(block[..40]));
    }

    public static HeaderOutcome Read(ReadOnlySpan<byte> block, out NodeMark mark, out ushort version)
    {
        mark = default;
        version = 0;
        if (block[..Bytes].IndexOfAnyExcept((byte)0) < 0) return HeaderOutcome.Blank;
        if (BinaryPrimitives.ReadUInt64LittleEndian(block) != Magic) return HeaderOutcome.Damaged;
        var prefixCrc = BinaryPrimitives.ReadUInt32LittleEndian(block[28..]);
        if (prefixCrc != Crc32C.Of(block[..28])) return HeaderOutcome.Damaged;
        version = BinaryPrimitives.ReadUInt16LittleEndian(block[8..]);
        var owner = new Identity(
            BinaryPrimitives.ReadUInt64LittleEndian(block[12..]),
            new NodeId(BinaryPrimitives.ReadInt32LittleEndian(block[20..])));
        mark = new(owner, new(BinaryPrimitives.ReadInt64LittleEndian(block[32..])));
        if (version > Layouts.FormatVersion) return HeaderOutcome.Newer;
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(block[40..]);
        return crc == Crc32C.Of(block[..40]) && mark.Incarnation.Value > 0 ? HeaderOutcome.Ok : HeaderOutcome.Damaged;
    }
}
