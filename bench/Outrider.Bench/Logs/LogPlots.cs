using Outrider.Bench.Scale;

namespace Outrider.Bench.Logs;

/// <summary>The pictures of the comparison.</summary>
internal static class LogPlots
{
    public static IEnumerable<(string Name, string Svg)> Of(Comparison comparison)
    {
        if (!comparison.All.Any()) yield break;
        yield return ("log-e2e.svg", LinePlot.Draw(
            $"End to end, merged, p50 (ordering commit {PaperSuite.ComparedMs} ms)", "computation, ms", "ms",
            [.. LogSetup.Systems.Select(system => new Line(system, [.. PaperSuite.Computes.Select(ms =>
                (ms, comparison.Find(PaperSuite.ComparedMs, ms, system)?.Median(s => s.Merged.EndToEnd.P50Ms)
                    ?? double.NaN))]))]));
        double[] delays = [0, 1, 5, 20];
        yield return ("log-delivery.svg", LinePlot.Draw(
            "Delivery, merged, p50 (no computation)", "time the order takes, ms", "ms",
            [.. LogSetup.Systems.Select(system => new Line(system, [.. delays.Select(ms =>
                (ms, comparison.Find(ms, 0, system)?.Median(s => s.Merged.Delivery.P50Ms) ?? double.NaN))]))]));
    }

    public static IEnumerable<(string Name, string Svg)> Of(ScaleSuite scale)
    {
        if (scale.BySize.Count == 0) yield break;
        yield return ("log-scale-delivery.svg", LinePlot.Draw(
            "Merged delivery by shards (virtual time)", "shards", "ms",
            [
                new Line("p50", [.. scale.BySize.Select(s => ((double)s.Shards, s.Delivery.P50Ms))]),
                new Line("p99", [.. scale.BySize.Select(s => ((double)s.Shards, s.Delivery.P99Ms))]),
            ]));
        yield return ("log-scale-cost.svg", LinePlot.Draw(
            "Cost of a record by shards (virtual time)", "shards", "us",
            [new Line("all nodes", [.. scale.BySize.Select(s => ((double)s.Shards, s.CostMicrosPerRecord))])]));
        yield return ("log-scale-ordering.svg", LinePlot.Draw(
            "Ordering messages of a record by load (10 shards, virtual time)", "records/s", "",
            [new Line("messages a record", [.. scale.ByRate.Select(s => (s.RatePerSecond, s.OrderingPerRecord))])]));
    }
}
