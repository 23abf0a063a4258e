using System.Globalization;
using Outrider.Bench.Logs;

namespace Outrider.Bench.Scale;

/// <summary>(g): one to a hundred shards, and one size under rising load, in virtual time.</summary>
internal sealed class ScaleSuite(TextWriter talk)
{
    private const double EvenRate = 200;
    private const int OneSize = 10;
    private static readonly int[] Sizes = [1, 2, 5, 10, 20, 50, 100];
    private static readonly double[] Rates = [50, 200, 1000, 4000];

    public List<ScaleSample> BySize { get; } = [];
    public List<ScaleSample> ByRate { get; } = [];

    public async Task<Table> RunAsync()
    {
        var times = new ServiceTimes();
        var table = new Table(
            "g", "Scale, in virtual time",
            "The compiled machines in one thread and virtual time: nodes are servers with queues. "
            + $"A turn takes {times.Turn} us, each event in it {times.Event}, each message sent {times.Send}; a link "
            + $"{times.Link} us one way, a sync {times.Sync} us. Shards of two replicas on nodes of their own, "
            + "interval 1 ms, 100 B, memory-quorum; one merged reader, who is a server too. *cost* is the time that "
            + "all nodes together were busy; *ordering messages* are those to and from the ordering leader, for each "
            + "record.",
            ["shards", "records/s", "append p50", "p99", "merged delivery p50", "p99", "cost us/record",
             "ordering messages/record", "busiest ordering node", "missing"]);
        foreach (var shards in Sizes) BySize.Add(await AddAsync(table, shards, EvenRate));
        foreach (var rate in Rates) ByRate.Add(await AddAsync(table, OneSize, rate));
        return table;
    }

    private async Task<ScaleSample> AddAsync(Table table, int shards, double rate)
    {
        var s = new ScaleRun(shards, rate).Run();
        table.Add(
            s.Shards, s.RatePerSecond, s.Append.P50Ms, s.Append.P99Ms, s.Delivery.P50Ms, s.Delivery.P99Ms,
            s.CostMicrosPerRecord, s.OrderingPerRecord, s.LeaderBusy, s.Missing);
        await talk.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"(g) {shards} shards at {rate:0}/s each: delivery p50 {s.Delivery.P50Ms:0.00} ms"));
        return s;
    }
}
