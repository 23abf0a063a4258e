using System.Globalization;
using Outrider.Bench.Logs;

namespace Outrider.Bench.Scale;

/// <summary>
/// In virtual time: (g) one to a hundred shards, and one size under rising load; (k) an idle sub-log; (i) a failure.
/// </summary>
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

    /// <summary>(kv) One idle sub-log among eight at 1 ms.</summary>
    public async Task<Table> IdleAsync()
    {
        var table = new Table(
            "kv", "One idle sub-log among eight, in virtual time",
            "As (k), at an interval of 1 ms and with the service times of (g): seven sub-logs at 200/s each, the "
            + "eighth is idle. *alone* is a reader of one sub-log alone, who waits for its replication only.",
            ["quota of the idle one", "policy", "merged delivery p50", "p99", "alone p50", "p99", "cost us/record"]);
        foreach (var (quota, fill) in ((string, string)[])
            [("fixed", "timer"), ("fixed", "peer"), ("fixed", "eager"), ("adaptive", "peer")])
        {
            var s = new ScaleRun(new ScalePlan(
                new LogSetup("speculative", Shards: 4, Nodes: 8, Fill: fill, Quota: quota, QuotaInitial: 1), 200, 2000)
            {
                LastIsIdle = true,
            }).Run();
            table.Add(
                quota == "fixed" ? "pinned at 1" : "adaptive, down to 0", fill, s.Delivery.P50Ms, s.Delivery.P99Ms,
                s.Alone.P50Ms, s.Alone.P99Ms, s.CostMicrosPerRecord);
            await talk.WriteLineAsync($"(kv) {quota} {fill}: done");
        }

        return table;
    }

    /// <summary>(iv) A replica fails while what it has shown is under way to the order.</summary>
    public async Task<Table> FailureAsync()
    {
        var table = new Table(
            "iv", "A home replica dies, in virtual time: what survives, and what would be revoked as published",
            "Two shards of two replicas on five nodes, 500/s at each sub-log, interval 1 ms, service times of (g). The "
            + "way from one replica to the ordering members takes 10 ms: what it shows to readers has its place in the "
            + "committed order that much later. It is dropped in the middle, with its disk and with what is under way "
            + "from it. *published*: its sub-log's uncommitted slots are given up; *survivors*: kept from the other "
            + "copy. *silence* is the longest time without a delivery: above all that until the dead one is suspected "
            + "(1.5 s).",
            ["rule", "dropped", "revoked", "acknowledged and lost", "silence, ms", "delivery p50", "p99"]);
        foreach (var (rule, kill) in ((string, long)[])[("survivors", 0), ("survivors", 500), ("paper", 500)])
        {
            var s = new ScaleRun(new ScalePlan(
                new LogSetup("speculative", Shards: 2, Nodes: 5, Failure: rule), 500, 4000)
            {
                KillAfterMs = kill,
                VictimLagMs = 10,
            }).Run();
            table.Add(
                rule == "paper" ? "published" : rule, kill == 0 ? "none" : "one of two", s.Revoked, s.Lost, s.SilenceMs,
                s.Delivery.P50Ms, s.Delivery.P99Ms);
            await talk.WriteLineAsync($"(iv) {rule}: {s.Revoked} revoked");
        }

        return table;
    }

    private async Task<ScaleSample> AddAsync(Table table, int shards, double rate)
    {
        var s = new ScaleRun(ScalePlan.Even(shards, rate)).Run();
        table.Add(
            s.Shards, s.RatePerSecond, s.Append.P50Ms, s.Append.P99Ms, s.Delivery.P50Ms, s.Delivery.P99Ms,
            s.CostMicrosPerRecord, s.OrderingPerRecord, s.LeaderBusy, s.Missing);
        await talk.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"(g) {shards} shards at {rate:0}/s each: delivery p50 {s.Delivery.P50Ms:0.00} ms"));
        return s;
    }
}
