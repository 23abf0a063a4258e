using Outrider.Core;

namespace Outrider.Tests.Fuzz;

/// <summary>Draws values as the product writes them: mostly small, sometimes at the edge.</summary>
internal sealed class Draw(Rng rng)
{
    public Rng Rng => rng;

    public int Below(int bound) => (int)rng.Below(bound);
    public bool Chance(double probability) => rng.Chance(probability);
    public T Pick<T>(params IReadOnlyList<T> items) => rng.Pick(items);

    public long Number() => Below(8) switch
    {
        < 3 => rng.Below(4),
        < 6 => rng.Below(1000),
        6 => rng.Below(1L << 40),
        _ => (long.MaxValue / 4) - rng.Below(3),
    };

    /// <summary>Any number at all, negative ones and the extremes too.</summary>
    public long Wild() => Below(6) switch
    {
        0 => long.MaxValue - rng.Below(3),
        1 => long.MinValue + rng.Below(3),
        2 => -rng.Below(300),
        3 => 1L << Below(63),
        _ => (long)rng.NextULong(),
    };

    public byte[] Bytes(int max)
    {
        var bytes = new byte[Below(Chance(0.9) ? Math.Min(max, 24) + 1 : max + 1)];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)rng.NextULong();
        return bytes;
    }

    public string Text(int max)
    {
        var text = new char[Below(max + 1)];
        foreach (ref var c in text.AsSpan()) c = Chance(0.9) ? (char)('a' + Below(26)) : Pick('é', '世', ' ', '"');
        return new string(text);
    }

    public T[] List<T>(int max, Func<T> item)
    {
        var list = new T[Below(max + 1)];
        for (var i = 0; i < list.Length; i++) list[i] = item();
        return list;
    }

    public GroupId Group() => new(Number());
    public Term Term() => new(Number());
    public Incarnation Life() => new(Number());
    public LogIndex Index() => new(Number());
    public StreamId Stream() => new(Below(Limits.StreamsMax));
    public NodeId Node() => new(1 + Below(9));
}
