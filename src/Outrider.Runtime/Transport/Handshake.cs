using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>What a dialling node says first. The cluster id is judged before anything else is believed.</summary>
internal sealed record Hello(
    uint LinkVersion, ulong ClusterId, NodeId From, string FromName, NodeId To, Incarnation Incarnation)
{
    /// <summary>The format spoken on links; both ends must have the same.</summary>
    public const uint Version = 1;

    /// <summary>A frame of somebody who has not said who it is may be no longer.</summary>
    public const int BytesMax = 4 << 10;

    private const int NameBytesMax = 256;

    public void Write(WireWriter writer)
    {
        var start = Frame.Begin(writer);
        writer.Byte((byte)FrameKind.Hello);
        writer.UInt32(LinkVersion);
        writer.UInt64(ClusterId);
        writer.VarInt(From.Value);
        writer.Text(FromName);
        writer.VarInt(To.Value);
        writer.VarInt(Incarnation.Value);
        Frame.End(writer, start);
    }

    /// <summary>Null when malformed. Fields behind the version are read only if the version is ours.</summary>
    public static Hello? Read(ReadOnlyMemory<byte> body)
    {
        var reader = new WireReader(body);
        if (!reader.Byte(out var kind) || kind != (byte)FrameKind.Hello || !reader.UInt32(out var version)) return null;
        if (version != Version) return new Hello(version, 0, default, "", default, default);
        return reader.UInt64(out var cluster) && reader.VarInt(out var from) && reader.Text(out var name, NameBytesMax)
            && reader.VarInt(out var to) && reader.VarInt(out var incarnation)
            && from is > 0 and <= int.MaxValue && to is > 0 and <= int.MaxValue && incarnation >= 0
            ? new Hello(version, cluster, new NodeId((int)from), name, new NodeId((int)to), new(incarnation))
            : null;
    }
}

/// <summary>The answer to a <see cref="Hello"/>: empty reason means welcome.</summary>
internal static class HandshakeAnswer
{
    private const int ReasonBytesMax = 1024;

    public static void Write(WireWriter writer, string? refusal)
    {
        var start = Frame.Begin(writer);
        writer.Byte((byte)(refusal is null ? FrameKind.Welcome : FrameKind.Refused));
        writer.Text(refusal ?? "");
        Frame.End(writer, start);
    }

    /// <summary>False when malformed; <paramref name="refusal"/> is null for a welcome.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, out string? refusal)
    {
        refusal = null;
        var reader = new WireReader(body);
        if (!reader.Byte(out var kind) || !reader.Text(out var text, ReasonBytesMax)) return false;
        if (kind == (byte)FrameKind.Refused) refusal = text;
        return kind is (byte)FrameKind.Welcome or (byte)FrameKind.Refused;
    }
}
