using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Payload of a seal entry: whether memory-class entries before it may be missing.</summary>
public static class SealMark
{
    private const byte Kept = 0;
    private const byte Loss = 1;

    private static readonly ReadOnlyMemory<byte> KeptBytes = new byte[] { Kept };
    private static readonly ReadOnlyMemory<byte> LossBytes = new byte[] { Loss };

    internal static ReadOnlyMemory<byte> Encode(bool loss) => loss ? LossBytes : KeptBytes;

    /// <summary>Whether memory-class entries before this seal may have been lost.</summary>
    public static bool HasLoss(Entry entry) => entry.Kind == EntryKind.Seal && HasLoss(entry.Payload);

    internal static bool HasLoss(ReadOnlyMemory<byte> payload) => payload.Length == 1 && payload.Span[0] == Loss;
}

/// <summary>Payload of a trim entry: all a copy needs to make the same base as every other copy.</summary>
internal readonly record struct TrimOrder(LogIndex UpTo, long EndSlot, ReadOnlyMemory<byte> Snapshot)
{
    /// <summary>With the dedup table of the base it must fit one message.</summary>
    public const int SnapshotBytesMax = 2 << 20;

    public byte[] Encode()
    {
        var writer = new WireWriter(32 + Snapshot.Length);
        writer.VarInt(UpTo.Value);
        writer.VarInt(EndSlot);
        writer.Bytes(Snapshot.Span);
        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlyMemory<byte> payload, out TrimOrder order)
    {
        order = default;
        var reader = new WireReader(payload);
        if (!reader.VarInt(out var upTo) || !reader.VarInt(out var slot)) return false;
        if (!reader.Bytes(out var snapshot, SnapshotBytesMax)) return false;
        order = new TrimOrder(new LogIndex(upTo), slot, snapshot);
        return true;
    }
}

/// <summary>Payload of a creation in the catalogue.</summary>
internal static class CreateOrder
{
    public static byte[] Encode(StreamId stream)
    {
        var writer = new WireWriter(8);
        writer.VarInt(stream.Value);
        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlyMemory<byte> payload, out StreamId stream)
    {
        stream = default;
        var reader = new WireReader(payload);
        if (!reader.VarInt(out var raw) || !Valid.Stream(raw) || raw == 0) return false;
        stream = new StreamId((int)raw);
        return true;
    }
}
