using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Tests.Fuzz;

/// <summary>What replication writes to wires, disks and the control plane.</summary>
internal static class ReplicationSamples
{
    public static IReadOnlyList<Func<Draw, Message>> Messages { get; } =
    [
        d => new AskSuspicion(d.Group(), d.Term(), d.Life(), d.Number()),
        d => new TellSuspicion(d.Group(), d.Term(), d.Number(), d.Chance(0.5)),
        d => new Seal(d.Group(), d.Term()),
        d => new SealAck(d.Group(), d.Term(), d.Life(), new(d.Number() - 1), d.List(3, () => Tail(d))),
        d => new Fetch(d.Group(), d.Term(), d.Stream(), d.Index().Next(), 1 + d.Below(1 << 20)),
        d => Answer(d),
        d => new Append(d.Group(), d.Term(), d.Life(), d.List(3, () => Part(d))),
        d => new AppendAck(d.Group(), d.Term(), d.Life(), d.List(3, () => Ack(d))),
        d => new Install(d.Group(), d.Term(), d.Stream(), Base(d)),
        d => new Probe(d.Group(), d.Term(), d.Number()),
        d => new ProbeAck(d.Group(), d.Term(), d.Life(), d.Number()),
        d => new Heartbeat(d.Life(), d.Number(), d.List(4, () => new HeartbeatLine(d.Group(), d.Term()))),
        d => new HeartbeatAck(d.Life(), d.Number(), d.List(4, () => new HeartbeatLine(d.Group(), d.Term()))),
        d => new Refuse(d.Group(), d.Term()),
    ];

    public static StreamBase Base(Draw draw) => new(
        draw.Index(), draw.Term(), draw.Number(), Starts(draw), draw.List(2, draw.Term),
        draw.Chance(0.7) ? Dedup(draw) : default, draw.Bytes(60));

    public static byte[] Dedup(Draw draw)
    {
        var table = new DedupTable();
        long index = 0;
        foreach (var _ in draw.List(6, draw.Node))
            table.Add(new((ulong)(1 + draw.Below(3))), 1 + draw.Below(200), new(index += 1 + draw.Below(3)));
        return table.EncodeUpTo(new(index));
    }

    public static GroupRecord Record(Draw draw) => new(
        draw.Term(), draw.Node(), draw.Life(), draw.Wild(), Config(draw), draw.Term(),
        [new(draw.Term(), Config(draw)), .. draw.List(2, () => new ActiveConfig(draw.Term(), Config(draw)))],
        Config(draw), draw.List(3, draw.Node), draw.Below(Limits.StreamsMax), draw.Below(Limits.MembersMax + 1),
        draw.Chance(0.5), draw.Chance(0.5));

    public static Entry[] Entries(Draw draw, LogIndex prev, int max)
    {
        var entries = new Entry[draw.Below(max + 1)];
        for (var i = 0; i < entries.Length; i++)
        {
            var producer = new ProducerId((ulong)draw.Below(3));
            entries[i] = new(
                prev.Plus(i + 1), draw.Term(), (EntryKind)(1 + draw.Below(6)), draw.Number(), draw.Below(9), producer,
                producer.IsNone ? 0 : draw.Number(), draw.Bytes(80));
        }

        return entries;
    }

    private static FetchAck Answer(Draw draw)
    {
        var prev = draw.Index();
        return new(
            draw.Group(), draw.Term(), draw.Life(), draw.Stream(), prev, draw.Term(),
            draw.Chance(0.5) ? Base(draw) : null, Entries(draw, prev, 4));
    }

    private static AppendPart Part(Draw draw)
    {
        var prev = draw.Index();
        return new(draw.Stream(), prev, draw.Term(), draw.Index(), draw.Index(), Entries(draw, prev, 4));
    }

    private static AckPart Ack(Draw draw) => draw.Chance(0.5)
        ? new(draw.Stream(), draw.Index(), draw.Index(), draw.Index(), draw.Index(), draw.Index(), Starts(draw))
        : new(draw.Stream(), draw.Index(), draw.Index(), draw.Index(), null, LogIndex.Zero, []);

    private static StreamTail Tail(Draw draw) =>
        new(draw.Stream(), draw.Index(), draw.Number(), draw.Index(), Starts(draw));

    private static TermStart[] Starts(Draw draw)
    {
        long term = 0, index = 0;
        return draw.List(4, () => new TermStart(new(term += 1 + draw.Below(50)), new(index += 1 + draw.Below(50))));
    }

    private static GroupConfig Config(Draw draw)
    {
        var members = new SortedSet<int>();
        for (var left = 1 + draw.Below(5); left > 0; left--) members.Add(1 + draw.Below(20));
        return new([.. members.Select(id => new NodeId(id))], (QuorumPolicy)(1 + draw.Below(2)));
    }
}
