using Outrider.Core;

namespace Outrider.Tests.Fuzz;

/// <summary>The frame format once more, slow and plain: u32 length, u32 CRC of (length, version, body), u8 version,
/// body.</summary>
internal static class ReferenceFrame
{
    public static (FrameOutcome Outcome, byte[] Body) Read(byte[] bytes, long maxBytes)
    {
        if (bytes.Length < 9) return (FrameOutcome.Incomplete, []);
        long length = bytes[0] + (bytes[1] * 256L) + (bytes[2] * 65536L) + (bytes[3] * 16777216L);
        if (length > maxBytes) return (FrameOutcome.TooLarge, []);
        if (bytes[8] != 1) return (FrameOutcome.WrongVersion, []);
        if (bytes.Length < 9 + length) return (FrameOutcome.Incomplete, []);
        var body = bytes[9..(9 + (int)length)];
        var crc = bytes[4] + (bytes[5] * 256u) + (bytes[6] * 65536u) + (bytes[7] * 16777216u);
        return crc == Checksum(bytes, body) ? (FrameOutcome.Ok, body) : (FrameOutcome.BadChecksum, []);
    }

    /// <summary>Makes the bytes one whole frame: length, checksum and version fit what follows.</summary>
    public static void Reseal(byte[] bytes)
    {
        if (bytes.Length < 9) return;
        BitConverter.GetBytes(bytes.Length - 9).CopyTo(bytes, 0);
        bytes[8] = 1;
        BitConverter.GetBytes(Checksum(bytes, bytes[9..])).CopyTo(bytes, 4);
    }

    private static uint Checksum(byte[] bytes, byte[] body) =>
        ReferenceCrc.Of([.. bytes[..4], bytes[8], .. body]);
}
