using System.Buffers.Binary;
using Outrider.Core;

namespace Outrider.Storage;

/// <summary>Whose journal it is: part of every header and checksum.</summary>
internal readonly record struct Identity(ulong ClusterId, NodeId Node)
{
    /// <summary>
    /// Where the checksum of a record starts: a record of another cluster, node, segment generation, life or batch
    /// then fails it even if it stands where one of ours is expected (recycled segments, misdirected writes).
    /// </summary>
    public uint RecordSalt(in BatchHeader batch, StorageBugs bugs)
    {
        Span<byte> bytes = stackalloc byte[36];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ClusterId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Node.Value);
        if (bugs.ChecksumWithoutGeneration) return Crc32C.Append(~0u, bytes[..12]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[12..], batch.Generation);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[20..], batch.Incarnation);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[28..], batch.Sequence);
        return Crc32C.Append(~0u, bytes);
    }
}
