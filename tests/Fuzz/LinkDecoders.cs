using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Tests.Fuzz;

/// <summary>What nodes say on a link around and between messages; the bytes are whole frames.</summary>
internal static class LinkDecoders
{
    private const int Cases = 20_000;

    public static IReadOnlyList<Decoder> All { get; } =
    [
        new("link hello", Cases, draw => Write(new Hello(
                Hello.Version, (ulong)draw.Wild(), draw.Node(), draw.Text(12), draw.Node(), draw.Life())),
            bytes => Body(bytes) is { } body ? Hello.Read(body) : null,
            value => Write((Hello)value)) { Reseal = ReferenceFrame.Reseal },
        new("link answer", Cases, draw => Answer(draw.Chance(0.3) ? null : draw.Text(60)),
            bytes => Body(bytes) is { } body && HandshakeAnswer.TryRead(body, out var refusal)
                ? new Verdict(refusal) : null,
            value => Answer(((Verdict)value).Refusal)) { Reseal = ReferenceFrame.Reseal },
        new("link ping", Cases, draw => Ping(draw.Wild()),
            bytes => Body(bytes) is { } body && PingFrame.TryRead(body, FrameKind.Ping, out var sent) ? sent : null,
            value => Ping((long)value)) { Reseal = ReferenceFrame.Reseal },
        new("link messages", 2 * Cases, draw => Batch([Any(draw), .. draw.List(4, () => Any(draw))]),
            ReadBatch, value => Batch((IReadOnlyList<Message>)value)) { Reseal = ReferenceFrame.Reseal },
    ];

    private static Message Any(Draw draw) =>
        draw.Pick(draw.Chance(0.5) ? ReplicationSamples.Messages : LogSamples.Messages)(draw);

    private static ReadOnlyMemory<byte>? Body(byte[] frame) =>
        Frame.TryRead(frame, Hello.BytesMax, out var length, out _) == FrameOutcome.Ok
            ? frame.AsMemory(Frame.HeaderBytes, length) : null;

    private static byte[] Write(Hello hello) => Decoder.Bytes(hello.Write);
    private static byte[] Answer(string? refusal) => Decoder.Bytes(writer => HandshakeAnswer.Write(writer, refusal));
    private static byte[] Ping(long sent) => Decoder.Bytes(writer => PingFrame.Write(writer, FrameKind.Ping, sent));

    private static byte[] Batch(IReadOnlyList<Message> messages)
    {
        var batch = new MessageBatch();
        foreach (var message in messages) batch.Add(message);
        return batch.Seal().ToArray();
    }

    private static List<Message>? ReadBatch(byte[] bytes)
    {
        var outcome = Frame.TryRead(bytes, Limits.FrameBytesMax, out var length, out _);
        if (outcome != FrameOutcome.Ok || length == 0) return null;
        if (bytes[Frame.HeaderBytes] != (byte)FrameKind.Messages) return null;
        var messages = new List<Message>();
        var isWhole = MessageBatch.TryRead(
            Decoders.Codec, bytes.AsMemory(Frame.HeaderBytes + 1, length - 1), messages, out _);
        return isWhole && messages.Count > 0 ? messages : null;
    }

    private sealed record Verdict(string? Refusal);
}
