using System.Globalization;
using System.Runtime.InteropServices;

namespace Outrider.Bench.Report;

/// <summary>What the figures were taken on, and how busy it was.</summary>
internal sealed record Machine(string Processor, int Processors, string System, string Runtime, string LoadAverage)
{
    public static Machine Look() => new(
        FirstLine("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription,
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown");

    private static string? FirstLine(string file, string key)
    {
        if (!File.Exists(file)) return null;
        return File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?
            .Split(':', 2)[1].Trim();
    }
}
