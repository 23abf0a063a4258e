using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Outrider.Core;

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote. Every method answers false on malformed or missing bytes and never
/// throws; a length is compared with what is left before anything is allocated. Byte results are slices, not copies:
/// whoever keeps one beyond the life of the buffer copies it.
/// </summary>
public ref struct WireReader(ReadOnlyMemory<byte> bytes)
{
    private readonly ReadOnlyMemory<byte> _memory = bytes;
    private readonly ReadOnlySpan<byte> _bytes = bytes.Span;
    private int _at;

    public readonly int Left => _bytes.Length - _at;
    public readonly int Offset => _at;

    public bool Byte(out byte value)
    {
        value = 0;
        if (Left < 1) return false;
        value = _bytes[_at++];
        return true;
    }

    public bool Bool(out bool value)
    {
        var ok = Byte(out var raw) && raw <= 1;
        value = raw == 1;
        return ok;
    }

    public bool UInt16(out ushort value)
    {
        value = 0;
        if (Left < 2) return false;
        value = BinaryPrimitives.ReadUInt16LittleEndian(_bytes[_at..]);
        _at += 2;
        return true;
    }

    public bool UInt32(out uint value)
    {
        value = 0;
        if (Left < 4) return false;
        value = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[_at..]);
        _at += 4;
        return true;
    }

    public bool UInt64(out ulong value)
    {
        value = 0;
        if (Left < 8) return false;
        value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_at..]);
        _at += 8;
        return true;
    }

    public bool Int64(out long value)
    {
        var ok = UInt64(out var raw);
        value = (long)raw;
        return ok;
    }

    public bool VarInt(out long value)
    {
        value = 0;
        var rest = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (!Byte(out var next)) return false;
            // The tenth byte holds one bit; anything more is not a number we wrote.
            if (shift == 63 && next > 1) return false;
            rest |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                value = (long)(rest >> 1) ^ -(long)(rest & 1);
                return true;
            }
        }

        return false;
    }

    /// <summary>A count of things that take at least <paramref name="bytesEach"/> bytes each in what is left.</summary>
    public bool Count(out int value, int max, int bytesEach = 1)
    {
        value = 0;
        if (!VarInt(out var raw) || raw < 0 || raw > max || raw * bytesEach > Left) return false;
        value = (int)raw;
        return true;
    }

    public bool Bytes(out ReadOnlyMemory<byte> value, int maxBytes)
    {
        value = default;
        if (!Count(out var count, maxBytes)) return false;
        value = _memory.Slice(_at, count);
        _at += count;
        return true;
    }

    /// <summary>A slice of exactly so many bytes, without a length before it.</summary>
    public bool Take(int bytes, out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (bytes < 0 || bytes > Left) return false;
        value = _memory.Slice(_at, bytes);
        _at += bytes;
        return true;
    }

    public bool Text(out string value, int maxBytes)
    {
        value = "";
        if (!Bytes(out var raw, maxBytes)) return false;
        // Two different malformed texts would decode to one, and grow when written again.
        if (!Utf8.IsValid(raw.Span)) return false;
        value = Encoding.UTF8.GetString(raw.Span);
        return true;
    }
}
