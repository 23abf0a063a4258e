using System.Globalization;

namespace Outrider.Bench.Logs;

/// <summary>The tables that vary one setting of the log at a time.</summary>
internal sealed class DetailSuite(LogBenchOptions options, TextWriter talk)
{
    private const int Bytes = 4096;

    /// <summary>At the end of each table: what the same load meets without speculation.</summary>
    private static readonly string[] Baselines = ["eager-tick", "eager-event"];

    /// <summary>(c) A burst at one of two sub-logs, by who fills the rows of the other.</summary>
    public async Task<Table> FillAsync()
    {
        var table = new Table(
            "c", "Filling rows under a lasting imbalance, by policy",
            "Two sub-logs, quota fixed at 3, nine tenths of 1,000/s at one of them; interval 1 ms. *timer* fills after "
            + "one and a half intervals as published, *peer* when others are ahead, *eager* at once. Without "
            + "speculation there are no rows to fill.",
            ["policy", "merged delivery p50", "p99", "append p50", "p99", "holes", "cpu us/record"]);
        foreach (var fill in (string[])["timer", "peer", "eager", .. Baselines])
            await RunAsync(Baselines.Contains(fill) ? new LogSetup(fill)
                    : new LogSetup("speculative", Fill: fill, Quota: "fixed", QuotaInitial: 3),
                new LoadPlan(1000, Bytes, 3, Shares: [9, 1]), s => table.Add(
                    fill, s.Merged.Delivery.P50Ms, s.Merged.Delivery.P99Ms, s.Append.P50Ms, s.Append.P99Ms,
                    s.HoleRatio, s.CpuMicrosPerRecord));
        return table;
    }

    /// <summary>(d) Quota rules, at a low and then a high rate.</summary>
    public async Task<Table> QuotaAsync()
    {
        var table = new Table(
            "d", "Quota rules under a rate that rises tenfold",
            "Two sub-logs; 300/s, then 3,000/s on the same cluster; interval 1 ms, memory-quorum. Without speculation "
            + "there are no quotas.",
            ["rule", "rate/s", "append p50", "p99", "merged delivery p50", "p99", "holes", "cpu us/record"]);
        foreach (var rule in (string[])["fixed", "paper", "adaptive", .. Baselines])
        {
            await using var server = await LogServer.StartAsync(
                Baselines.Contains(rule) ? new LogSetup(rule) : new LogSetup("speculative", Quota: rule));
            foreach (var rate in (double[])[300, 3000])
            {
                var s = await LogLoad.RunAsync(server, new LoadPlan(rate, Bytes, 2));
                table.Add(
                    rule, rate, s.Append.P50Ms, s.Append.P99Ms, s.Merged.Delivery.P50Ms, s.Merged.Delivery.P99Ms,
                    s.HoleRatio, s.CpuMicrosPerRecord);
            }

            await talk.WriteLineAsync($"(d) {rule}: done");
        }

        return table;
    }

    /// <summary>(e) Rows of a window.</summary>
    public async Task<Table> WindowAsync()
    {
        var table = new Table(
            "e", "Rows of a window",
            "1,000/s, ordering commit 5 ms, interval 1 ms, compute 1.5 ms. A short window is fixed while the last one "
            + "runs out: whoever is ahead of it has to wait.",
            ["rows", "append p50", "merged delivery p50", "p99", "merged e2e p50", "p99", "cpu us/record"]);
        foreach (var (label, setup) in ((string, LogSetup)[])
        [
            .. ((int[])[5, 10, 20, 50, 100, 300]).Select(rows => (
                rows.ToString(CultureInfo.InvariantCulture),
                new LogSetup("speculative", OrderingRttMs: 5, Window: rows))),
            .. Baselines.Select(system => (system, new LogSetup(system, OrderingRttMs: 5))),
        ])
            await RunAsync(setup, new LoadPlan(1000, Bytes, 2, ComputeMs: 1.5), s => table.Add(
                    label, s.Append.P50Ms, s.Merged.Delivery.P50Ms, s.Merged.Delivery.P99Ms, s.Merged.EndToEnd.P50Ms,
                    s.Merged.EndToEnd.P99Ms, s.CpuMicrosPerRecord));
        return table;
    }

