using System.Globalization;

namespace Outrider.Bench.Logs;

/// <summary>The tables of the paper's evaluation that compare the three systems under one load.</summary>
internal sealed class PaperSuite(LogBenchOptions options, TextWriter talk)
{
    public const double ComparedMs = 5;
    public const int Bytes = 4096;
    public const double Rate = 1000;
    public static readonly double[] Computes = [0, 0.5, 1, 2, 5, 10, 20, 50];
    private static readonly double[] FewComputes = [0, 1, 5, 20];

    public Comparison Comparison { get; } = new();

    /// <summary>(a) and (b): delivery and end to end, for each computation and each delay of the order.</summary>
    public async Task<Table> CompareAsync()
    {
        foreach (var orderingMs in (double[])[0, 1, ComparedMs, 20])
        {
            var main = orderingMs == ComparedMs;
            await using var cluster = await Clusters.StartAsync(orderingMs);
            for (var round = 0; round < (main ? options.Rounds : 3); round++)
                foreach (var computeMs in main ? Computes : FewComputes)
                    foreach (var system in InTurn(round))
                        Comparison.Add(orderingMs, computeMs, system, await LogLoad.RunAsync(
                            cluster[system], new LoadPlan(Rate, Bytes, options.Seconds, computeMs)));
            await talk.WriteLineAsync($"(a) ordering commit {orderingMs} ms: done");
        }

        return Table();
    }

    /// <summary>Another system begins each round: a drift of the machine meets all of them.</summary>
    private static IEnumerable<string> InTurn(int round)
    {
        for (var i = 0; i < LogSetup.Systems.Length; i++)
            yield return LogSetup.Systems[(i + round) % LogSetup.Systems.Length];
    }

    private Table Table()
    {
        var table = new Table(
            "a, b", "Delivery and end to end, by computation and by the time the order takes",
            string.Create(CultureInfo.InvariantCulture,
                $"One shard of two replicas, {Bytes} B, {Rate:0}/s in an open loop, interval 1 ms, memory-quorum. ")
            + "Medians over the rounds of each run's quantile, in milliseconds from the append call. *merged* waits "
            + "for the whole order, *alone* reads one sub-log. The eager systems deliver when confirmed.",
            ["ordering ms", "compute ms", "system", "append p50", "merged delivery p50", "p99", "merged e2e p50", "p99",
             "alone delivery p50", "p99", "alone e2e p50", "p99", "confirm p50", "cpu us/record"]);
        foreach (var (orderingMs, computeMs, system, s) in Comparison.All)
            table.Add(
                orderingMs, computeMs, system, s.Median(x => x.Append.P50Ms),
                s.Median(x => x.Merged.Delivery.P50Ms), s.Median(x => x.Merged.Delivery.P99Ms),
                s.Median(x => x.Merged.EndToEnd.P50Ms), s.Median(x => x.Merged.EndToEnd.P99Ms),
                s.Median(x => x.Alone!.Delivery.P50Ms), s.Median(x => x.Alone!.Delivery.P99Ms),
                s.Median(x => x.Alone!.EndToEnd.P50Ms), s.Median(x => x.Alone!.EndToEnd.P99Ms),
                s.Median(x => x.Merged.Confirm.P50Ms), s.Median(x => x.CpuMicrosPerRecord));
        return table;
    }

    /// <summary>Never worse: the ratio of the mean end-to-end times, with its interval.</summary>
    public Table NeverWorse()
    {
        var table = new Table(
            "a'", "Never worse: end to end of the merged consumer, speculative / eager-event",
            $"Means of each round, {options.Rounds} interleaved rounds; below 1 speculation gains. Ordering commit "
            + $"{ComparedMs} ms.",
            ["compute ms", "ratio", "95 % low", "95 % high"]);
        foreach (var computeMs in Computes)
        {
            var (mean, low, high) = Comparison.Ratio(
                ComparedMs, computeMs, "eager-event", x => x.Merged.EndToEnd.MeanMs);
            table.Add(computeMs, mean, low, high);
        }

        return table;
    }
}
