using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Node to a member of the ordering group: I live (in this incarnation) and know the stream below an index. The leader
/// takes it as a sign of life; whoever gets it sends what follows.
/// </summary>
public sealed record Follow(Incarnation Life, LogIndex Next) : Message
{
    public override ushort Tag => 200;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Life.Value);
        writer.VarInt(Next.Value);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var life) && reader.VarInt(out var next) && next >= 1
            ? new Follow(new(life), new(next)) : null;
}

/// <summary>
/// Committed entries of the ordering stream, dense from an index; empty bytes stand for seals and the like.
/// </summary>
public sealed record Feed(LogIndex First, IReadOnlyList<ReadOnlyMemory<byte>> Entries, NodeId Leader) : Message
{
    public const int EntriesMax = 4096;

    public override ushort Tag => 201;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(First.Value);
        writer.VarInt(Leader.Value);
        writer.VarInt(Entries.Count);
        for (var i = 0; i < Entries.Count; i++) writer.Bytes(Entries[i].Span);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var first) || !reader.VarInt(out var leader)
            || !reader.Count(out var count, EntriesMax)) return null;
        var entries = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
            if (!reader.Bytes(out entries[i], Limits.EntryBytesMax)) return null;
        return new Feed(new(first), entries, new((int)leader));
    }
}

/// <summary>
/// In place of entries that are kept no more: the meaning of the ordering stream up to and including an index.
/// </summary>
public sealed record FeedBase(LogIndex Index, ReadOnlyMemory<byte> Snapshot, NodeId Leader) : Message
{
    public override ushort Tag => 211;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Index.Value);
        writer.VarInt(Leader.Value);
        writer.Bytes(Snapshot.Span);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var index) && reader.VarInt(out var leader)
        && reader.Bytes(out var snapshot, SnapshotBytesMax) && index >= 1 && leader is >= 0 and <= int.MaxValue
            ? new FeedBase(new(index), snapshot, new((int)leader)) : null;

    private const int SnapshotBytesMax = 2 << 20;
}

/// <summary>
/// Primary to ordering leader, sent until committed: rows of a sub-log are held by every copy below
/// <paramref name="Durable"/>. Slots beyond the fixed windows ask for a quota (a wake).
/// </summary>
/// <param name="Slots">Slots taken so far.</param>
/// <param name="Records">Records among them since the beginning: the rest are holes.</param>
/// <param name="Bytes">Of their batches.</param>
public sealed record Report(Rid Rid, Lsn Durable, Lsn Slots, long Records, long Bytes) : Message
{
    public override ushort Tag => 202;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Rid.Value);
        writer.VarInt(Durable.Value);
        writer.VarInt(Slots.Value);
        writer.VarInt(Records);
        writer.VarInt(Bytes);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var rid) && reader.VarInt(out var durable) && reader.VarInt(out var slots)
        && reader.VarInt(out var records) && reader.VarInt(out var bytes) && rid is >= 0 and <= int.MaxValue
        && durable >= 0 && slots >= durable
            ? new Report(new((int)rid), new(durable), new(slots), records, bytes) : null;
}

/// <summary>Ordering leader to a primary: others are ahead; complete your rows up to and including this one.</summary>
public sealed record Nudge(Rid Rid, long RowNumber) : Message
{
    public override ushort Tag => 203;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Rid.Value);
        writer.VarInt(RowNumber);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var rid) && reader.VarInt(out var row) && rid is >= 0 and <= int.MaxValue
            ? new Nudge(new((int)rid), row) : null;
}

/// <summary>
/// Reading node to primary: I have taken in everything below <paramref name="Next"/>; with
/// <paramref name="Restart"/>, send again from there.
/// </summary>
public sealed record ChannelAsk(Rid Rid, Lsn Next, bool Restart) : Message
{
    public override ushort Tag => 204;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Rid.Value);
        writer.VarInt(Next.Value);
        writer.Bool(Restart);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var rid) && reader.VarInt(out var next) && reader.Bool(out var restart)
        && rid is >= 0 and <= int.MaxValue && next >= 0
            ? new ChannelAsk(new((int)rid), new(next), restart) : null;
}

/// <summary>Primary to reading node: entries held by the memory of all home copies, in order.</summary>
public sealed record ChannelData(Rid Rid, IReadOnlyList<SubEntry> Entries) : Message
{
    public override ushort Tag => 205;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Rid.Value);
        SubEntryWire.Write(writer, Entries);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var rid) && rid is >= 0 and <= int.MaxValue
        && SubEntryWire.Read(ref reader) is { } entries
            ? new ChannelData(new((int)rid), entries) : null;
}

