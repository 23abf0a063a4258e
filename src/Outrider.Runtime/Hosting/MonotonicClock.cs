using System.Diagnostics;

namespace Outrider.Runtime;

/// <summary>
/// The machine-wide monotonic clock: never set back, common to all processes of one boot (it is what timestamps of
/// file leases rest on), and of no meaning on another machine.
/// </summary>
public static class MonotonicClock
{
    private static readonly double MicrosPerTick = 1e6 / Stopwatch.Frequency;

    public static long NowMicros => (long)(Stopwatch.GetTimestamp() * MicrosPerTick);
}
