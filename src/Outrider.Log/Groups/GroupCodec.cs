using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Records of a key's group stream. An operation: kind, ordinal, the desk that decided it and its number there. A
/// snapshot: the whole state in as many records of one batch as it takes, so that what lies before may be trimmed.
/// </summary>
public static class GroupCodec
{
    private const byte Version = 1;
    private const byte SnapshotKind = 100;
    private const int ListMax = 1 << 20;

    /// <summary>Bytes of a snapshot in one record.</summary>
    public const int ChunkBytes = 512 << 10;

    /// <summary>
    /// An expected tail that no record's position is: in the sub-log that told what is under way the number of the
    /// operation decides. In another one the operation before may have the same number and be another.
    /// </summary>
    internal static long TailUnderWay(Rid toldBy) => -2 - toldBy.Value;

    // A prefix that no key of a client begins with: the front doors refuse control characters at the start.
    private const string Prefix = "\u0001groups:";

    /// <summary>Bytes that a key with groups must leave free.</summary>
    public const int PrefixBytes = 8;

    /// <summary>The stream that holds the groups of a key; it is homed where the key is.</summary>
    public static string StreamOf(string key) => Prefix + key;

    /// <summary>Whether a key is such a stream, which clients neither see nor write.</summary>
    public static bool IsGroupStream(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The key whose place decides where this one lives.</summary>
    public static ReadOnlySpan<char> HomeKey(string key) => IsGroupStream(key) ? key.AsSpan(Prefix.Length) : key;

    public static byte[] Encode(long ordinal, ulong desk, long number, GroupOp op)
    {
        var writer = new WireWriter();
        writer.Byte(Version);
        writer.Byte(KindOf(op));
        writer.VarInt(ordinal);
        writer.UInt64(desk);
        writer.VarInt(number);
        writer.Text(op.Group);
        WriteBody(writer, op);
        return writer.ToArray();
    }

    public static byte[] EncodeChunk(long ordinal, int at, int of, ReadOnlySpan<byte> bytes)
    {
        Check.That(at >= 0 && at < of);
        var writer = new WireWriter(bytes.Length + 32);
        writer.Byte(Version);
        writer.Byte(SnapshotKind);
        writer.VarInt(ordinal);
        writer.VarInt(at);
        writer.VarInt(of);
        writer.Bytes(bytes);
        return writer.ToArray();
    }

    /// <summary>Null for bytes of another form.</summary>
    public static GroupStreamRecord? Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (!reader.Byte(out var version) || version != Version || !reader.Byte(out var kind)
            || !reader.VarInt(out var ordinal)) return null;
        if (kind == SnapshotKind)
        {
            return reader.VarInt(out var at) && reader.VarInt(out var of) && at >= 0 && at < of && of <= ListMax
                && reader.Bytes(out var chunk, ChunkBytes)
                ? new GroupStreamRecord.Chunk(ordinal, (int)at, (int)of, chunk) : null;
        }

        return reader.UInt64(out var desk) && reader.VarInt(out var number)
            && reader.Text(out var group, ConsumerGroups.NameBytesMax) && ReadBody(ref reader, kind, group) is { } op
            ? new GroupStreamRecord.Op(ordinal, desk, number, op) : null;
    }

    /// <summary>The number of an operation, or of the last one that a snapshot knows; null: neither.</summary>
    internal static long? NumberOf(ReadOnlyMemory<byte> bytes, out bool isOp)
    {
        var reader = new WireReader(bytes);
        isOp = false;
        if (!reader.Byte(out var version) || version != Version || !reader.Byte(out var kind)
            || !reader.VarInt(out var ordinal)) return null;
        isOp = kind != SnapshotKind;
        return ordinal;
    }

    private static byte KindOf(GroupOp op) => op switch
    {
        GroupOp.Create => 1,
        GroupOp.Destroy => 2,
        GroupOp.Move => 3,
        GroupOp.AddConsumer => 4,
        GroupOp.RemoveConsumer => 5,
        GroupOp.Deliver => 6,
        GroupOp.Take => 7,
        GroupOp.Release => 8,
        GroupOp.Bury bury => (byte)(bury.Together ? 11 : 9),
        GroupOp.Posted => 10,
        _ => throw Check.Unreachable(op),
    };

    private static void WriteBody(WireWriter writer, GroupOp op)
    {
        switch (op)
        {
            case GroupOp.Create create:
                writer.VarInt(create.Next.Value);
                WriteOptional(writer, create.Read);
                WritePolicy(writer, create.Policy);
                break;
            case GroupOp.Move move:
                writer.VarInt(move.Next.Value);
                WriteOptional(writer, move.Read);
                break;
            case GroupOp.AddConsumer add:
                writer.Text(add.Consumer);
                writer.VarInt(add.NowMs);
                break;
            case GroupOp.RemoveConsumer remove:
                writer.Text(remove.Consumer);
                break;
            case GroupOp.Deliver deliver:
                writer.Text(deliver.Consumer);
                writer.VarInt(deliver.NowMs);
                writer.VarInt(deliver.Next.Value);
                writer.Bool(deliver.NoAck);
                WriteIds(writer, deliver.Ids);
                break;
            case GroupOp.Take take:
                WriteTake(writer, take);
                break;
            case GroupOp.Release release:
                WriteIds(writer, release.Ids);
                break;
            case GroupOp.Bury bury:
                WriteIds(writer, bury.Ids);
                break;
            case GroupOp.Posted posted:
                writer.VarInt(posted.Letter);
                break;
        }
    }

