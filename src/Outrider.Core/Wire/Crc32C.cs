using System.Buffers.Binary;
using System.Numerics;

namespace Outrider.Core;

/// <summary>The Castagnoli checksum, by the processor's instruction where there is one.</summary>
public static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Append(~0u, bytes);

    /// <summary>Goes on with a running (not inverted) value; start with all ones and invert at the end.</summary>
    public static uint Append(uint running, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            running = BitOperations.Crc32C(running, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var b in bytes) running = BitOperations.Crc32C(running, b);
        return running;
    }
}
