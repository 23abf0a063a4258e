using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Fuzz;

/// <summary>What the log writes to wires and streams.</summary>
internal static class LogSamples
{
    public static IReadOnlyList<Func<Draw, Message>> Messages { get; } =
    [
        d => new Follow(d.Life(), d.Index().Next()),
        d => new Feed(d.Index(), d.List(4, () => (ReadOnlyMemory<byte>)d.Bytes(60)), d.Node()),
        d =>
        {
            var durable = d.Number();
            return new Report(Rid(d), new(durable), new(durable + d.Number()), d.Number(), d.Number());
        },
        d => new Nudge(Rid(d), d.Number()),
        d => new ChannelAsk(Rid(d), new(d.Number()), d.Chance(0.5)),
        d => new ChannelData(Rid(d), Entries(d)),
        d =>
        {
            var from = d.Number();
            return new FetchAsk(d.Number(), Rid(d), new(from), new(from + d.Number()), d.Below(1 << 20));
        },
        d => new FetchAnswer(d.Number(), Rid(d), Entries(d), new(d.Number()), new(d.Number())),
        d => new Forwarded(d.Number(), new(d.Below(100) - 1), new(d.Number()), Ask(d)),
        d => new ForwardedReply(d.Number(), d.Chance(0.1) ? null : Reply(d)),
        d => new GiveUp(Rid(d)),
        d => new FeedBase(d.Index().Next(), d.Bytes(60), d.Node()),
    ];

    public static Request Ask(Draw draw) => draw.Below(11) switch
    {
        0 => Appending(draw),
        1 => new KeyRead(draw.Text(20), Position(draw), Position(draw), draw.Below(1000), draw.Chance(0.5)),
        2 => new KeyInfo(draw.Text(20)),
        3 => new KeyTrim(draw.Text(20), Maybe(draw), draw.Chance(0.5) ? draw.Number() : null, draw.Chance(0.5)),
        4 => new LogTail(),
        5 => new LogTrim(Position(draw), draw.Chance(0.5)),
        6 => new GroupYield(draw.Text(20)),
        7 => new GroupsBelow(new(draw.Below(8)), draw.Below(4), Position(draw), draw.Chance(0.5)),
        8 => new HeldAsk(draw.Node()),
        9 => new LogLose(Rid(draw), new(draw.Number())),
        _ => new LogDrain(draw.Node(), draw.Chance(0.5)),
    };

    public static LogReply Reply(Draw draw) => draw.Below(10) switch
    {
        0 => new LogReply.Appended(draw.List(5, () => Position(draw)), Class(draw), draw.Chance(0.5)),
        1 => new LogReply.Refused((LogRefusal)(1 + draw.Below(6)), draw.Text(40)),
        2 => new LogReply.Unknown(draw.Text(40)),
        3 => new LogReply.Records(
            draw.List(4, () => Record(draw)), draw.Pick(Enum.GetValues<Certainty>()), Position(draw),
            new(draw.Number())),
        4 => new LogReply.Tail(Position(draw), Position(draw), new(draw.Number())),
        5 => new LogReply.Key(draw.Number(), Maybe(draw), Maybe(draw)),
        6 => new LogReply.Trimmed(Position(draw), draw.Number(), draw.Chance(0.5) ? null : "x" + draw.Text(20)),
        7 => new LogReply.Behind(draw.List(3, () => (ReadOnlyMemory<byte>)draw.Bytes(60)), Rid(draw)),
        8 => new LogReply.Held(
            draw.List(4, () => new HeldSlots(
                Rid(draw), new(draw.Number()), draw.Chance(0.5), draw.Chance(0.5)))),
        _ => new LogReply.Done(),
    };

    public static OrderingChange Change(Draw draw) => draw.Below(7) switch
    {
        0 => new OrderingChange.Open(new(
            draw.Chance(0.5) ? OrderingMode.Speculative : OrderingMode.Eager, 2 + draw.Below(300), 1 + draw.Below(100),
            draw.Chance(0.5), 1 + draw.Below(20), 1 + draw.Below(8))),
        1 => new OrderingChange.Admit(new(
            new(draw.Below(1000)), draw.Below(8), draw.Node(), draw.Life(),
            draw.List(4, () => new RidCopy(draw.Node(), draw.Chance(0.5))))),
        2 => new OrderingChange.Commit(draw.Number(), draw.Number(), draw.Below(1000)),
        3 => Fix(draw),
        4 => new OrderingChange.Fail(Rid(draw), new(draw.Number())),
        5 => new OrderingChange.Lose(Rid(draw), new(draw.Number())),
        _ => new OrderingChange.Trim(Position(draw)),
    };

    public static RecordDraft[] Drafts(Draw draw)
    {
        var key = draw.Text(20);
        RecordDraft[] more = draw.List(3, () => Draft(draw, key));
        return [Draft(draw, key), .. more];
    }

    public static RecordField[] Fields(Draw draw) =>
        draw.List(5, () => new RecordField(draw.Bytes(20), draw.Bytes(40)));

    public static ShardMemory Memory(Draw draw) => new(
        draw.Below(9), draw.List(9, () => new BatchName(new((ulong)draw.Below(3)), draw.Wild())),
        draw.List(3, () => new KeyFloor(draw.Text(20), Position(draw))), draw.List(3, () => Rid(draw)),
        draw.Chance(0.3));

    private static LogAppend Appending(Draw draw) => new(
        Drafts(draw), new((ulong)draw.Below(3)), draw.Number(), Class(draw),
        draw.Chance(0.5) ? draw.Number() - 1 : null);

    private static RecordDraft Draft(Draw draw, string key) =>
        new(key, draw.Bytes(80), draw.Chance(0.5) ? draw.Bytes(20) : default, draw.Number());

    private static LogRecord Record(Draw draw) => new(
        Position(draw), Rid(draw), new(draw.Number()), draw.Text(20), draw.Bytes(80), draw.Bytes(20), draw.Number());

    private static SubEntry[] Entries(Draw draw) => draw.List(4, () => new SubEntry(
        draw.Pick(EntryKind.Records, EntryKind.Holes, EntryKind.Control), new(draw.Number()), draw.Below(99),
        draw.Bytes(80)));

    private static OrderingChange.FixWindow Fix(Draw draw)
    {
        var rid = 0;
        var quotas = draw.List(4, () => new RidQuota(new(rid += 1 + draw.Below(9)), 1 + draw.Below(50)));
        return new(draw.Number(), draw.Number(), quotas, draw.List(3, () => Rid(draw)), draw.List(3, () => Rid(draw)));
    }

    private static Position? Maybe(Draw draw) => draw.Chance(0.5) ? Position(draw) : null;
    private static Position Position(Draw draw) => new(draw.Number());
    private static Rid Rid(Draw draw) => new(draw.Below(1000));
    private static Durability Class(Draw draw) => draw.Pick(Enum.GetValues<Durability>());
}
