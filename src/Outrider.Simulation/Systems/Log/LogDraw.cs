using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>The cluster and the clients of one seed of the log.</summary>
internal sealed record LogDraw(
    Layout Layout, LogOptions Options, GroupOptions Groups, GroupDraw Consumers,
    int Producers, int Readers, int Followers, int Keys, int PayloadBytesMax,
    long ThinkMeanMicros, long AdminMeanMicros, long PatienceMicros, int SegmentBytes, bool Drains,
    bool MayNotRevoke = false, LogHunt Hunt = LogHunt.Nothing, double RepeatShare = 0,
    long RepeatMicrosMax = 300_000, int TrimSlackMax = 200, bool Destroys = false, bool Retains = false)
{
    private const int ProducersMax = 16;
    private const long PatiencePerProducerMicros = 50_000;
    private const double RecordsPerBatchMean = 1.6;
    private const double PatienceMinMicros = 1_000_000;

    public Durability Durability => Options.Durability;

    public static LogDraw Draw(ulong seed, Swarm swarm, RunPlan plan)
    {
        var rng = Rng.Fork(seed, "log");
        var regions = Math.Min(3, Math.Max(1, swarm.Regions));
        var perRegion = regions == 1 ? (int)rng.Between(3, 4) : (int)rng.Between(1, 2);
        if (plan.Workload is LogWorkload.OneVictim or LogWorkload.Drains) perRegion = Math.Max(2, perRegion);
        // Somebody must be left to whom it was shown.
        if (plan.Workload == LogWorkload.Revocations) (regions, perRegion) = regions == 1 ? (1, 4) : (2, 3);
        // Three shards apart from each other, of which all copies can go without most of the ordering group.
        if (plan.Workload == LogWorkload.Losses) (regions, perRegion) = (1, 6);
        var count = plan.Nodes ?? Math.Max(2, regions * perRegion);
        var nodes = new List<NodeInfo>();
        for (var i = 0; i < count; i++)
            nodes.Add(new(new NodeId(i + 1), $"{(char)('a' + (i % regions))}-{1 + (i / regions)}", new(i % regions)));
        var rtt = new List<IReadOnlyList<double>>();
        for (var a = 0; a < regions; a++)
            rtt.Add([.. Enumerable.Range(0, regions).Select(b => Math.Abs(a - b) * swarm.RegionRttMicros / 1000.0)]);
        var names = Enumerable.Range(0, regions).Select(r => ((char)('a' + r)).ToString()).ToList();
        var layout = new Layout(0x5EED, names, nodes, rtt);
        var options = DrawOptions(rng, swarm, regions, out var patience) with
        {
            // A trace tells of every entry that a node applied: whoever begins from a snapshot applied none.
            SnapshotEntries = plan.ModelTraces is null
                ? (int)Rng.Fork(seed, "log-snapshots").Between(32, 600) : LogOptions.Default.SnapshotEntries,
            TrimBytes = 1 << (int)Rng.Fork(seed, "log-cuts").Between(8, 16),
            TrimShare = 2,
        };
        // Each has one append under way: where one takes long, more of them come to as many in the end.
        var busy = (int)Math.Min(ProducersMax, patience / PatiencePerProducerMicros);
        var groups = ReplicationDraw.DrawOptions(rng, swarm) with
        {
            GatherRequests = Rng.Fork(seed, "log-gather").Chance(0.5),
        };
        var (producers, readers) = ((int)rng.Between(3, 7) + busy, (int)rng.Between(1, 2));
        var (followers, keys) = ((int)rng.Between(2, 3), (int)rng.Between(1, 12));
        options = WithQuota(options, producers, patience);
        var draw = new LogDraw(
            layout, options, groups, GroupDraw.Draw(seed, keys), producers, readers, followers, keys,
            rng.Chance(0.8) ? 100 : 3000,
            rng.Between(5_000, 120_000), rng.Between(2_000_000, 10_000_000), patience, 1 << (int)rng.Between(16, 19),
            Rng.Fork(seed, "log-drains").Chance(0.4));
        return LogWorkload.Apply(plan.Workload, seed, draw);
    }

    /// <summary>
    /// Producers that all write to one sub-log must be served before they give up and ask for more: a quota that cannot
    /// bear that is no slow weather, the log falls behind for ever.
    /// </summary>
    private static LogOptions WithQuota(LogOptions options, int producers, long patienceMicros)
    {
        var commits = patienceMicros - (4 * options.IntervalMicros);
        var rowMicros = Math.Max(options.IntervalMicros, commits / options.RunAheadRows);
        var quota = (int)Math.Ceiling(producers * RecordsPerBatchMean * rowMicros / PatienceMinMicros);
        // The published rule takes rows that are slower than the interval for idle ones, and gives them one slot.
        var rule = options.QuotaRule == QuotaRule.Paper && rowMicros > 2 * options.IntervalMicros
            ? QuotaRule.Adaptive : options.QuotaRule;
        return options with
        {
            QuotaRule = rule,
            QuotaInitial = Math.Max(options.QuotaInitial, rule == QuotaRule.Adaptive ? 1 : quota),
            QuotaMax = Math.Max(options.QuotaMax, quota),
        };
    }

    private static LogOptions DrawOptions(Rng rng, Swarm swarm, int regions, out long patienceMicros)
    {
        // What one hop and one sync cost in this weather: an interval far below it only floods the run.
        var hop = (swarm.RegionRttMicros * (regions - 1) / 2) + (long)swarm.DelayMeanMicros;
        var commit = (2 * hop) + (long)swarm.SyncMeanMicros;
        var interval = Math.Clamp(rng.Between(2_000, 200_000), Math.Max(2_000, commit / 10), 200_000);
        var window = rng.Chance(0.5) ? (int)rng.Between(2, 12) : (int)rng.Between(20, 100);
        var suspect = Math.Max(600_000, 8 * commit) + rng.Below(1_000_000);
        patienceMicros = (4 * commit) + (4 * interval);
        return new LogOptions
        {
            Mode = rng.Chance(0.85) ? OrderingMode.Speculative : OrderingMode.Eager,
            EagerOnEvent = rng.Chance(0.3),
            Durability = Durability.FsyncQuorum,
            IntervalMicros = interval,
            RowsPerWindow = window,
            RunAheadRows = Math.Max(1, rng.Chance(0.5) ? (int)rng.Between(1, 6) : (int)(commit / interval) + 4),
            Rotate = rng.Chance(0.7),
            Stagger = rng.Chance(0.7),
            Fill = rng.Pick([FillPolicy.Timer, FillPolicy.Peer, FillPolicy.Eager]),
            QuotaRule = rng.Pick([QuotaRule.Adaptive, QuotaRule.Adaptive, QuotaRule.Paper, QuotaRule.Fixed]),
            QuotaInitial = (int)rng.Between(1, 6),
            QuotaMax = (int)rng.Between(6, 200),
            Shards = (int)rng.Between(1, 3),
            Replicas = (int)rng.Between(1, 2),
            HeartbeatMicros = rng.Between(50_000, 150_000),
            SuspectMicros = suspect,
            AbandonMicros = Math.Max(1_000_000, 6 * hop) + rng.Below(1_000_000),
            DropCopyMicros = suspect + rng.Below(500_000),
            GatherMicros = rng.Between(300_000, 1_500_000),
            RetryMicros = Math.Max(rng.Between(60_000, 400_000), 3 * hop),
            DeadlineMicros = rng.Between(5_000_000, 15_000_000),
            EntriesInFlight = (int)rng.Between(1, 16),
        };
    }
}
