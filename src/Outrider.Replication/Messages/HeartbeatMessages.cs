using Outrider.Core;

namespace Outrider.Replication;

/// <summary>A group that the sender leads (in a heartbeat), or the promise of the receiver's member (in its answer).
/// </summary>
public readonly record struct HeartbeatLine(GroupId Group, Term Term);

/// <summary>Node to node, one for all groups that the sender leads and the receiver has a copy of.</summary>
public sealed record Heartbeat(Incarnation Life, long Round, IReadOnlyList<HeartbeatLine> Lines) : Message
{
    public const ushort Code = 112;
    public override ushort Tag => Code;

    public override void Write(WireWriter writer) => HeartbeatWire.Write(writer, Life, Round, Lines);

    public static Message? Read(ref WireReader reader) =>
        HeartbeatWire.Read(ref reader, out var life, out var round, out var lines)
            ? new Heartbeat(life, round, lines)
            : null;
}

/// <summary>The answer: a leader may go on leading while a commit quorum answers.</summary>
public sealed record HeartbeatAck(Incarnation Life, long Round, IReadOnlyList<HeartbeatLine> Lines) : Message
{
    public const ushort Code = 113;
    public override ushort Tag => Code;

    public override void Write(WireWriter writer) => HeartbeatWire.Write(writer, Life, Round, Lines);

    public static Message? Read(ref WireReader reader) =>
        HeartbeatWire.Read(ref reader, out var life, out var round, out var lines)
            ? new HeartbeatAck(life, round, lines)
            : null;
}

internal static class HeartbeatWire
{
    private const int LinesMax = 100_000;

    public static void Write(WireWriter writer, Incarnation life, long round, IReadOnlyList<HeartbeatLine> lines)
    {
        writer.VarInt(life.Value);
        writer.VarInt(round);
        writer.VarInt(lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            writer.VarInt(lines[i].Group.Value);
            writer.VarInt(lines[i].Term.Value);
        }
    }

    public static bool Read(
        ref WireReader reader, out Incarnation life, out long round, out HeartbeatLine[] lines)
    {
        life = default;
        lines = [];
        round = 0;
        if (!reader.VarInt(out var rawLife) || !reader.VarInt(out round)) return false;
        if (!reader.Count(out var count, LinesMax, bytesEach: 2)) return false;
        life = new Incarnation(rawLife);
        lines = new HeartbeatLine[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var group) || !reader.VarInt(out var term)) return false;
            lines[i] = new HeartbeatLine(new GroupId(group), new Term(term));
        }

        return true;
    }
}

/// <summary>All messages of replication, for a node's codec.</summary>
public static class ReplicationMessages
{
    public static MessageCodec Register(MessageCodec codec) => codec
        .Register(AskSuspicion.Code, AskSuspicion.Read)
        .Register(TellSuspicion.Code, TellSuspicion.Read)
        .Register(Seal.Code, Seal.Read)
        .Register(SealAck.Code, SealAck.Read)
        .Register(Fetch.Code, Fetch.Read)
        .Register(FetchAck.Code, FetchAck.Read)
        .Register(Append.Code, Append.Read)
        .Register(AppendAck.Code, AppendAck.Read)
        .Register(Install.Code, Install.Read)
        .Register(Probe.Code, Probe.Read)
        .Register(ProbeAck.Code, ProbeAck.Read)
        .Register(Heartbeat.Code, Heartbeat.Read)
        .Register(HeartbeatAck.Code, HeartbeatAck.Read)
        .Register(Refuse.Code, Refuse.Read);
}
