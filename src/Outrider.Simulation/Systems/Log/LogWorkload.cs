using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>Directed workloads of the log: the same cluster, clients and checkers, with the dice loaded.</summary>
internal static class LogWorkload
{
    /// <summary>
    /// Only one node ever fails, and every sub-log has two copies at home: then nothing may be revoked. It loses its
    /// power between a send and the sync, and after it has gone on without a copy that it could not reach.
    /// </summary>
    public const string OneVictim = "one-victim";

    /// <summary>
    /// The copies of a shard lose their power one after the other with slow disks, or its primary is cut off with its
    /// clients: most sub-logs end, and many with more shown than kept.
    /// </summary>
    public const string Revocations = "revocations";

    /// <summary>Groups in every seed, whose consumers forget what they hold, and desks that are gone every moment.
    /// </summary>
    public const string Consumers = "consumers";

    /// <summary>Nodes are drained all the time, and what was acknowledged is appended once more at once.</summary>
    public const string Drains = "drains";

    /// <summary>
    /// Nearly everything is trimmed soon after it was read, nodes restart all the time, and what was acknowledged long
    /// ago is appended once more: what copies forget must stay known.
    /// </summary>
    public const string Trims = "trims";

    /// <summary>
    /// All nodes that hold a shard lose their disks, but for one that returns late at times: an operator adds nodes and
    /// declares lost what nobody has.
    /// </summary>
    public const string Losses = "losses";

    /// <summary>The log trims itself by age or by size, while groups lag behind and nodes restart.</summary>
    public const string Ages = "ages";

    public static IReadOnlyList<string> All { get; } = [OneVictim, Revocations, Consumers, Drains, Trims, Losses, Ages];

    /// <summary>Loads the weather's dice.</summary>
    public static void Apply(string? workload, ulong seed, Swarm swarm)
    {
        switch (workload)
        {
            case OneVictim:
                Quiet(swarm);
                swarm.SetWeight(FaultClass.Crash, 6);
                swarm.SetWeight(FaultClass.CleanRestart, 1);
                swarm.LoneVictim = new NodeId(1 + (int)(seed % 2));
                // What is sent to a reader and to a copy at once must be able to reach one of them alone.
                swarm.LossChance = 0.1;
                (swarm.PowerLossShare, swarm.EarlySyncShare, swarm.UnsyncedCrashChance) = (1, 0, 0.005);
                swarm.ReplayChance = swarm.TailChance = swarm.CompanionShare = 0;
                swarm.ActingCutChance = swarm.LeaderClogShare = swarm.ControlUnknownChance = 0;
                swarm.SkewMicrosMax = swarm.DriftPpmMax = 0;
                break;
            case Revocations:
                Quiet(swarm);
                swarm.SetWeight(FaultClass.Crash, 1);
                swarm.SetWeight(FaultClass.Clog, 2);
                swarm.SetWeight(FaultClass.Partition, 3);
                swarm.SetWeight(FaultClass.Succession, 0.5);
                (swarm.PowerLossShare, swarm.EarlySyncShare) = (1, 0);
                // Nothing is shown early by sub-logs that end every moment.
                swarm.ActingCrashChance = swarm.UnsyncedCrashChance = 0;
                swarm.LossChance = 0.03;
                swarm.FaultMeanMicros = 1_000_000;
                swarm.DownMax = 2;
                break;
            case Consumers when seed % 2 == 0:
                // Desks that live long and miss many an answer.
                Quiet(swarm);
                swarm.SetWeight(FaultClass.Clog, 2);
                swarm.ActingCrashChance = swarm.UnsyncedCrashChance = swarm.ActingCutChance = 0;
                swarm.LossChance = 0.1;
                break;
            case Consumers:
                swarm.SetWeight(FaultClass.Crash, 6);
                swarm.SetWeight(FaultClass.CleanRestart, 4);
                swarm.LossChance = Math.Min(swarm.LossChance, 0.05);
                break;
            case Drains:
                Quiet(swarm);
                swarm.SetWeight(FaultClass.Clog, 3);
                swarm.SetWeight(FaultClass.SlowDisk, 2);
                swarm.SetWeight(FaultClass.Crash, 1);
                swarm.LossChance = Math.Min(swarm.LossChance, 0.05);
                break;
            case Ages:
                Mild(swarm);
                // What is kept beyond the retention because a node or a leader is new shows nothing.
                swarm.FaultMeanMicros = 5_000_000;
                swarm.ActingCrashChance = swarm.UnsyncedCrashChance = 0;
                break;
            case Losses:
                Mild(swarm);
                break;
            case Trims:
                Quiet(swarm);
                swarm.SetWeight(FaultClass.Crash, 4);
                swarm.SetWeight(FaultClass.CleanRestart, 3);
                swarm.SetWeight(FaultClass.Clog, 1);
                swarm.LossChance = Math.Min(swarm.LossChance, 0.05);
                break;
        }
    }

