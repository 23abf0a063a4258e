namespace Outrider.Tests.Fuzz;

/// <summary>
/// Damages a valid encoding as wires, disks and liars do: a bit, a byte, a number of the encoding, a cut, a stretch
/// taken out, doubled or brought in from another encoding; sometimes nothing of the original is left.
/// </summary>
internal static class Mutator
{
    private static readonly byte[] Interesting = [0, 1, 2, 0x10, 0x7F, 0x80, 0x81, 0xFE, 0xFF];

    public static byte[] Damage(Draw draw, byte[] valid, byte[] other)
    {
        if (draw.Chance(0.05)) return draw.Bytes(400);
        var bytes = valid;
        for (var left = 1 + (draw.Chance(0.4) ? draw.Below(4) : 0); left > 0; left--) bytes = Once(draw, bytes, other);
        return bytes;
    }

    private static byte[] Once(Draw draw, byte[] bytes, byte[] other)
    {
        if (bytes.Length == 0) return draw.Bytes(40);
        var at = draw.Below(bytes.Length);
        var end = at + 1 + draw.Below(Math.Min(16, bytes.Length - at));
        switch (draw.Below(9))
        {
            case 0: return With(bytes, at, (byte)(bytes[at] ^ (1 << draw.Below(8))));
            case 1: return With(bytes, at, draw.Pick(Interesting));
            case 2: return bytes[..at];
            case 3: return [.. bytes, .. draw.Bytes(20)];
            case 4: return [.. bytes[..at], .. bytes[end..]];
            case 5: return [.. bytes[..end], .. bytes[at..]];
            case 6:
                var from = draw.Below(other.Length + 1);
                return [.. bytes[..at], .. other[from..]];
            case 7: return [.. bytes[..at], .. VarInt(draw.Wild()), .. bytes[(at + 1)..]];
            default:
                // Fixed numbers: the extremes of two, four or eight bytes in place.
                var width = Math.Min(draw.Pick(2, 4, 8), bytes.Length - at);
                var changed = (byte[])bytes.Clone();
                BitConverter.GetBytes(draw.Wild()).AsSpan(0, width).CopyTo(changed.AsSpan(at));
                return changed;
        }
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        var changed = (byte[])bytes.Clone();
        changed[at] = value;
        return changed;
    }

    private static byte[] VarInt(long value) => Decoder.Bytes(writer => writer.VarInt(value));
}
