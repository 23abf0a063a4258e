using Outrider.Core;

namespace Outrider.Log;

/// <summary>What a quota is decided from.</summary>
/// <param name="Previous">The quota of the last fixed window; 0 when parked.</param>
/// <param name="Records">Records taken since that window was fixed.</param>
/// <param name="Backlog">Slots taken beyond all fixed windows.</param>
/// <param name="RatePerInterval">Records an interval, smoothed.</param>
/// <param name="PeriodShare">Mean period of reports in intervals, smoothed; 0 if unknown.</param>
internal readonly record struct QuotaInput(
    int Previous, long Records, long Backlog, double RatePerInterval, double PeriodShare);

/// <summary>Decides how many slots a sub-log gives to each row of the next window. Pure.</summary>
internal static class QuotaController
{
    // A backlog should be gone after so many rows, or the window outlives the burst.
    private const double DrainRows = 8;
    // Above the mean: a quota equal to it would leave half of all rows late.
    private const double Headroom = 1.1;

    public static int Next(QuotaRule rule, in QuotaInput input, LogOptions options)
    {
        var quota = rule switch
        {
            QuotaRule.Fixed => options.QuotaInitial,
            QuotaRule.Paper => Paper(input),
            QuotaRule.Adaptive => Adaptive(input),
            _ => throw Check.Unreachable(rule),
        };
        // Whoever has something to place must get a slot, or it waits for ever.
        if (input.Backlog > 0) quota = Math.Max(1, quota);
        return Math.Min(quota, options.QuotaMax);
    }

    private static int Paper(in QuotaInput input)
    {
        var previous = Math.Max(1, input.Previous);
        if (input.PeriodShare <= 0) return previous;
        var speed = 1 / input.PeriodShare;
        // SpecLog leaves a quota alone while the reports come within five per cent of the interval.
        if (Math.Abs(speed - 1) <= 0.05) return previous;
        return (int)Math.Clamp(Math.Ceiling(previous * speed), 1, int.MaxValue / 2);
    }

    private static int Adaptive(in QuotaInput input)
    {
        if (input.Records == 0 && input.Backlog == 0) return 0;
        var wanted = Math.Ceiling(Math.Max(input.RatePerInterval * Headroom, input.Backlog / DrainRows));
        wanted = Math.Max(1, wanted);
        // Falls slowly: a quota too high costs holes, one too low costs delay.
        if (wanted < input.Previous && wanted >= input.Previous * 0.7) return input.Previous;
        return (int)Math.Min(wanted, int.MaxValue / 2);
    }
}