    /// <summary>(f) A replica leaves in order and comes back, under load.</summary>
    public async Task<Table> JoinAsync()
    {
        var table = new Table(
            "f", "A replica leaves and joins again under load",
            "Two shards of two replicas on four nodes, 1,000/s; the last node is restarted in the middle of the run.",
            ["event", "append p50", "p99", "merged delivery p50", "p99", "failed", "revoked", "cpu us/record"]);
        foreach (var (system, act) in Disturbed("restart home-4"))
            await RunAsync(new LogSetup(system, IntervalMs: 2, Shards: 2, Nodes: 4),
                new LoadPlan(1000, Bytes, 6, Alone: false)
                {
                    Midway = act == "none" ? null : server => server.AskAsync(act),
                },
                s => table.Add(
                    Label(system, act), s.Append.P50Ms, s.Append.P99Ms, s.Merged.Delivery.P50Ms,
                    s.Merged.Delivery.P99Ms, s.Failed, s.Revoked, s.CpuMicrosPerRecord));
        return table;
    }

    /// <summary>(h) One replica is slow to reach the others.</summary>
    public async Task<Table> StragglerAsync()
    {
        var table = new Table(
            "h", "A straggler",
            "Two shards of two replicas on four nodes, 1,000/s, interval 2 ms; from the middle on, every message of "
            + "one node takes 5 ms more.",
            ["delayed", "append p50", "p99", "merged delivery p50", "p99", "alone delivery p50", "p99",
             "cpu us/record"]);
        foreach (var (system, delayed) in Disturbed("home-4"))
            await RunAsync(new LogSetup(system, IntervalMs: 2, Shards: 2, Nodes: 4),
                new LoadPlan(1000, Bytes, 4)
                {
                    Midway = delayed == "none" ? null : server => server.AskAsync($"delay {delayed} * 10"),
                },
                s => table.Add(Label(system, delayed), s.Append.P50Ms, s.Append.P99Ms, s.Merged.Delivery.P50Ms,
                    s.Merged.Delivery.P99Ms, s.Alone!.Delivery.P50Ms, s.Alone.Delivery.P99Ms,
                    s.CpuMicrosPerRecord));
        return table;
    }

    /// <summary>(i) One of two home replicas is killed.</summary>
    public async Task<Table> FailureAsync()
    {
        var table = new Table(
            "i", "A home replica is killed",
            "Two shards of two replicas on four nodes, 1,000/s, interval 2 ms, fsync-quorum; one node is killed in the "
            + "middle and nothing of it comes back. Its sub-log is completed from the survivor's copy. The published "
            + "rule turns every uncommitted slot of the dead shard, up to two windows, into a no-op; here records are "
            + "revoked only if no copy is left.",
            ["killed", "failed appends", "revoked", "append p99", "delivery p99", "cpu us/record"]);
        foreach (var (system, act) in Disturbed("kill home-4"))
            await RunAsync(new LogSetup(system, IntervalMs: 2, Shards: 2, Nodes: 4, Fsync: true, Kills: true),
                new LoadPlan(1000, Bytes, 8, Alone: false)
                {
                    Midway = act == "none" ? null : server => server.AskAsync(act),
                },
                s => table.Add(
                    Label(system, act), s.Failed, s.Revoked, s.Append.P99Ms, s.Merged.Delivery.P99Ms,
                    s.CpuMicrosPerRecord));
        return table;
    }

    /// <summary>(j) What a sync costs.</summary>
    public async Task<Table> FsyncAsync()
    {
        var table = new Table(
            "j", "Durability",
            "One shard of two replicas, 1,000/s, interval 1 ms. Memory: all copies have it in memory, on a file system "
            + "in memory. Fsync: all copies have synced it; speculative delivery waits for memory only.",
            ["durability", "append p50", "p99", "merged delivery p50", "p99", "confirm p50", "p99",
             "cpu us/record"]);
        foreach (var system in (string[])["speculative", .. Baselines])
            foreach (var fsync in (bool[])[false, true])
                await RunAsync(new LogSetup(system, Fsync: fsync), new LoadPlan(1000, Bytes, 3), s => table.Add(
                    Label(system, fsync ? "fsync-quorum" : "memory-quorum"), s.Append.P50Ms, s.Append.P99Ms,
                    s.Merged.Delivery.P50Ms, s.Merged.Delivery.P99Ms, s.Merged.Confirm.P50Ms, s.Merged.Confirm.P99Ms,
                    s.CpuMicrosPerRecord));
        return table;
    }

