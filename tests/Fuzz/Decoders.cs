using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Fuzz;

/// <summary>The list of all decoders.</summary>
internal static class Decoders
{
    private const int MessageCases = 20_000;
    private const int PartCases = 15_000;

    public static MessageCodec Codec { get; } = MakeCodec();

    public static IReadOnlyList<Decoder> All { get; } =
        [.. Messages(ReplicationSamples.Messages), .. Messages(LogSamples.Messages), .. Parts(),
         .. LinkDecoders.All, .. DiskDecoders.All, .. TextDecoders.All];

    public static IReadOnlyList<ushort> MessageTags { get; } =
        [.. ReplicationSamples.Messages.Concat(LogSamples.Messages).Select(make => Example(make).Tag)];

    private static IEnumerable<Decoder> Messages(IEnumerable<Func<Draw, Message>> makers) => makers.Select(make =>
        new Decoder(
            $"message {Example(make).GetType().Name}", MessageCases,
            draw => Decoder.Bytes(writer => MessageCodec.Write(writer, make(draw))),
            bytes =>
            {
                var reader = new WireReader(bytes);
                return Codec.Read(ref reader);
            },
            value => Decoder.Bytes(writer => MessageCodec.Write(writer, (Message)value))));

    private static Message Example(Func<Draw, Message> make) => make(new Draw(new Rng(1)));

    private static Decoder[] Parts() =>
    [
        new("group record", PartCases, draw => ReplicationSamples.Record(draw).Encode(),
            bytes => GroupRecord.Decode(bytes), value => ((GroupRecord)value).Encode()),
        new("member state", PartCases,
            draw => new MemberState(draw.Term(), new(draw.Number() - 1), draw.List(4, draw.Stream)).Encode(),
            bytes => MemberState.Decode(bytes), value => ((MemberState)value).Encode()),
        new("trim order", PartCases, draw => new TrimOrder(draw.Index(), draw.Number(), draw.Bytes(80)).Encode(),
            bytes => TrimOrder.TryDecode(bytes, out var order) ? order : null, value => ((TrimOrder)value).Encode()),
        new("create order", PartCases, draw => CreateOrder.Encode(new(1 + draw.Below(Limits.StreamsMax - 1))),
            bytes => CreateOrder.TryDecode(bytes, out var stream) ? stream : null,
            value => CreateOrder.Encode((StreamId)value)),
        new("dedup table", PartCases, ReplicationSamples.Dedup, bytes =>
        {
            var table = new DedupTable();
            return table.TryReset(bytes) ? table : null;
        }, value => ((DedupTable)value).EncodeUpTo(new(long.MaxValue))) { AllocationFactor = 128 },
        new("ordering entry", 3 * PartCases,
            draw => OrderingCodec.Encode(draw.List(3, () => LogSamples.Change(draw))),
            bytes => OrderingCodec.Decode(bytes), value => OrderingCodec.Encode((IReadOnlyList<OrderingChange>)value)),
        new("record batch", 2 * PartCases,
            draw => Batch(new((ulong)draw.Below(3)), draw.Number(), LogSamples.Drafts(draw)),
            ReadBatch, value =>
            {
                var (batch, drafts) = ((RecordBatch, List<RecordDraft>))value;
                return Batch(batch.Producer, batch.Sequence, drafts);
            }),
        new("key floor", PartCases, draw => new KeyFloor(draw.Text(20), new(draw.Number())).Encode(),
            bytes => KeyFloor.TryRead(bytes, out var floor) ? floor : null, value => ((KeyFloor)value).Encode()),
        new("shard memory", PartCases, draw => LogSamples.Memory(draw).Encode(),
            bytes => ShardMemory.TryRead(bytes), value => ((ShardMemory)value).Encode()),
        new("record fields", PartCases, draw => RecordFields.Entry("k", LogSamples.Fields(draw), 0).Payload.ToArray(),
            ReadFields, value => RecordFields.Entry("k", (IReadOnlyList<RecordField>)value, 0).Payload.ToArray()),
    ];

    private static byte[] Batch(ProducerId producer, long sequence, IReadOnlyList<RecordDraft> records)
    {
        var writer = new WireWriter();
        RecordBatch.Encode(writer, producer, sequence, records);
        return writer.ToArray();
    }

    private static object? ReadBatch(byte[] bytes)
    {
        var drafts = new List<RecordDraft>();
        return RecordBatch.TryOpen(bytes, out var batch) && batch.TryRead(drafts) ? (batch, drafts) : null;
    }

    private static object? ReadFields(byte[] bytes)
    {
        var mark = RecordFields.Entry("k", [], 0).Headers;
        var (fields, rest) = RecordFields.Read(new(new(0), new(0), new(0), "k", bytes, mark, 0));
        // Bytes of another form come back as they are, as one field without a name.
        return fields is [{ Name.IsEmpty: true } only] && only.Value.Span.SequenceEqual(mark.Span)
            && rest.Span.SequenceEqual(bytes) ? null : fields;
    }

    private static MessageCodec MakeCodec()
    {
        var codec = new MessageCodec();
        LogNode.Register(codec);
        return codec;
    }
}
