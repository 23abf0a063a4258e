using System.Buffers.Binary;
using Outrider.Core;
using Outrider.Runtime;
using Outrider.Storage;

namespace Outrider.Tests.Fuzz;

/// <summary>The fixed parts of a journal's files and the file control plane's state.</summary>
internal static class DiskDecoders
{
    private const int Cases = 10_000;

    public static IReadOnlyList<Decoder> All { get; } =
    [
        new("segment header", Cases, draw => Block(Header(draw)), bytes =>
            bytes.Length == Layouts.BlockBytes && SegmentHeader.Read(bytes, out var header) == HeaderOutcome.Ok
                ? header : null,
            value => Block((SegmentHeader)value)) { Reseal = ResealSegment },
        new("node mark", Cases, draw => Mark(new(Owner(draw), new(1 + draw.Number()))), bytes =>
            bytes.Length == Layouts.BlockBytes && NodeMark.Read(bytes, out var mark, out _) == HeaderOutcome.Ok
                ? mark : null,
            value => Mark((NodeMark)value)) { Reseal = ResealMark },
        new("batch header", 2 * Cases, draw => Batch(BatchOf(draw)), ReadBatch,
            value => Batch(((BatchHeader, byte[]))value)) { Reseal = ResealBatch },
        new("ledger", Cases, draw => Decoder.Bytes(LedgerOf(draw).Write), bytes => Ledger.Read(bytes),
            value => Decoder.Bytes(((Ledger)value).Write)),
        new("journal record", 2 * Cases, RecordOf, ReadRecord, value => Write(((RecordHeader, byte[]))value))
        {
            Reseal = bytes =>
            {
                if (bytes.Length >= RecordHeader.Bytes) RecordHeader.Seal(bytes, Salt);
            },
        },
        new("stream base", Cases, draw => Decoder.Bytes(w => BaseCodec.Write(w, ReplicationSamples.Base(draw))),
            bytes => BaseCodec.Read(new RecordHeader { PayloadBytes = bytes.Length }, bytes),
            value => Decoder.Bytes(writer => BaseCodec.Write(writer, (StreamBase)value))),
        new("control state", Cases, draw => StateOf(draw).Encode(), bytes => ControlState.Decode(bytes),
            value => ((ControlState)value).Encode()) { AllocationFactor = 256, Reseal = ResealState },
    ];

    private const uint Salt = 77;

    private static Identity Owner(Draw draw) => new((ulong)draw.Wild(), draw.Node());

    private static SegmentHeader Header(Draw draw) => new()
    {
        Version = Layouts.FormatVersion,
        Owner = Owner(draw),
        Generation = 1 + draw.Number(),
        Incarnation = draw.Number(),
        FirstSequence = draw.Number(),
        FirstCommit = draw.Number(),
        Synced = new(draw.Number(), draw.Below(1 << 20)),
        FirstLive = draw.Number(),
        SizeBytes = draw.Below(1 << 24),
    };

    private static byte[] Block(SegmentHeader header)
    {
        var block = new byte[Layouts.BlockBytes];
        header.Write(block);
        return block;
    }

    private static byte[] Mark(NodeMark mark)
    {
        var block = new byte[Layouts.BlockBytes];
        mark.Write(block);
        return block;
    }

    private static void ResealSegment(byte[] block) => ResealCopies(block, 92, Layouts.BlockBytes / 2);

    private static void ResealMark(byte[] block) => ResealCopies(block, 40, Layouts.BlockBytes);

    private static void ResealCopies(byte[] block, int crcAt, int spacing)
    {
        for (var at = 0; at + crcAt + 4 <= block.Length; at += spacing)
        {
            var copy = block.AsSpan(at);
            BinaryPrimitives.WriteUInt32LittleEndian(copy[28..], ReferenceCrc.Of(copy[..28]));
            BinaryPrimitives.WriteUInt32LittleEndian(copy[crcAt..], ReferenceCrc.Of(copy[..crcAt]));
        }
    }

