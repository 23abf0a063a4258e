using System.Globalization;

namespace Outrider.Proofs.Verify;

/// <summary>Processor time of ended child processes with their own children, as Linux counts it.</summary>
internal static class ProcessorTime
{
    private const int TicksPerSecond = 100;

    /// <summary>Milliseconds so far; 0 where the system does not tell.</summary>
    public static long OfChildrenMs()
    {
        const string path = "/proc/self/stat";
        if (!File.Exists(path))
        {
            return 0;
        }

        var text = File.ReadAllText(path);
        // The second field is a name in brackets and may hold spaces; fields 16 and 17 follow it.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[13], CultureInfo.InvariantCulture)
            + long.Parse(fields[14], CultureInfo.InvariantCulture);
        return ticks * 1000 / TicksPerSecond;
    }
}