    private static void Mild(Swarm swarm)
    {
        Quiet(swarm);
        swarm.SetWeight(FaultClass.Crash, 1);
        swarm.SetWeight(FaultClass.CleanRestart, 1);
        swarm.SetWeight(FaultClass.Clog, 1);
        swarm.LossChance = Math.Min(swarm.LossChance, 0.05);
    }

    private static void Quiet(Swarm swarm)
    {
        foreach (var kind in Enum.GetValues<FaultClass>()) swarm.SetWeight(kind, 0);
    }

    /// <summary>Loads the dice of the cluster and its clients.</summary>
    public static LogDraw Apply(string? workload, ulong seed, LogDraw draw)
    {
        var rng = Rng.Fork(seed, "log-workload");
        return workload switch
        {
            OneVictim => draw with
            {
                Options = draw.Options with { Mode = OrderingMode.Speculative, Replicas = 2 },
                Drains = false,
                MayNotRevoke = true,
                Hunt = LogHunt.Quarrels,
            },
            Revocations => draw with
            {
                Options = Hasty(draw.Options, rng),
                Producers = 10,
                Followers = 5,
                Keys = (int)rng.Between(1, 4),
                ThinkMeanMicros = rng.Between(20_000, 80_000),
                Drains = false,
                Hunt = LogHunt.Shards,
                RepeatShare = 0.1,
            },
            Consumers => draw with
            {
                Consumers = draw.Consumers with
                {
                    Keys = 1,
                    Consumers = 5,
                    Policy = new(rng.Between(300, 1_200), rng.Chance(0.5) ? 6 : 0, GroupDraw.DeadKey),
                    SnapshotEvery = 6,
                    ThinkMeanMicros = 80_000,
                    ForgetChance = 0.5,
                },
            },
            Drains => draw with
            {
                Options = draw.Options with { Replicas = 2 },
                Drains = true,
                AdminMeanMicros = 700_000,
                RepeatShare = 0.4,
            },
            Losses => Destroying(draw, rng),
            Ages => Retaining(draw, rng),
            Trims => draw with
            {
                Options = draw.Options with { TrimBytes = 1 << (int)rng.Between(6, 10) },
                AdminMeanMicros = 700_000,
                RepeatShare = 0.5,
                RepeatMicrosMax = 20_000_000,
                TrimSlackMax = 20,
            },
            _ => draw,
        };
    }

    /// <summary>A shard loses all its disks.</summary>
    private static LogDraw Destroying(LogDraw draw, Rng rng) => draw with
    {
        Options = draw.Options with { Shards = 3, Replicas = (int)rng.Between(1, 2) },
        Consumers = draw.Consumers with { Keys = 0 },
        Drains = false,
        Keys = (int)rng.Between(6, 12),
        // What is lost is to stay in sight for a while.
        AdminMeanMicros = 60_000_000,
        RepeatShare = 0.3,
        Destroys = true,
    };

    /// <summary>Little is kept, and not for long.</summary>
    private static LogDraw Retaining(LogDraw draw, Rng rng) => draw with
    {
        Options = draw.Options with
        {
            TrimBytes = 1 << (int)rng.Between(6, 10),
            RetentionMicros = rng.Chance(0.75) ? rng.Between(2_000_000, 8_000_000) : 0,
            RetentionBytes = rng.Chance(0.4) ? rng.Between(20_000, 400_000) : 0,
        },
        // Where there are groups, it is mostly they who decide how much is kept.
        Consumers = rng.Chance(0.5) ? GroupDraw.None : draw.Consumers with
        {
            Keys = Math.Max(1, draw.Consumers.Keys),
            Consumers = Math.Max(3, draw.Consumers.Consumers),
        },
        Drains = false,
        RepeatShare = 0.3,
        RepeatMicrosMax = 20_000_000,
        Retains = true,
    };

    /// <summary>Much is shown long before it is on disk, and backlogs outgrow small windows.</summary>
    private static LogOptions Hasty(LogOptions options, Rng rng) => options with
    {
        Mode = OrderingMode.Speculative,
        IntervalMicros = rng.Between(40_000, 100_000),
        RowsPerWindow = (int)rng.Between(2, 24),
        RunAheadRows = (int)(rng.Chance(0.4) ? rng.Between(1, 3) : rng.Between(4, 16)),
        Rotate = rng.Chance(0.8),
        Stagger = rng.Chance(0.8),
        QuotaRule = rng.Chance(0.5) ? QuotaRule.Fixed : QuotaRule.Adaptive,
        QuotaInitial = rng.Chance(0.5) ? 1 : (int)rng.Between(2, 4),
        Shards = (int)rng.Between(1, 2),
        Replicas = rng.Chance(0.5) ? 1 : 2,
        SuspectMicros = Math.Min(options.SuspectMicros, 900_000),
        DropCopyMicros = Math.Min(options.DropCopyMicros, 1_100_000),
        AbandonMicros = 1_000_000,
    };
}
