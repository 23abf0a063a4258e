using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Leader to member: is this still my term? Reads taken before the round was sent rest on the answers.
/// </summary>
public sealed record Probe(GroupId Id, Term Term, long Round) : Message
{
    public const ushort Code = 110;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(Round);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term) || !reader.VarInt(out var round)) return null;
        return new Probe(new GroupId(id), new Term(term), round);
    }
}

public sealed record ProbeAck(GroupId Id, Term Term, Incarnation Life, long Round) : Message
{
    public const ushort Code = 111;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(Life.Value);
        writer.VarInt(Round);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term) || !reader.VarInt(out var life)) return null;
        if (!reader.VarInt(out var round)) return null;
        return new ProbeAck(new GroupId(id), new Term(term), new Incarnation(life), round);
    }
}