    private static (BatchHeader, byte[]) BatchOf(Draw draw)
    {
        var ledger = draw.Chance(0.5) ? Decoder.Bytes(LedgerOf(draw).Write) : [];
        var records = draw.Bytes(100);
        return (new BatchHeader
        {
            Version = Layouts.FormatVersion,
            Flags = (BatchFlags)draw.Below(4),
            Owner = Owner(draw),
            Offset = draw.Below(1 << 20),
            Generation = draw.Number(),
            Incarnation = draw.Number(),
            Sequence = draw.Number(),
            Commit = draw.Number(),
            Synced = new(draw.Number(), draw.Below(1 << 20)),
            FirstLive = draw.Number(),
            LifeSequence = draw.Number(),
            LedgerBytes = ledger.Length,
            RecordBytes = records.Length,
            RecordCount = draw.Below(20),
        }, [.. ledger, .. records]);
    }

    private static byte[] Batch((BatchHeader Header, byte[] Body) batch)
    {
        byte[] bytes = [.. new byte[BatchHeader.Bytes], .. batch.Body];
        batch.Header.Write(bytes);
        return bytes;
    }

    private static object? ReadBatch(byte[] bytes)
    {
        if (!BatchHeader.TryParse(bytes, bytes.Length, out var header)) return null;
        // Flags of later releases are not ours to keep, and a version is judged by whoever reads the journal.
        if ((ushort)header.Flags > 3 || header.Version != Layouts.FormatVersion) return null;
        var end = BatchHeader.Bytes + header.LedgerBytes;
        if (!BatchHeader.Holds(bytes.AsSpan(0, end), header.LedgerBytes)) return null;
        return (header, bytes[BatchHeader.Bytes..(end + header.RecordBytes)]);
    }

    private static void ResealBatch(byte[] bytes)
    {
        if (!BatchHeader.TryParse(bytes, bytes.Length, out var header)) return;
        byte[] covered = [.. bytes.AsSpan(0, 100), .. bytes.AsSpan(BatchHeader.Bytes, header.LedgerBytes)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(100), ReferenceCrc.Of(covered));
    }

    private static Ledger LedgerOf(Draw draw) => new(
        draw.List(3, () => new LedgerLine(
            draw.Number(), new(draw.Group(), draw.Stream()), draw.Below(99), draw.Number(), draw.Number())),
        draw.List(2, () => new LedgerState(draw.Number(), draw.Group(), draw.Chance(0.5), draw.Bytes(40))));

    private static byte[] RecordOf(Draw draw)
    {
        var type = (RecordType)(1 + draw.Below(8));
        var payload = draw.Bytes(80);
        return Write((new RecordHeader
        {
            PayloadBytes = payload.Length,
            Type = type,
            Kind = (byte)(1 + draw.Below(6)),
            Stream = new(draw.Group(), draw.Stream()),
            Index = 1 + draw.Number(),
            Term = draw.Number(),
            FirstSlot = draw.Number(),
            Producer = (ulong)draw.Number(),
            Sequence = draw.Number(),
            Slots = draw.Below(99),
        }, payload));
    }

    private static byte[] Write((RecordHeader Header, byte[] Payload) record)
    {
        byte[] bytes = [.. new byte[RecordHeader.Bytes], .. record.Payload];
        record.Header.Write(bytes);
        RecordHeader.Seal(bytes, Salt);
        return bytes;
    }

    private static object? ReadRecord(byte[] bytes)
    {
        if (!RecordHeader.TryLength(bytes, out var total)) return null;
        var record = bytes.AsSpan(0, total);
        return RecordHeader.Holds(record, Salt) && RecordHeader.TryRead(record, out var header)
            ? (header, record[RecordHeader.Bytes..].ToArray()) : null;
    }

    private static ControlState StateOf(Draw draw)
    {
        var state = ControlState.Empty();
        for (var left = draw.Below(4); left > 0; left--)
        {
            state = state.Next(out _);
            state.Apply(new($"groups/{draw.Below(9)}", 0, ReplicationSamples.Record(draw).Encode()));
        }

        return state;
    }

    private static void ResealState(byte[] bytes)
    {
        const int magic = 19;
        if (bytes.Length < magic + 4) return;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(magic), ReferenceCrc.Of(bytes.AsSpan(magic + 4)));
    }
}
