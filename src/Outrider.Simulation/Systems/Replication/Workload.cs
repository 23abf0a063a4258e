namespace Outrider.Simulation;

/// <summary>
/// Directed workloads: the same cluster, faults and checkers, with the dice loaded towards one kind of situation. The
/// generic workload has no name.
/// </summary>
internal static class Workload
{
    /// <summary>Policy all, many confirmed reads, links cut one way.</summary>
    public const string AllReads = "all-reads";

    /// <summary>
    /// Every other call to the control plane ends without an answer, while members change all the time.
    /// </summary>
    public const string UnknownOutcomes = "unknown-outcomes";

    /// <summary>Windows of an entry or two: members hold different parts of everything, bases travel.</summary>
    public const string Crumbs = "crumbs";

    /// <summary>Tiny segments, entries of one size, trims all the time: every place is written over and over.</summary>
    public const string Recycling = "recycling";

    /// <summary>Bits flip and writes go astray all the time, and repairs are slow and interrupted.</summary>
    public const string Rot = "rot";

    /// <summary>Slow disks and power losses: what is acknowledged in memory is lost again and again.</summary>
    public const string Forgetting = "forgetting";

    /// <summary>Runs of events written by hand, each of which needs one rule; hardly anything else happens.</summary>
    public const string Plays = "plays";

    /// <summary>Members are exchanged all the time, and sides taken wherever a term turns.</summary>
    public const string Moves = "moves";

    public static IReadOnlyList<string> All { get; } =
        [AllReads, UnknownOutcomes, Moves, Crumbs, Recycling, Rot, Forgetting, Plays, .. LogWorkload.All];

    /// <summary>Whether what is looked for needs a majority of three copies.</summary>
    public static bool KeepsThree(string? workload) => workload is Recycling or Rot or Forgetting or Plays;

    /// <summary>Loads the dice of the cluster and its clients.</summary>
    public static ReplicationDraw Apply(string? workload, ReplicationDraw draw) => workload switch
    {
        AllReads => draw with { Readers = 6 },
        Crumbs => draw with { MemoryShare = 0.4 + (0.6 * draw.MemoryShare), AdminMeanMicros = 300_000 },
        UnknownOutcomes => draw with { AdminMeanMicros = 400_000 },
        Moves => draw with { AdminMeanMicros = 300_000, OnlyMoves = true },
        Forgetting => draw with
        {
            MemoryShare = 0.4 + (0.5 * draw.MemoryShare),
            RepeatShare = 0.5,
            RepeatPauseMicrosMax = 50_000,
        },
        Plays => draw with
        {
            Producers = 2 * draw.Producers,
            MemoryShare = 0.5,
            AdminMeanMicros = 10_000_000,
            KeepsMembers = true,
            Options = draw.Options with
            {
                PendingAppendsMax = Math.Max(draw.Options.PendingAppendsMax, 40),
                // Each entry goes alone: one may arrive and the next one not.
                AppendBytes = 1,
                WindowBytes = 20_000,
                // From disk they would come one at a time: a newcomer never caught up.
                CacheBytes = 1 << 24,
            },
        },
        Recycling => draw with { AdminMeanMicros = 400_000, SegmentBytes = 1 << 14 },
        Rot => draw with { AdminMeanMicros = 20_000_000 },
        _ => draw,
    };

    /// <summary>Loads the weather's dice.</summary>
    public static void Apply(string? workload, Swarm swarm)
    {
        switch (workload)
        {
            case AllReads:
                swarm.SetWeight(FaultClass.Partition, 8);
                swarm.SetWeight(FaultClass.Clog, 4);
                swarm.SetWeight(FaultClass.Pause, 3);
                swarm.SetWeight(FaultClass.Isolation, 8);
                break;
            case Crumbs:
                swarm.LossChance = Math.Max(swarm.LossChance, 0.2);
                swarm.ActingCrashChance = Math.Max(swarm.ActingCrashChance, 0.03);
                swarm.ActingCutChance = Math.Max(swarm.ActingCutChance, 0.15);
                swarm.SetWeight(FaultClass.Partition, 6);
                swarm.SetWeight(FaultClass.CleanRestart, 2);
                swarm.SetWeight(FaultClass.HeldLeader, 4);
                swarm.SetWeight(FaultClass.Succession, 2);
                swarm.PowerLossShare = Math.Max(swarm.PowerLossShare, 0.7);
                swarm.DownMax = Math.Max(swarm.DownMax, 2);
                break;
            case Recycling:
                swarm.SetWeight(FaultClass.Crash, 8);
                swarm.SetWeight(FaultClass.DiskError, 3);
                swarm.NameErrorShare = 0.5;
                swarm.PowerLossShare = Math.Max(swarm.PowerLossShare, 0.8);
                break;
            case Rot:
                swarm.SetWeight(FaultClass.Crash, 6);
                swarm.SetWeight(FaultClass.Rot, 6);
                swarm.SetWeight(FaultClass.Wipe, 0);
                break;
            case Forgetting:
                swarm.SetWeight(FaultClass.Forgetting, 8);
                swarm.SetWeight(FaultClass.Crash, 2);
                swarm.ActingCrashChance /= 10;
                break;
            case Plays:
                Calm(swarm);
                break;
            case Moves:
                swarm.SetWeight(FaultClass.Isolation, 2);
                swarm.SetWeight(FaultClass.Forgetting, 2);
                swarm.SetWeight(FaultClass.SlowDisk, 2);
                swarm.ControlUnknownChance = 0.1;
                (swarm.ActingCutChance, swarm.ActingIsolationShare) = (0.06, 0.8);
                break;
            case UnknownOutcomes:
                swarm.ControlUnknownChance = 0.5;
                swarm.SetWeight(FaultClass.ControlOutage, 3);
                swarm.SetWeight(FaultClass.Partition, 6);
                break;
        }
    }

    /// <summary>Nothing happens but plays.</summary>
    private static void Calm(Swarm swarm)
    {
        foreach (var kind in Enum.GetValues<FaultClass>()) swarm.SetWeight(kind, 0);
        swarm.SetWeight(FaultClass.Play, 1);
        swarm.LossChance = Math.Min(swarm.LossChance, 0.01);
        swarm.ControlUnknownChance = Math.Min(swarm.ControlUnknownChance, 0.02);
        swarm.UnsyncedCrashChance = swarm.ActingCrashChance = swarm.ActingCutChance = 0;
        swarm.ReplayChance = swarm.TailChance = 0;
        // Many small messages out of order are refused many times over.
        swarm.FirstInFirstOut = true;
        // A rest mends links, which would end a play in the middle.
        swarm.RestMicros = 0;
    }
}
