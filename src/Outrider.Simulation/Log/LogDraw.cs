using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>The cluster and the clients of one seed of the log.</summary>
internal sealed record LogDraw(
    Layout Layout, LogOptions Options, GroupOptions Groups, int Producers, int Subscribers, int Readers, int Keys,
    int BatchMax, long ThinkMeanMicros, int PayloadBytes, int SegmentBytes)
{
    public const ulong ClusterId = 0x5EED106;

    public static LogDraw Draw(ulong seed, Swarm swarm, RunPlan plan)
    {
        var rng = Rng.Fork(seed, "log");
        var regions = swarm.Regions;
        var nodes = plan.Nodes ?? (regions == 1 ? (int)rng.Between(2, 4) : (int)rng.Between(regions, regions + 2));
        var rtt = (long)(swarm.RegionRttMicros * (swarm.Regions - 1) + 2 * swarm.DelayMeanMicros);
        var options = DrawOptions(rng, swarm, rtt);
        var heartbeat = rng.Between(20_000, 80_000);
        var groups = new GroupOptions
        {
            HeartbeatMicros = heartbeat,
            SuspectMicros = Math.Max(heartbeat * 6, 4 * rtt),
            GraceMicros = rng.Between(20_000, 200_000) + rtt,
            BackoffMicros = rng.Between(30_000, 150_000),
            BackoffMaxMicros = rng.Between(400_000, 2_000_000),
            RetryMicros = rng.Between(50_000, 300_000) + rtt,
            ControlTimeoutMicros = rng.Between(500_000, 2_000_000),
            CommitNotifyMicros = rng.Between(500, 10_000),
            CacheBytes = rng.Chance(0.4) ? rng.Between(2_000, 40_000) : 1 << 20,
        };
        return new(
            LayoutOf(nodes, regions, swarm), options, groups, (int)rng.Between(2, 6), (int)rng.Between(1, 3),
            (int)rng.Between(0, 2), (int)rng.Between(1, 8), rng.Chance(0.5) ? 1 : (int)rng.Between(2, 12),
            rng.Between(10_000, 150_000), rng.Chance(0.8) ? 40 : 2_000, 1 << (int)rng.Between(15, 18));
    }

    private static LogOptions DrawOptions(Rng rng, Swarm swarm, long rtt)
    {
        var interval = (long)(2_000 * Math.Pow(100, rng.NextUnit()));
        var eager = rng.Chance(0.15);
        var heartbeat = rng.Between(40_000, 150_000);
        var rows = (int)rng.Between(2, rng.Chance(0.5) ? 8 : 60);
        return new()
        {
            Mode = eager ? OrderingMode.Eager : OrderingMode.Speculative,
            EagerOnEvent = rng.Chance(0.5),
            IntervalMicros = interval,
            RowsPerWindow = rows,
            RunAheadRows = (int)rng.Between(1, rng.Chance(0.5) ? 4 : 20),
            Rotate = rng.Chance(0.7),
            Stagger = rng.Chance(0.7),
            Fill = (FillPolicy)rng.Between(1, 3),
            QuotaRule = rng.Chance(0.6) ? QuotaRule.Adaptive : rng.Chance(0.5) ? QuotaRule.Fixed : QuotaRule.Paper,
            QuotaInitial = (int)rng.Between(1, 6),
            QuotaMax = (int)rng.Between(4, 200),
            Shards = (int)rng.Between(1, 3),
            Replicas = (int)rng.Between(1, 2),
            HeartbeatMicros = heartbeat,
            SuspectMicros = Math.Max(4 * heartbeat, 4 * rtt) + rng.Between(0, 400_000),
            AbandonMicros = Math.Max(500_000, 4 * rtt) + rng.Between(0, 1_000_000),
            DropCopyMicros = Math.Max(400_000, 5 * rtt) + rng.Between(0, 500_000),
            GatherMicros = rng.Between(100_000, 1_500_000),
            RetryMicros = rng.Between(60_000, 250_000) + rtt,
            DeadlineMicros = rng.Between(2_000_000, 10_000_000),
            EntriesInFlight = (int)rng.Between(1, 16),
            TailBytes = rng.Chance(0.5) ? rng.Between(2_000, 50_000) : 1 << 20,
            ChannelBytes = rng.Chance(0.5) ? (int)rng.Between(2_000, 50_000) : 1 << 20,
        };
    }

    private static Layout LayoutOf(int nodes, int regions, Swarm swarm)
    {
        var names = Enumerable.Range(0, regions).Select(r => $"r{r}").ToArray();
        var infos = Enumerable.Range(1, nodes)
            .Select(i => new NodeInfo(new(i), $"r{(i - 1) % regions}-{(i - 1) / regions + 1}", new((i - 1) % regions)))
            .ToArray();
        var rtts = Enumerable.Range(0, regions)
            .Select(a => (IReadOnlyList<double>)[.. Enumerable.Range(0, regions)
                .Select(b => Math.Abs(a - b) * swarm.RegionRttMicros / 1000.0)])
            .ToArray();
        return new(ClusterId, names, infos, rtts);
    }
}
