using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Candidate to all of the active configurations: do you too suspect the leader of this term?</summary>
/// <param name="Life">The asker's life: a leader that asks in a later life leads no more.</param>
/// <param name="Round">Comes back in the answer.</param>
public sealed record AskSuspicion(GroupId Id, Term Term, Incarnation Life, long Round) : Message
{
    public const ushort Code = 101;
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
        return new AskSuspicion(new GroupId(id), new Term(term), new Incarnation(life), round);
    }
}

/// <summary>An opinion; it promises nothing.</summary>
public sealed record TellSuspicion(GroupId Id, Term Term, long Round, bool Suspects) : Message
{
    public const ushort Code = 102;
    public override ushort Tag => Code;
    public override GroupId Group => Id;

    public override void Write(WireWriter writer)
    {
        writer.VarInt(Id.Value);
        writer.VarInt(Term.Value);
        writer.VarInt(Round);
        writer.Bool(Suspects);
    }

    public static Message? Read(ref WireReader reader)
    {
        if (!reader.VarInt(out var id) || !reader.VarInt(out var term)) return null;
        if (!reader.VarInt(out var round) || !reader.Bool(out var suspects)) return null;
        return new TellSuspicion(new GroupId(id), new Term(term), round, suspects);
    }
}
