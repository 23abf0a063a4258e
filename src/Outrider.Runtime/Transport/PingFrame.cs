using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>A ping carries the sender's clock; the pong carries it back.</summary>
internal static class PingFrame
{
    public const int BytesMax = 64;

    public static void Write(WireWriter writer, FrameKind kind, long sentMicros)
    {
        var start = Frame.Begin(writer);
        writer.Byte((byte)kind);
        writer.Int64(sentMicros);
        Frame.End(writer, start);
    }

    public static bool TryRead(ReadOnlyMemory<byte> body, FrameKind kind, out long sentMicros)
    {
        sentMicros = 0;
        var reader = new WireReader(body);
        return reader.Byte(out var found) && found == (byte)kind && reader.Int64(out sentMicros);
    }
}
