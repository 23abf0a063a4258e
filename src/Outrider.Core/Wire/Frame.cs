using System.Buffers.Binary;

namespace Outrider.Core;

public enum FrameOutcome : byte
{
    Ok,
    /// <summary>More bytes are needed; nothing has been consumed.</summary>
    Incomplete,
    TooLarge,
    WrongVersion,
    BadChecksum,
}

/// <summary>
/// A frame on a byte stream: length, checksum, version, body. The length is judged before anything is allocated, and
/// the checksum covers the header's other fields too, so that a damaged length cannot swallow the next frame unseen.
/// </summary>
/// <remarks>Layout: u32 body length, u32 CRC32C over (length, version, body), u8 version, body.</remarks>
public static class Frame
{
    public const int HeaderBytes = 9;
    public const byte Version = 1;

    /// <summary>Reserves a header; returns where it stands for <see cref="End"/>.</summary>
    public static int Begin(WireWriter writer)
    {
        var start = writer.Length;
        writer.Reserve(HeaderBytes).Clear();
        return start;
    }

    public static void End(WireWriter writer, int start)
    {
        var body = writer.Written[(start + HeaderBytes)..];
        Check.That(body.Length <= Limits.FrameBytesMax);
        var crc = Checksum((uint)body.Length, Version, body);
        writer.PatchUInt32(start, (uint)body.Length);
        writer.PatchUInt32(start + 4, crc);
        // The version byte is the last of the header; patching four bytes would touch the body.
        writer.PatchByte(start + 8, Version);
    }

    /// <summary>Finds one frame at the start; <paramref name="consumed"/> covers header and body.</summary>
    public static FrameOutcome TryRead(
        ReadOnlySpan<byte> bytes, int maxBytes, out int bodyLength, out int consumed)
    {
        bodyLength = consumed = 0;
        if (bytes.Length < HeaderBytes) return FrameOutcome.Incomplete;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length > (uint)maxBytes) return FrameOutcome.TooLarge;
        if (bytes[8] != Version) return FrameOutcome.WrongVersion;
        if (bytes.Length - HeaderBytes < length) return FrameOutcome.Incomplete;
        var body = bytes.Slice(HeaderBytes, (int)length);
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (crc != Checksum(length, bytes[8], body)) return FrameOutcome.BadChecksum;
        bodyLength = (int)length;
        consumed = HeaderBytes + (int)length;
        return FrameOutcome.Ok;
    }

    private static uint Checksum(uint length, byte version, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[5];
        BinaryPrimitives.WriteUInt32LittleEndian(head, length);
        head[4] = version;
        return ~Crc32C.Append(Crc32C.Append(~0u, head), body);
    }
}
