using System.Buffers.Binary;
using System.Diagnostics;
using Outrider.Core;

namespace Outrider.Bench.Logs;

/// <summary>The records of one run by number: when each left, where it went, when it was acknowledged.</summary>
internal sealed class SentRecords
{
    private readonly long[] _ackedAt;
    private readonly int _bytes;
    private long _acknowledged;

    public SentRecords(int total, IReadOnlyList<string> keys, LoadPlan plan)
    {
        Total = total;
        Keys = keys;
        _bytes = Math.Max(16, plan.Bytes);
        Run = Random.Shared.NextInt64();
        First = (int)(plan.WarmupSeconds * plan.RatePerSecond);
        SentAt = new long[total];
        _ackedAt = new long[total];
        KeyOf = new int[total];
        var shares = plan.Shares ?? [.. keys.Select(_ => 1.0)];
        var owed = new double[keys.Count];
        for (var i = 0; i < total; i++)
        {
            // The key that is furthest behind its share: an even stream for each.
            for (var k = 0; k < keys.Count; k++) owed[k] += shares[k] / shares.Sum();
            var next = Array.IndexOf(owed, owed.Max());
            owed[next]--;
            KeyOf[i] = next;
        }
    }

    public int Total { get; }
    public IReadOnlyList<string> Keys { get; }

    /// <summary>Tells the records of this run from those of earlier ones.</summary>
    public long Run { get; }

    /// <summary>The first record after the warm-up.</summary>
    public int First { get; }

    public long[] SentAt { get; }
    public int[] KeyOf { get; }
    public Durability Durability { get; init; } = Durability.MemoryQuorum;
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    public byte[] Payload(int number)
    {
        var payload = new byte[_bytes];
        BinaryPrimitives.WriteInt64LittleEndian(payload, Run);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(8), number);
        return payload;
    }

    /// <summary>Which record a payload is; -1 when it is none of this run.</summary>
    public int NumberOf(ReadOnlySpan<byte> payload) =>
        payload.Length >= 12 && BinaryPrimitives.ReadInt64LittleEndian(payload) == Run
            ? BinaryPrimitives.ReadInt32LittleEndian(payload[8..])
            : -1;

    public void Acked(int number, long at)
    {
        _ackedAt[number] = at;
        Interlocked.Increment(ref _acknowledged);
    }

    public Quantiles AppendQuantiles() => Since(_ackedAt, _ => true);

    /// <summary>Quantiles of the times from the append call to <paramref name="ends"/>, without the warm-up.</summary>
    public Quantiles Since(long[] ends, Func<int, bool> counts)
    {
        var times = new List<double>(Total);
        for (var i = First; i < Total; i++)
            if (ends[i] != 0 && counts(i)) times.Add(Stopwatch.GetElapsedTime(SentAt[i], ends[i]).TotalMilliseconds);
        return Quantiles.Of(times);
    }
}

/// <summary>Of one kind of latency, in milliseconds.</summary>
internal sealed record Quantiles(int Count, double P50Ms, double P99Ms, double MeanMs)
{
    public static Quantiles Of(List<double> times)
    {
        times.Sort();
        return times.Count == 0 ? new(0, double.NaN, double.NaN, double.NaN) : new(
            times.Count, times[times.Count / 2], times[Math.Min(times.Count - 1, (int)(times.Count * 0.99))],
            times.Average());
    }
}
