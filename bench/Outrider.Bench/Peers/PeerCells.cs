using Outrider.Bench.Logs;

namespace Outrider.Bench.Peers;

/// <summary>A system under full load, over all rounds.</summary>
internal sealed record FullCell(
    string System, string Copies, string Class, int Bytes, int Pipelined, List<LoadResult> Runs)
{
    public double RecordsPerSecond => Median.Of(Runs, r => r.RecordsPerSecond);
    public double P50Ms => Median.Of(Runs, r => r.P50Ms);
    public double P99Ms => Median.Of(Runs, r => r.P99Ms);
    public double CpuMicrosPerRecord => Median.Of(Runs, r => r.CpuMicrosPerRecord);
    public long Errors => Runs.Sum(r => r.Errors);

    /// <summary>(largest - smallest) / median of the rates.</summary>
    public double Spread => RecordsPerSecond == 0 ? 0
        : (Runs.Max(r => r.RecordsPerSecond) - Runs.Min(r => r.RecordsPerSecond)) / RecordsPerSecond;
}

/// <summary>A system under an open loop, over all rounds.</summary>
internal sealed record PacedCell(string System, string Class, List<PeerLatency> Runs)
{
    public double AppendP50Ms => Median.Of(Runs, r => r.Append.P50Ms);
    public double AppendP99Ms => Median.Of(Runs, r => r.Append.P99Ms);
    public double DeliveryP50Ms => Median.Of(Runs, r => r.Delivery.P50Ms);
    public double DeliveryP99Ms => Median.Of(Runs, r => r.Delivery.P99Ms);
    public double Cores => Median.Of(Runs, r => r.Cores);
    public int Missing => Runs.Sum(r => r.Missing);
}

internal static class Median
{
    public static double Of<T>(IEnumerable<T> runs, Func<T, double> figure)
    {
        var sorted = runs.Select(figure).Where(v => !double.IsNaN(v)).Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }
}
