using CsCheck;
using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Replication;

public sealed class CodecTests
{
    private static readonly MessageCodec Codec = ReplicationMessages.Register(new MessageCodec());

    private static readonly Gen<long> Number = Gen.OneOf(Gen.Long[0, 200], Gen.Long[0, long.MaxValue / 4]);
    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[0, 60];
    private static readonly Gen<GroupId> AGroup = Number.Select(value => new GroupId(value));
    private static readonly Gen<Term> ATerm = Number.Select(value => new Term(value));
    private static readonly Gen<Incarnation> ALife = Number.Select(value => new Incarnation(value));
    private static readonly Gen<LogIndex> AnIndex = Number.Select(value => new LogIndex(value));
    private static readonly Gen<StreamId> AStream = Gen.Int[0, Limits.StreamsMax - 1].Select(id => new StreamId(id));

    private static readonly Gen<TermStart[]> Starts = Gen.Int[1, 50].Array[0, 5].Select(steps =>
    {
        var starts = new List<TermStart>();
        long term = 0, index = 0;
        foreach (var step in steps) starts.Add(new TermStart(new Term(term += step), new LogIndex(index += step)));
        return starts.ToArray();
    });

    private static readonly Gen<StreamBase> ABase =
        Gen.Select(AnIndex, ATerm, Number, Starts, ATerm.Array[0, 3], Bytes).Select(
            (index, term, slot, starts, marks, snapshot) =>
                new StreamBase(index, term, slot, starts, marks, new DedupTable().EncodeUpTo(index), snapshot));

    private static readonly Gen<Message> AMessage = Gen.OneOf(
        Gen.Select(AGroup, ATerm, ALife, Number).Select((g, t, l, r) => (Message)new AskSuspicion(g, t, l, r)),
        Gen.Select(AGroup, ATerm, Number, Gen.Bool).Select((g, t, r, s) => (Message)new TellSuspicion(g, t, r, s)),
        Gen.Select(AGroup, ATerm).Select((g, t) => (Message)new Seal(g, t)),
        Gen.Select(AGroup, ATerm, ALife, ATerm, Tail().Array[0, 4]).Select(
            (g, t, l, taint, tails) => (Message)new SealAck(g, t, l, taint, tails)),
        Gen.Select(AGroup, ATerm, AStream, AnIndex, Gen.Int[1, 1 << 20]).Select(
            (g, t, s, from, max) => (Message)new Fetch(g, t, s, from.Next(), max)),
        Gen.Select(AGroup, ATerm, ALife, AStream, AnIndex, ATerm, ABase).SelectMany(
            (g, t, l, s, prev, prevTerm, trimmed) => Entries(prev).Select(
                entries => (Message)new FetchAck(
                    g, t, l, s, prev, prevTerm, entries.Length % 2 == 0 ? trimmed : null, entries))),
        Gen.Select(AGroup, ATerm, ALife, Part().Array[0, 4], Gen.Int[0, 3]).Select(
            (g, t, l, parts, haste) => (Message)new Append(g, t, l, parts) { Haste = (AckHaste)haste }),
        Gen.Select(AGroup, ATerm, ALife, Ack().Array[0, 4]).Select(
            (g, t, l, parts) => (Message)new AppendAck(g, t, l, parts)),
        Gen.Select(AGroup, ATerm, AStream, ABase).Select((g, t, s, b) => (Message)new Install(g, t, s, b)),
        Gen.Select(AGroup, ATerm, Number).Select((g, t, r) => (Message)new Probe(g, t, r)),
        Gen.Select(AGroup, ATerm, ALife, Number).Select((g, t, l, r) => (Message)new ProbeAck(g, t, l, r)),
        Gen.Select(ALife, Number, Line().Array[0, 5]).Select((l, r, lines) => (Message)new Heartbeat(l, r, lines)),
        Gen.Select(ALife, Number, Line().Array[0, 5]).Select((l, r, lines) => (Message)new HeartbeatAck(l, r, lines)),
        Gen.Select(AGroup, ATerm).Select((g, t) => (Message)new Refuse(g, t)));

    [Fact]
    public void Messages_come_back_as_written() =>
        AMessage.Sample(
            message =>
            {
                var bytes = Write(message);
                var reader = new WireReader(bytes);
                var back = Codec.Read(ref reader);
                // Lists in records do not compare by content: the written form does.
                return back is not null && reader.Left == 0 && back.GetType() == message.GetType()
                    && Write(back).AsSpan().SequenceEqual(bytes);
            },
            iter: 20_000);

