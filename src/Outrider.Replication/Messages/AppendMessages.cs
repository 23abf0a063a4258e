using Outrider.Core;

namespace Outrider.Replication;

/// <summary>What one append message carries for one stream.</summary>
/// <param name="Prev">The index before the first entry.</param>
/// <param name="PrevTerm">Its term: the receiver must have the same, or nothing is taken.</param>
public sealed record AppendPart(
    StreamId Stream, LogIndex Prev, Term PrevTerm, LogIndex MemoryCommitted, LogIndex FsyncCommitted,
    IReadOnlyList<Entry> Entries);

/// <summary>Leader to member: entries after those it should have, and how far they are committed.</summary>
/// <param name="ToLife">The receiver's life as the leader knows it; 0 if not at all.</param>
public sealed record Append(GroupId Id, Term Term, Incarnation ToLife, IReadOnlyList<AppendPart> Parts) : Message
{
    public const ushort Code = 107;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    /// <summary>What the leader waits for, for its own callers.</summary>
    public AckHaste Haste { get; init; } = AckHaste.Both;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(ToLife.Value);
        var start = writer.Length;
        writer.UInt32(0);
        writer.VarInt(Parts.Count);
        for (var i = 0; i < Parts.Count; i++)
        {
            var part = Parts[i];
            writer.VarInt(part.Stream.Value);
            writer.VarInt(part.Prev.Value);
            writer.VarInt(part.PrevTerm.Value);
            writer.VarInt(part.MemoryCommitted.Value);
            writer.VarInt(part.FsyncCommitted.Value);
            EntryWire.Write(writer, part.Prev.Next(), part.Entries);
        }

        writer.PatchUInt32(start, (uint)(writer.Length - start - 4));
        writer.Byte((byte)Haste);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term) || !reader.VarInt(out var life)) return null;
        if (!reader.UInt32(out var length) || !reader.Take((int)length, out var body)) return null;
        if (!reader.Byte(out var haste) || haste > (byte)AckHaste.Both) return null;
        // The payloads are slices of what a transport hands over for good.
        var parts = new WireReader(body);
        if (!parts.Count(out var count, Limits.StreamsMax, bytesEach: 6)) return null;
        var list = new AppendPart[count];
        for (var i = 0; i < count; i++)
        {
            if (!parts.VarInt(out var stream) || !Valid.Stream(stream)) return null;
            if (!parts.VarInt(out var prev) || !parts.VarInt(out var prevTerm) || prev < 0) return null;
            if (!parts.VarInt(out var memory) || !parts.VarInt(out var fsync)) return null;
            if (!EntryWire.Read(ref parts, new LogIndex(prev + 1), out var entries)) return null;
            list[i] = new AppendPart(
                new StreamId((int)stream), new LogIndex(prev), new Term(prevTerm), new LogIndex(memory),
                new LogIndex(fsync), entries);
        }

        if (parts.Left > 0) return null;
        return new Append(new GroupId(id), new Term(term), new Incarnation(life), list) { Haste = (AckHaste)haste };
    }
}

/// <summary>A member's answer for one stream.</summary>
/// <param name="Memory">Proven equal to the leader's log up to here, in this life and term.</param>
/// <param name="Fsync">Of that, on disk.</param>
/// <param name="Committed">The fsync-commit index it knows, so that the leader need not tell it again.</param>
/// <param name="Refused">Not zero: entries after this index did not fit; see the rest.</param>
/// <param name="Last">With a refusal: the member's last index.</param>
/// <param name="Terms">With a refusal: where its terms start, from which the leader finds the common prefix.</param>
public sealed record AckPart(
    StreamId Stream, LogIndex Memory, LogIndex Fsync, LogIndex Committed, LogIndex? Refused, LogIndex Last,
    IReadOnlyList<TermStart> Terms);

/// <summary>Member to leader: what it has of the leader's log. Sent at once for memory, again after each sync.
/// </summary>
public sealed record AppendAck(GroupId Id, Term Term, Incarnation Life, IReadOnlyList<AckPart> Parts) : Message
{
    public const ushort Code = 108;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(Life.Value);
        writer.VarInt(Parts.Count);
        for (var i = 0; i < Parts.Count; i++)
        {
            var part = Parts[i];
            writer.VarInt(part.Stream.Value);
            writer.VarInt(part.Memory.Value);
            writer.VarInt(part.Fsync.Value);
            writer.VarInt(part.Committed.Value);
            writer.Bool(part.Refused is not null);
            if (part.Refused is not { } refused) continue;
            writer.VarInt(refused.Value);
            writer.VarInt(part.Last.Value);
            EntryWire.Write(writer, part.Terms);
        }
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term) || !reader.VarInt(out var life)) return null;
        if (!reader.Count(out var count, Limits.StreamsMax, bytesEach: 5)) return null;
        var parts = new AckPart[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var stream) || !Valid.Stream(stream)) return null;
            if (!reader.VarInt(out var memory) || !reader.VarInt(out var fsync)) return null;
            if (!reader.VarInt(out var committed) || !reader.Bool(out var isRefusal)) return null;
            long refused = 0, last = 0;
            TermStart[] terms = [];
            if (isRefusal)
            {
                if (!reader.VarInt(out refused) || !reader.VarInt(out last)) return null;
                if (!EntryWire.Read(ref reader, out terms)) return null;
            }

            parts[i] = new AckPart(
                new StreamId((int)stream), new LogIndex(memory), new LogIndex(fsync), new LogIndex(committed),
                isRefusal ? new LogIndex(refused) : null, new LogIndex(last), terms);
        }

        return new AppendAck(new GroupId(id), new Term(term), new Incarnation(life), parts);
    }
}

/// <summary>Leader to a member that lacks what has been trimmed. Answered by an <see cref="AppendAck"/>.</summary>
public sealed record Install(GroupId Id, Term Term, StreamId Stream, StreamBase Base) : Message
{
    public const ushort Code = 109;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(Stream.Value);
        EntryWire.Write(writer, Base);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term)) return null;
        if (!reader.VarInt(out var stream) || !Valid.Stream(stream)) return null;
        if (!EntryWire.Read(ref reader, out StreamBase value)) return null;
        return new Install(new GroupId(id), new Term(term), new StreamId((int)stream), value);
    }
}

internal static class Valid
{
    public static bool Stream(long value) => value is >= 0 and < Limits.StreamsMax;
}