    /// <summary>(k) One idle sub-log among eight.</summary>
    public async Task<Table> IdleAsync()
    {
        var table = new Table(
            "k", "One idle sub-log among eight",
            "Four shards of two replicas; seven sub-logs share 700/s, the eighth is idle; interval 50 ms. Holes are "
            + "slots given up, as a share of all, after a warm-up of 2 s (adaptive: of 16 s, three windows).",
            [
                "quota of the idle one", "policy", "merged delivery p50", "p99", "holes", "of the idle one",
                "cpu us/record",
            ]);
        foreach (var (quota, fill) in ((string, string)[])
            [
                ("fixed", "timer"), ("fixed", "peer"), ("fixed", "eager"), ("adaptive", "peer"),
                .. Baselines.Select(system => ("none", system)),
            ])
            await RunAsync(
                quota == "none" ? new LogSetup(fill, IntervalMs: 50, Shards: 4)
                    : new LogSetup("speculative", IntervalMs: 50, Shards: 4, Fill: fill, Quota: quota, QuotaInitial: 1),
                new LoadPlan(700, 100, 5, WarmupSeconds: quota == "adaptive" ? 16 : 2, Shares: [1, 1, 1, 1, 1, 1, 1, 0],
                    Alone: false),
                s => table.Add(
                    quota switch { "fixed" => "pinned at 1", "none" => "-", _ => "adaptive, down to 0" }, fill,
                    s.Merged.Delivery.P50Ms, s.Merged.Delivery.P99Ms, s.HoleRatio, s.IdleHoleRatio,
                    s.CpuMicrosPerRecord));
        return table;
    }

    /// <summary>The absolute figures: one shard, two replicas, 4 KiB, 1 ms.</summary>
    public async Task<(Table Table, LoadSample Steady, double Sustained)> AbsoluteAsync()
    {
        var table = new Table(
            "abs", "Absolute figures",
            "One shard of two replicas, 4 KiB, memory-quorum, interval 1 ms; merged consumer. A rate is sustained when "
            + "at least 98 % of it is acknowledged in time and the append's p99 stays below 250 ms.",
            ["rate/s", "acknowledged/s", "append p99", "delivery p50", "p99", "confirm p50", "p99", "server cores"]);
        await using var server = await LogServer.StartAsync(new LogSetup("speculative"));
        // Code is compiled again with what its first seconds have taught: these are not the steady state.
        await LogLoad.RunAsync(server, new LoadPlan(options.Rates[0], Bytes, 8, Alone: false));
        var steady = await LogLoad.RunAsync(server, new LoadPlan(options.Rates[0], Bytes, 8, Alone: false));
        Show(options.Rates[0], steady);
        var sustained = 0.0;
        foreach (var rate in options.Rates.Skip(1))
        {
            await LogLoad.ForgetAsync(server);
            var sample = await LogLoad.RunAsync(server, new LoadPlan(rate, Bytes, 3, Alone: false));
            Show(rate, sample);
            if (sample.Failed > 0 || sample.Append.P99Ms > 250 || sample.RecordsPerSecond < 0.9 * rate) break;
            sustained = rate;
        }

        return (table, steady, sustained);

        void Show(double rate, LoadSample s) => table.Add(
            rate, s.RecordsPerSecond, s.Append.P99Ms, s.Merged.Delivery.P50Ms, s.Merged.Delivery.P99Ms,
            s.Merged.Confirm.P50Ms, s.Merged.Confirm.P99Ms, s.Cores);
    }

    /// <summary>Undisturbed and disturbed, and the latter without speculation.</summary>
    private static IEnumerable<(string System, string Act)> Disturbed(string act) =>
        [("speculative", "none"), ("speculative", act), .. Baselines.Select(system => (system, act))];

    private static string Label(string system, string act) =>
        system == "speculative" ? act : $"{act}, {system}";

    private async Task RunAsync(LogSetup setup, LoadPlan plan, Action<LoadSample> add)
    {
        await using var server = await LogServer.StartAsync(setup);
        var sample = await LogLoad.RunAsync(server, plan);
        add(sample);
        await talk.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{setup.Fill} {setup.Quota} window {setup.Window}: delivery p50 {sample.Merged.Delivery.P50Ms:0.00} ms, "
            + $"p99 {sample.Merged.Delivery.P99Ms:0.00} ms"));
    }
}
