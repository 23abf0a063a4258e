using Outrider.Core;

namespace Outrider.Replication;

/// <summary>The leader of a term, recovering, to the member whose tail it chose: entries from an index on.</summary>
public sealed record Fetch(GroupId Id, Term Term, StreamId Stream, LogIndex From, int MaxBytes) : Message
{
    public const ushort Code = 105;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(Stream.Value);
        writer.VarInt(From.Value);
        writer.VarInt(MaxBytes);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term)) return null;
        if (!reader.VarInt(out var stream) || !Valid.Stream(stream)) return null;
        if (!reader.VarInt(out var from) || from < 1) return null;
        if (!reader.VarInt(out var bytes) || bytes is < 1 or > Limits.FrameBytesMax) return null;
        return new Fetch(
            new GroupId(id), new Term(term), new StreamId((int)stream), new LogIndex(from), (int)bytes);
    }
}

/// <summary>Entries of a promised member; with the base if what was asked for has been trimmed.</summary>
/// <param name="Life">The member's life: an answer of another life than the sealed one is void.</param>
/// <param name="Base">Not null: install it first; the entries follow it.</param>
public sealed record FetchAck(
    GroupId Id, Term Term, Incarnation Life, StreamId Stream, LogIndex Prev, Term PrevTerm, StreamBase? Base,
    IReadOnlyList<Entry> Entries) : Message
{
    public const ushort Code = 106;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(Life.Value);
        writer.VarInt(Stream.Value);
        var start = writer.Length;
        writer.UInt32(0);
        writer.VarInt(Prev.Value);
        writer.VarInt(PrevTerm.Value);
        writer.Bool(Base is not null);
        if (Base is not null) EntryWire.Write(writer, Base);
        EntryWire.Write(writer, Prev.Next(), Entries);
        writer.PatchUInt32(start, (uint)(writer.Length - start - 4));
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term) || !reader.VarInt(out var life)) return null;
        if (!reader.VarInt(out var stream) || !Valid.Stream(stream)) return null;
        if (!reader.UInt32(out var length) || !reader.Take((int)length, out var raw)) return null;
        var body = new WireReader(raw.ToArray());
        if (!body.VarInt(out var prev) || prev < 0 || !body.VarInt(out var prevTerm)) return null;
        if (!body.Bool(out var hasBase)) return null;
        StreamBase? trimmed = null;
        if (hasBase)
        {
            if (!EntryWire.Read(ref body, out StreamBase read)) return null;
            trimmed = read;
        }

        if (!EntryWire.Read(ref body, new LogIndex(prev + 1), out var entries) || body.Left != 0) return null;
        return new FetchAck(
            new GroupId(id), new Term(term), new Incarnation(life), new StreamId((int)stream), new LogIndex(prev),
            new Term(prevTerm), trimmed, entries);
    }
}