    [Fact]
    public void Damaged_messages_are_refused_or_read_as_others_but_never_throw() =>
        Gen.Select(AMessage, Gen.Int[0, 100_000], Gen.Byte, Gen.Int[0, 100_000]).Sample(
            (message, at, value, cut) =>
            {
                var bytes = Write(message);
                bytes[2 + at % Math.Max(1, bytes.Length - 2) % bytes.Length] = value;
                if (cut % 3 == 0) bytes = bytes[..(cut % (bytes.Length + 1))];
                var reader = new WireReader(bytes);
                var back = Codec.Read(ref reader);
                return back is null || Write(back).Length > 0;
            },
            iter: 50_000);

    [Fact]
    public void Garbage_is_refused_without_an_exception() =>
        Gen.Select(Gen.Int[101, 114], Gen.Byte.Array[0, 300]).Sample(
            (tag, body) =>
            {
                var writer = new WireWriter();
                writer.UInt16((ushort)tag);
                body.CopyTo(writer.Reserve(body.Length));
                var reader = new WireReader(writer.ToArray());
                var back = Codec.Read(ref reader);
                return back is null || back.Tag == tag;
            },
            iter: 50_000);

    [Fact]
    public void A_record_comes_back_and_any_cut_of_it_is_refused()
    {
        var config = new GroupConfig([new NodeId(3), new NodeId(1)], QuorumPolicy.All);
        var record = new GroupRecord(
            new Term(9), new NodeId(1), new Incarnation(4), long.MaxValue, config, new Term(8),
            [new(new Term(8), config), new(new Term(9), config.Without(new NodeId(3)))], config, [new NodeId(7)], 5, 2,
            IsFixed: true, IsClosed: false);
        var bytes = record.Encode();
        Assert.Equal(record, GroupRecord.Decode(bytes));
        for (var cut = 0; cut < bytes.Length; cut++) Assert.Null(GroupRecord.Decode(bytes.AsMemory(0, cut)));
    }

    [Fact]
    public void Keys_of_records_name_their_group()
    {
        Assert.True(GroupRecord.TryParseKey(GroupRecord.Key(new GroupId(42)), out var group));
        Assert.Equal(new GroupId(42), group);
        Assert.False(GroupRecord.TryParseKey("nodes/42", out _));
        Assert.False(GroupRecord.TryParseKey("groups/x", out _));
    }

    private static byte[] Write(Message message)
    {
        var writer = new WireWriter();
        MessageCodec.Write(writer, message);
        return writer.ToArray();
    }

    private static Gen<Entry[]> Entries(LogIndex prev) =>
        Gen.Select(ATerm, Gen.Int[1, 6], Number, Gen.Int[0, 9], Gen.ULong[0, 3], Number, Bytes).Array[0, 4].Select(
            drafts => drafts.Select((draft, i) =>
            {
                var (term, kind, slot, slots, producer, sequence, payload) = draft;
                return new Entry(
                    prev.Plus(i + 1), term, (EntryKind)kind, slot, slots, new ProducerId(producer),
                    producer == 0 ? 0 : sequence, payload);
            }).ToArray());

    private static Gen<AppendPart> Part() =>
        Gen.Select(AStream, AnIndex, ATerm, AnIndex, AnIndex).SelectMany((stream, prev, term, memory, fsync) =>
            Entries(prev).Select(entries => new AppendPart(stream, prev, term, memory, fsync, entries)));

    private static Gen<AckPart> Ack() =>
        Gen.Select(AStream, AnIndex, AnIndex, AnIndex, Gen.Bool, Starts).Select(
            (stream, memory, fsync, committed, refused, starts) => refused
                ? new AckPart(stream, memory, fsync, committed, memory, fsync, starts)
                : new AckPart(stream, memory, fsync, committed, null, LogIndex.Zero, []));

    private static Gen<StreamTail> Tail() =>
        Gen.Select(AStream, AnIndex, Number, AnIndex, Starts).Select(
            (stream, last, slot, trimmed, starts) => new StreamTail(stream, last, slot, trimmed, starts));

    private static Gen<HeartbeatLine> Line() =>
        Gen.Select(AGroup, ATerm).Select((group, term) => new HeartbeatLine(group, term));
}
