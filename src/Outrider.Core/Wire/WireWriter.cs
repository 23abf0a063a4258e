using System.Buffers.Binary;
using System.Text;

namespace Outrider.Core;

/// <summary>
/// A growable little-endian buffer. Numbers are fixed or varint; lengths stand before what they measure.
/// </summary>
public sealed class WireWriter(int capacityBytes = 256)
{
    private byte[] _bytes = new byte[capacityBytes];

    public int Length { get; private set; }
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>A copy that later writes do not touch.</summary>
    public byte[] ToArray() => Written.ToArray();

    public Span<byte> Reserve(int bytes)
    {
        Grow(bytes);
        var span = _bytes.AsSpan(Length, bytes);
        Length += bytes;
        return span;
    }

    public void Byte(byte value) => Reserve(1)[0] = value;
    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);
    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Reserve(2), value);
    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);
    public void Int64(long value) => UInt64((ulong)value);

    /// <summary>Seven bits a byte, zig-zag: small numbers of either sign are short.</summary>
    public void VarInt(long value)
    {
        var rest = (ulong)((value << 1) ^ (value >> 63));
        while (rest >= 0x80)
        {
            Byte((byte)(rest | 0x80));
            rest >>= 7;
        }

        Byte((byte)rest);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        VarInt(value.Length);
        value.CopyTo(Reserve(value.Length));
    }

    public void Text(string value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        VarInt(count);
        Encoding.UTF8.GetBytes(value, Reserve(count));
    }

    /// <summary>Overwrites four bytes written earlier (a length or checksum known only now).</summary>
    public void PatchUInt32(int offset, uint value)
    {
        Check.That(offset >= 0 && offset + 4 <= Length);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(offset, 4), value);
    }

    public void PatchByte(int offset, byte value)
    {
        Check.That(offset >= 0 && offset < Length);
        _bytes[offset] = value;
    }

    private void Grow(int bytes)
    {
        Check.That(bytes >= 0);
        if (Length + bytes <= _bytes.Length) return;
        var wanted = Math.Max((long)_bytes.Length * 2, (long)Length + bytes);
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, wanted));
    }
}