/// <summary>Asks any copy for final entries of a sub-log that cover [From, To).</summary>
public sealed record FetchAsk(long Number, Rid Rid, Lsn From, Lsn To, int MaxBytes) : Message
{
    public override ushort Tag => 206;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Number);
        writer.VarInt(Rid.Value);
        writer.VarInt(From.Value);
        writer.VarInt(To.Value);
        writer.VarInt(MaxBytes);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var number) && reader.VarInt(out var rid) && reader.VarInt(out var from)
        && reader.VarInt(out var to) && reader.Count(out var bytes, Limits.FrameBytesMax, 0)
        && rid is >= 0 and <= int.MaxValue && from >= 0 && to >= from
            ? new FetchAsk(number, new((int)rid), new(from), new(to), bytes) : null;
}

/// <summary>Final entries from one covering From on; none when this copy does not hold it (or not yet).</summary>
/// <param name="Number">The asker's own.</param>
/// <param name="Rid">The sub-log.</param>
/// <param name="Entries">What covers From, and what follows.</param>
/// <param name="Begins">Where this copy begins: what stood before has been trimmed and forgotten.</param>
/// <param name="Remembered">Whoever has read up to here knows what must be known of what stood before.</param>
public sealed record FetchAnswer(
    long Number, Rid Rid, IReadOnlyList<SubEntry> Entries, Lsn Begins = default, Lsn Remembered = default) : Message
{
    public override ushort Tag => 207;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Number);
        writer.VarInt(Rid.Value);
        SubEntryWire.Write(writer, Entries);
        writer.VarInt(Begins.Value);
        writer.VarInt(Remembered.Value);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var number) && reader.VarInt(out var rid) && rid is >= 0 and <= int.MaxValue
        && SubEntryWire.Read(ref reader) is { } entries
        && reader.VarInt(out var begins) && reader.VarInt(out var remembered) && begins >= 0 && remembered >= 0
            ? new FetchAnswer(number, new((int)rid), entries, new(begins), new(remembered)) : null;
}

/// <summary>
/// A request carried to the node that can serve it. Repeated until answered; the answer is kept for repeats.
/// </summary>
/// <param name="MinTail">The sender has shown its client everything below: an older answer would go back in
/// time.</param>
public sealed record Forwarded(long Number, Rid Rid, Position MinTail, Request Ask) : Message
{
    public override ushort Tag => 208;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Number);
        writer.VarInt(Rid.Value);
        writer.VarInt(MinTail.Value);
        RequestWire.Write(writer, Ask);
    }

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var number) && reader.VarInt(out var rid) && rid is >= -1 and <= int.MaxValue
        && reader.VarInt(out var tail) && RequestWire.ReadRequest(ref reader) is { } ask
            ? new Forwarded(number, new((int)rid), new(tail), ask) : null;
}

/// <summary>
/// The answer to a forwarded request; null when the sender should look for another node and try again.
/// </summary>
public sealed record ForwardedReply(long Number, LogReply? Reply) : Message
{
    public override ushort Tag => 209;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Number);
        writer.Bool(Reply is not null);
        if (Reply is not null) RequestWire.Write(writer, Reply);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var number) || !reader.Bool(out var present)) return null;
        if (!present) return new ForwardedReply(number, null);
        return RequestWire.ReadReply(ref reader) is { } reply ? new ForwardedReply(number, reply) : null;
    }
}

/// <summary>
/// Primary to ordering leader: this sub-log cannot go on (a copy of a configuration that never opened is gone); end it,
/// so that the node can begin another with those that live.
/// </summary>
public sealed record GiveUp(Rid Rid) : Message
{
    public override ushort Tag => 210;

    public override void Write(WireWriter writer) => writer.VarInt(Rid.Value);

    public static Message? Read(ref WireReader reader) =>
        reader.VarInt(out var rid) && rid is >= 0 and <= int.MaxValue ? new GiveUp(new Rid((int)rid)) : null;
}

/// <summary>Runs of sub-log entries on the wire.</summary>
internal static class SubEntryWire
{
    private const int EntriesMax = 1 << 18;

    public static void Write(WireWriter writer, IReadOnlyList<SubEntry> entries)
    {
        writer.VarInt(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            writer.Byte((byte)entries[i].Kind);
            writer.VarInt(entries[i].First.Value);
            writer.VarInt(entries[i].Slots);
            writer.Bytes(entries[i].Payload.Span);
        }
    }

    /// <summary>The payloads are slices of the frame, which is an array that nothing is written to again.</summary>
    public static SubEntry[]? Read(ref WireReader reader)
    {
        if (!reader.Count(out var count, EntriesMax, 4)) return null;
        var entries = new SubEntry[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.Byte(out var kind) || !reader.VarInt(out var first) || !reader.VarInt(out var slots)
                || first < 0 || slots is < 0 or > int.MaxValue
                || !reader.Bytes(out var payload, Limits.EntryBytesMax)) return null;
            if ((EntryKind)kind is not (EntryKind.Records or EntryKind.Holes or EntryKind.Control)) return null;
            entries[i] = new((EntryKind)kind, new(first), (int)slots, payload);
        }

        return entries;
    }
}
