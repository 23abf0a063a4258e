namespace Outrider.Tests.Fuzz;

/// <summary>CRC-32C bit by bit, from its polynomial.</summary>
internal static class ReferenceCrc
{
    private const uint ReversedPolynomial = 0x82F63B78;

    public static uint Of(params ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ ReversedPolynomial : crc >> 1;
        }

        return crc ^ uint.MaxValue;
    }
}
