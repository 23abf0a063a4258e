using System.Diagnostics;

namespace Outrider.Bench.Systems;

/// <summary>Processor time and thread switches of some processes up to now.</summary>
internal readonly record struct Usage(double CpuMicros, long Switches)
{
    /// <summary>Runs a load and notes what these processes used from the end of its warm-up to its end.</summary>
    public static async Task<LoadResult> MeasureAsync(
        IReadOnlyList<Process> processes, double warmupSeconds, Func<Task<LoadResult>> load)
    {
        var loading = load();
        await Task.WhenAny(loading, Task.Delay(TimeSpan.FromSeconds(warmupSeconds)));
        var before = Of(processes);
        var result = await loading;
        var after = Of(processes);
        if (result.Records == 0) return result;
        return result with
        {
            CpuMicrosPerRecord = (after.CpuMicros - before.CpuMicros) / result.Records,
            SwitchesPerRecord = (double)(after.Switches - before.Switches) / result.Records,
        };
    }

    public static double CpuMicrosOf(IReadOnlyList<Process> processes) => Of(processes).CpuMicros;

    private static Usage Of(IEnumerable<Process> processes)
    {
        var cpu = 0.0;
        var switches = 0L;
        foreach (var process in processes)
        {
            process.Refresh();
            if (process.HasExited) continue;
            cpu += process.TotalProcessorTime.TotalMicroseconds;
            switches += SwitchesOf(process.Id);
        }

        return new Usage(cpu, switches);
    }

    /// <summary>Of the threads that live now; none where the system does not tell.</summary>
    private static long SwitchesOf(int process)
    {
        var tasks = $"/proc/{process}/task";
        if (!Directory.Exists(tasks)) return 0;
        var sum = 0L;
        foreach (var task in Directory.GetDirectories(tasks))
        {
            try
            {
                foreach (var line in File.ReadLines(Path.Combine(task, "status")))
                    if (line.Contains("ctxt_switches", StringComparison.Ordinal))
                        sum += long.Parse(line.AsSpan(line.IndexOf(':') + 1));
            }
            catch (IOException)
            {
                // The thread has ended meanwhile.
            }
        }

        return sum;
    }
}
