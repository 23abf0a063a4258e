using System.Diagnostics;

namespace Outrider.Bench.Systems;

/// <summary>Processor time of child processes.</summary>
internal static class Cpu
{
    public static TimeSpan Of(IEnumerable<Process> processes)
    {
        var sum = TimeSpan.Zero;
        foreach (var process in processes)
        {
            process.Refresh();
            if (!process.HasExited) sum += process.TotalProcessorTime;
        }

        return sum;
    }

    /// <summary>Spread over the records of the warm-up too, taken as fast as the measured ones.</summary>
    public static LoadResult Add(LoadResult result, TimeSpan used, double warmupSeconds)
    {
        var records = result.RecordsPerSecond * (warmupSeconds + result.Seconds);
        return result with { CpuMicrosPerRecord = records == 0 ? 0 : used.TotalMicroseconds / records };
    }
}
