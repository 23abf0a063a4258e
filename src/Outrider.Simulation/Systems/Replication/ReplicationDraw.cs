using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>The cluster and the clients of one seed of the replication system.</summary>
/// <param name="NodeCount">Nodes at the start; those beyond the group's members are spares for member changes.</param>
/// <param name="Births">Groups, with their first members and policies.</param>
/// <param name="MemoryShare">How many of the appends ask for the memory class.</param>
/// <param name="ReadShare">How many client operations are confirmed reads.</param>
internal sealed record ReplicationDraw(
    int NodeCount,
    IReadOnlyList<(GroupId Group, GroupBirth Birth)> Births,
    GroupOptions Options,
    int Producers,
    int Readers,
    double MemoryShare,
    double ReadShare,
    long ThinkMeanMicros,
    long AdminMeanMicros,
    int PayloadBytesMax,
    int SegmentBytes)
{
    /// <summary>The operator does nothing but change members.</summary>
    public bool OnlyMoves { get; init; }

    /// <summary>The operator changes no members.</summary>
    public bool KeepsMembers { get; init; }

    /// <summary>How many acknowledged appends are asked for once more, and how much later at most.</summary>
    public double RepeatShare { get; init; } = 0.15;

    public long RepeatPauseMicrosMax { get; init; } = 3_000_000;

    public static ReplicationDraw Draw(ulong seed, Swarm swarm, RunPlan plan)
    {
        var rng = Rng.Fork(seed, "replication");
        var members = rng.Chance(0.8) ? 3 : (int)rng.Between(2, 5);
        var spares = rng.Chance(0.4) ? (int)rng.Between(1, 2) : 0;
        if (plan.Workload is Workload.Moves or Workload.Plays) (members, spares) = (3, 2);
        var count = plan.Nodes ?? members + spares;
        if (Workload.KeepsThree(plan.Workload)) (members, count) = (Math.Max(3, members), Math.Max(3, count));
        members = Math.Min(members, count);
        var births = new List<(GroupId, GroupBirth)>();
        var groups = rng.Chance(plan.Workload == Workload.Plays ? 0 : 0.25) ? 2 : 1;
        var memory = rng.NextUnit();
        var allChance = plan.Workload == Workload.AllReads ? 1.0 : Workload.KeepsThree(plan.Workload) ? 0 : 0.3;
        for (var g = 1; g <= groups; g++)
        {
            var ids = Enumerable.Range(1, count).Select(i => new NodeId(i)).ToList();
            if (g > 1) rng.Shuffle(ids);
            var policy = rng.Chance(allChance) ? QuorumPolicy.All : QuorumPolicy.Majority;
            var config = new GroupConfig(ids.Take(members), policy);
            var minCopies = policy == QuorumPolicy.All && members > 2 && rng.Chance(0.5) ? 2 : 1;
            births.Add((new GroupId(g), new GroupBirth(config, (int)rng.Between(1, 3), minCopies)));
        }

        var readers = (int)rng.Between(1, 2);
        var drawn = new ReplicationDraw(
            count, births, DrawOptions(rng, swarm, plan.Workload is Workload.Crumbs or Workload.Rot),
            (int)rng.Between(3, 6), readers, rng.Chance(0.2) ? 0 : memory, 0.3 * rng.NextUnit(),
            rng.Between(10_000, 120_000), rng.Between(500_000, 6_000_000), rng.Chance(0.8) ? 200 : 4000,
            1 << (int)rng.Between(14, 18));
        return Workload.Apply(plan.Workload, drawn);
    }

    /// <summary>One group with the usual intervals and no clients.</summary>
    public static ReplicationDraw Staged(int nodes, GroupId group, GroupBirth birth) => new(
        nodes, [(group, birth)], GroupOptions.Default, 0, 0, 0, 0, 1, 1, 1, 1 << 16);

    internal static GroupOptions DrawOptions(Rng rng, Swarm swarm, bool crumbs = false)
    {
        var rtt = swarm.RegionRttMicros * (swarm.Regions - 1) + 2 * swarm.DelayMeanMicros;
        var heartbeat = rng.Between(20_000, 120_000);
        var suspect = Math.Max(heartbeat * rng.Between(4, 10), (4 * heartbeat) + (long)(6 * rtt));
        var tight = rng.Chance(0.5) || crumbs;
        return new GroupOptions
        {
            HeartbeatMicros = heartbeat,
            SuspectMicros = suspect,
            GraceMicros = rng.Between(20_000, 400_000) + (long)rtt,
            BackoffMicros = rng.Between(30_000, 200_000),
            BackoffMaxMicros = rng.Between(400_000, 3_000_000),
            RetryMicros = rng.Between(50_000, 400_000),
            ControlTimeoutMicros = rng.Between(500_000, 3_000_000),
            ReadLingerMicros = rng.Between(100, 5_000),
            CommitNotifyMicros = rng.Between(500, 50_000),
            RecordPollMicros = rng.Between(1_000_000, 5_000_000),
            // Half of the seeds run with windows of a few entries, so that partial appends, overload and reads of
            // trimmed caches are everyday events.
            WindowBytes = tight ? (int)rng.Between(300, 8_000) : 1 << 20,
            AppendBytes = tight ? (int)rng.Between(100, crumbs ? 400 : 3_000) : 1 << 18,
            PendingAppendsMax = tight ? (int)rng.Between(2, 40) : 10_000,
            CacheBytes = tight ? rng.Between(500, 20_000) : 1 << 20,
        };
    }
}
