namespace Outrider.Core;

/// <summary>
/// A seeded generator of our own (xoshiro256** seeded by SplitMix64), so that a seed means the same draw on every
/// machine and runtime. Not for secrets.
/// </summary>
public sealed class Rng
{
    private ulong _a, _b, _c, _d;

    public Rng(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    /// <summary>
    /// An independent generator for one purpose: switching one kind of fault off must not shift the draws of another.
    /// </summary>
    public static Rng Fork(ulong seed, string purpose, long number = 0)
    {
        var hash = 14695981039346656037UL;
        foreach (var ch in purpose) hash = (hash ^ ch) * 1099511628211UL;
        hash = (hash ^ (ulong)number) * 1099511628211UL;
        var mixed = seed ^ hash;
        return new Rng(SplitMix(ref mixed));
    }

    public ulong NextULong()
    {
        var result = ulong.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number in [0, bound); the bias for bounds far below 2^64 is negligible.</summary>
    public long Below(long bound)
    {
        Check.That(bound > 0);
        return (long)(Math.BigMul(NextULong(), (ulong)bound, out _));
    }

    /// <summary>A number in [low, high], both included.</summary>
    public long Between(long low, long high)
    {
        Check.That(low <= high);
        return low + Below(high - low + 1);
    }

    /// <summary>A number in [0, 1).</summary>
    public double NextUnit() => (NextULong() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => NextUnit() < probability;

    /// <summary>An exponentially distributed number with the given mean.</summary>
    public double Exponential(double mean) => -mean * Math.Log(1.0 - NextUnit());

    public T Pick<T>(IReadOnlyList<T> items) => items[(int)Below(items.Count)];

    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = (int)Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15UL;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
