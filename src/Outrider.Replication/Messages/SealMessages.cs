using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Leader of a new term to a member: promise to refuse all earlier terms, and say what you have.</summary>
public sealed record Seal(GroupId Id, Term Term) : Message
{
    public const ushort Code = 103;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term)) return null;
        return new Seal(new GroupId(id), new Term(term));
    }
}

/// <summary>What a member has of one stream.</summary>
/// <param name="Last">Its last index.</param>
/// <param name="EndSlot">Slots up to it.</param>
/// <param name="Base">Its last trimmed index.</param>
/// <param name="Terms">Where its terms start; the last one is the term of its last entry.</param>
public sealed record StreamTail(
    StreamId Stream, LogIndex Last, long EndSlot, LogIndex Base, IReadOnlyList<TermStart> Terms)
{
    public Term LastTerm => Terms.Count == 0 ? Term.Zero : Terms[^1].Term;
}

/// <summary>Sent when the promise, and all of the log so far, is on disk.</summary>
/// <param name="Taint">The promise at the last unclean start of this member; -1 if there was none. Its memory then
/// says nothing about memory-class commits of terms up to it.</param>
public sealed record SealAck(
    GroupId Id, Term Term, Incarnation Life, Term Taint, IReadOnlyList<StreamTail> Streams) : Message
{
    public const ushort Code = 104;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public StreamTail? Find(StreamId stream)
    {
        for (var i = 0; i < Streams.Count; i++)
            if (Streams[i].Stream == stream) return Streams[i];
        return null;
    }

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(Life.Value);
        writer.VarInt(Taint.Value);
        writer.VarInt(Streams.Count);
        for (var i = 0; i < Streams.Count; i++)
        {
            var tail = Streams[i];
            writer.VarInt(tail.Stream.Value);
            writer.VarInt(tail.Last.Value);
            writer.VarInt(tail.EndSlot);
            writer.VarInt(tail.Base.Value);
            EntryWire.Write(writer, tail.Terms);
        }
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term) || !reader.VarInt(out var life)) return null;
        if (!reader.VarInt(out var taint) || !reader.Count(out var count, Limits.StreamsMax, bytesEach: 5)) return null;
        var tails = new StreamTail[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var stream) || !Valid.Stream(stream) || !reader.VarInt(out var last)) return null;
            if (!reader.VarInt(out var slot) || !reader.VarInt(out var trimmed)) return null;
            if (!EntryWire.Read(ref reader, out TermStart[] terms)) return null;
            tails[i] = new StreamTail(
                new StreamId((int)stream), new LogIndex(last), slot, new LogIndex(trimmed), terms);
        }

        return new SealAck(new GroupId(id), new Term(term), new Incarnation(life), new Term(taint), tails);
    }
}

/// <summary>The sender of something of a lower term is told the receiver's promise; it should look at the record.
/// </summary>
public sealed record Refuse(GroupId Id, Term Promised) : Message
{
    public const ushort Code = 114;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Promised.Value);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var promised)) return null;
        return new Refuse(new GroupId(id), new Term(promised));
    }
}
