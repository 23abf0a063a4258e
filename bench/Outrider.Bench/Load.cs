using System.Diagnostics;

namespace Outrider.Bench;

/// <summary>What closed-loop callers measured.</summary>
/// <param name="Records">Records acknowledged within the measured time.</param>
/// <param name="Seconds">The measured time.</param>
/// <param name="Errors">Calls that failed or were refused; each is tried again and counts no record.</param>
internal sealed record LoadResult(
    long Records, double Seconds, long Errors, double P50Ms, double P90Ms, double P99Ms, double MaxMs)
{
    public double RecordsPerSecond => Records / Seconds;

    /// <summary>
    /// Processor time of all members (and, for etcd, not of its callers) for one record: says more than the rate on a
    /// machine that has other work.
    /// </summary>
    public double CpuMicrosPerRecord { get; init; }

    /// <summary>How often a thread of a member gave up its processor, for one record.</summary>
    public double SwitchesPerRecord { get; init; }

    /// <summary>Of the process that the callers are in: bytes allocated for one record.</summary>
    public double AllocatedBytesPerRecord { get; init; }

    /// <summary>Likewise: collections (the youngest generation counts them all) for a million records.</summary>
    public double CollectionsPerMillion { get; init; }

    /// <summary>A run in which the leader changed or appends were refused measures something else.</summary>
    public bool IsDisturbed => Records == 0 || Errors * 100 > Records;
}

/// <summary>A number of callers, each with one call under way at a time.</summary>
internal static class Load
{
    /// <param name="callers">How many call at once.</param>
    /// <param name="recordsPerCall">What one successful call counts.</param>
    /// <param name="warmupSeconds">Called but not measured.</param>
    /// <param name="seconds">Measured.</param>
    /// <param name="call">Given the caller's number; false for a call that failed.</param>
    public static async Task<LoadResult> RunAsync(
        int callers, int recordsPerCall, double warmupSeconds, double seconds, Func<int, Task<bool>> call)
    {
        var start = Stopwatch.GetTimestamp() + (long)(warmupSeconds * Stopwatch.Frequency);
        var end = start + (long)(seconds * Stopwatch.Frequency);
        var allocated = GC.GetTotalAllocatedBytes();
        var collections = GC.CollectionCount(0);
        var all = await Task.WhenAll(Enumerable.Range(0, callers).Select(i => Task.Run(() => CallAsync(i))));
        var latencies = all.SelectMany(one => one.Latencies).ToArray();
        Array.Sort(latencies);
        var calls = Math.Max(1, all.Sum(one => one.Calls)) * (double)recordsPerCall;
        return new LoadResult(
            (long)latencies.Length * recordsPerCall, seconds, all.Sum(one => one.Errors), At(latencies, 0.5),
            At(latencies, 0.9), At(latencies, 0.99), latencies.Length > 0 ? Ms(latencies[^1]) : 0)
        {
            AllocatedBytesPerRecord = (GC.GetTotalAllocatedBytes() - allocated) / calls,
            CollectionsPerMillion = (GC.CollectionCount(0) - collections) * 1e6 / calls,
        };

        async Task<(List<long> Latencies, long Errors, long Calls)> CallAsync(int caller)
        {
            var latencies = new List<long>();
            var errors = 0L;
            var calls = 0L;
            while (true)
            {
                var before = Stopwatch.GetTimestamp();
                if (before >= end) return (latencies, errors, calls);
                var done = await call(caller);
                calls++;
                var after = Stopwatch.GetTimestamp();
                if (!done) errors++;
                // Counted if it ended within the measured time, whenever it began.
                else if (after >= start && after < end) latencies.Add(after - before);
                if (!done) await Task.Delay(5);
            }
        }
    }

    private static double At(long[] sorted, double quantile) =>
        sorted.Length == 0 ? 0 : Ms(sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))]);

    private static double Ms(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
}
