namespace Outrider.Core;

/// <summary>
/// A hybrid logical clock value (Kulkarni et al. 2014): 48 bits of milliseconds since 1970, 16 bits of counter.
/// It respects causality whatever the physical clocks do; closeness to real time is best effort.
/// </summary>
public readonly record struct HybridTime(ulong Value) : IComparable<HybridTime>
{
    public const int CounterBits = 16;

    public long UnixMs => (long)(Value >> CounterBits);
    public int Counter => (int)(Value & 0xFFFF);

    public static HybridTime FromUnixMs(long unixMs) => new((ulong)unixMs << CounterBits);

    /// <summary>The next value at a node whose physical clock shows <paramref name="unixMs"/>.</summary>
    public HybridTime Tick(long unixMs)
    {
        var physical = FromUnixMs(unixMs);
        return physical.Value > Value ? physical : new(Value + 1);
    }

    /// <summary>The next value after also having seen <paramref name="other"/>.</summary>
    public HybridTime Merge(HybridTime other, long unixMs) =>
        (other.Value > Value ? other : this).Tick(unixMs);

    public int CompareTo(HybridTime other) => Value.CompareTo(other.Value);
    public override string ToString() => $"{UnixMs}.{Counter}";
}
