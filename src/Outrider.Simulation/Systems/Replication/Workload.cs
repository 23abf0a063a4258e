namespace Outrider.Simulation;

/// <summary>
/// Directed workloads: the same cluster, faults and checkers, with the dice loaded towards one kind of situation. The
/// generic workload has no name.
/// </summary>
internal static class Workload
{
    /// <summary>Policy all, many confirmed reads, links cut one way.</summary>
    public const string AllReads = "all-reads";

    /// <summary>Leaders die right after acting, again and again, and recover from each other's crumbs.</summary>
    public const string Elections = "elections";

    /// <summary>
    /// Every other call to the control plane ends without an answer, while members change all the time.
    /// </summary>
    public const string UnknownOutcomes = "unknown-outcomes";

    /// <summary>Windows of an entry or two: members hold different parts of everything, bases travel.</summary>
    public const string Crumbs = "crumbs";

    /// <summary>Tiny segments, entries of one size, trims all the time: every place is written over and over.</summary>
    public const string Recycling = "recycling";

    public static IReadOnlyList<string> All { get; } = [AllReads, Elections, UnknownOutcomes, Crumbs, Recycling];

    /// <summary>Loads the weather's dice.</summary>
    public static void Apply(string? workload, Swarm swarm)
    {
        switch (workload)
        {
            case AllReads:
                swarm.SetWeight(FaultClass.Partition, 8);
                swarm.SetWeight(FaultClass.Clog, 4);
                swarm.SetWeight(FaultClass.Pause, 3);
                break;
            case Elections:
            case Crumbs:
                swarm.ActingCrashChance = Math.Max(swarm.ActingCrashChance, 0.03);
                swarm.ActingCutChance = Math.Max(swarm.ActingCutChance, 0.15);
                swarm.SetWeight(FaultClass.Partition, 6);
                swarm.SetWeight(FaultClass.CleanRestart, 2);
                swarm.PowerLossShare = Math.Max(swarm.PowerLossShare, 0.7);
                swarm.DownMax = Math.Max(swarm.DownMax, 2);
                break;
            case Recycling:
                swarm.SetWeight(FaultClass.Crash, 8);
                swarm.SetWeight(FaultClass.Rot, 2);
                swarm.PowerLossShare = Math.Max(swarm.PowerLossShare, 0.8);
                break;
            case UnknownOutcomes:
                swarm.ControlUnknownChance = 0.5;
                swarm.SetWeight(FaultClass.ControlOutage, 3);
                swarm.SetWeight(FaultClass.Partition, 6);
                break;
        }
    }
}
