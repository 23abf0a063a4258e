using System.Runtime.InteropServices;

namespace Outrider.Bench.Logs;

/// <summary>Sleeps for parts of a millisecond where the system can: work that is slept takes no processor.</summary>
internal static partial class Nap
{
    public static void For(double ms)
    {
        if (ms <= 0) return;
        if (!OperatingSystem.IsLinux())
        {
            Thread.Sleep((int)Math.Ceiling(ms));
            return;
        }

        var whole = (long)(ms / 1000);
        var time = new TimeSpec { Seconds = (nint)whole, Nanos = (nint)((ms - (whole * 1000)) * 1_000_000) };
        // An interruption by a signal ends it early; the rest is in the same place.
        while (NanoSleep(ref time, ref time) != 0)
        {
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanos;
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(ref TimeSpec wanted, ref TimeSpec left);
}