    private static GroupOp? ReadBody(ref WireReader reader, byte kind, string group)
    {
        switch (kind)
        {
            case 1:
                return reader.VarInt(out var next) && ReadOptional(ref reader, out var read)
                    && ReadPolicy(ref reader) is { } policy ? new GroupOp.Create(group, new(next), read, policy) : null;
            case 2:
                return new GroupOp.Destroy(group);
            case 3:
                return reader.VarInt(out var to) && ReadOptional(ref reader, out var count)
                    ? new GroupOp.Move(group, new(to), count) : null;
            case 4:
                return Name(ref reader, out var added) && reader.VarInt(out var nowMs)
                    ? new GroupOp.AddConsumer(group, added, nowMs) : null;
            case 5:
                return Name(ref reader, out var removed) ? new GroupOp.RemoveConsumer(group, removed) : null;
            case 6:
                return Name(ref reader, out var to6) && reader.VarInt(out var ms) && reader.VarInt(out var end)
                    && reader.Bool(out var noAck) && ReadIds(ref reader) is { } ids
                    ? new GroupOp.Deliver(group, to6, ms, new(end), ids, noAck) : null;
            case 7:
                return ReadTake(ref reader, group);
            case 8:
                return ReadIds(ref reader) is { } released ? new GroupOp.Release(group, released) : null;
            case 9 or 11:
                return ReadIds(ref reader) is { } buried ? new GroupOp.Bury(group, buried, kind == 11) : null;
            case 10:
                return reader.VarInt(out var letter) ? new GroupOp.Posted(group, letter) : null;
            default:
                return null;
        }
    }

    private static void WriteTake(WireWriter writer, GroupOp.Take take)
    {
        writer.Text(take.Consumer);
        writer.VarInt(take.NowMs);
        writer.VarInt(take.Items.Count);
        foreach (var item in take.Items)
        {
            writer.VarInt(item.Position.Value);
            writer.VarInt(item.DeliveredMs);
            writer.VarInt(item.Deliveries);
        }
    }

    private static GroupOp.Take? ReadTake(ref WireReader reader, string group)
    {
        if (!Name(ref reader, out var consumer) || !reader.VarInt(out var nowMs)
            || !reader.Count(out var count, ListMax, 3)) return null;
        var items = new GroupOp.Taken[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var position) || !reader.VarInt(out var ms) || !reader.VarInt(out var deliveries)
                || deliveries is < 0 or > int.MaxValue) return null;
            items[i] = new(new(position), ms, (int)deliveries);
        }

        return new(group, consumer, nowMs, items);
    }

    private static void WriteIds(WireWriter writer, IReadOnlyList<Position> ids)
    {
        writer.VarInt(ids.Count);
        var before = 0L;
        for (var i = 0; i < ids.Count; i++)
        {
            writer.VarInt(ids[i].Value - before);
            before = ids[i].Value;
        }
    }

    private static Position[]? ReadIds(ref WireReader reader)
    {
        if (!reader.Count(out var count, ListMax)) return null;
        var ids = new Position[count];
        var before = 0L;
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var step)) return null;
            ids[i] = new(before += step);
        }

        return ids;
    }

    internal static void WritePolicy(WireWriter writer, GroupPolicy policy)
    {
        writer.VarInt(policy.LeaseMs);
        writer.VarInt(policy.DeliveriesMax);
        writer.Text(policy.DeadLetterKey ?? "");
    }

    internal static GroupPolicy? ReadPolicy(ref WireReader reader) =>
        reader.VarInt(out var lease) && reader.VarInt(out var max) && max is >= 0 and <= int.MaxValue
        && reader.Text(out var dead, Limits.KeyBytesMax)
            ? new(lease, (int)max, dead.Length == 0 ? null : dead) : null;

    internal static void WriteOptional(WireWriter writer, long? value) => writer.VarInt(value ?? -1);

    internal static bool ReadOptional(ref WireReader reader, out long? value)
    {
        value = null;
        if (!reader.VarInt(out var number)) return false;
        if (number >= 0) value = number;
        return true;
    }

    internal static bool Name(ref WireReader reader, out string name) =>
        reader.Text(out name, ConsumerGroups.NameBytesMax);
}

/// <summary>One record of a key's group stream.</summary>
public abstract record GroupStreamRecord(long Ordinal)
{
    public sealed record Op(long Ordinal, ulong Desk, long Number, GroupOp What) : GroupStreamRecord(Ordinal);

    public sealed record Chunk(long Ordinal, int At, int Of, ReadOnlyMemory<byte> Bytes) : GroupStreamRecord(Ordinal);
}
