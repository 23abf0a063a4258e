using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>Directed workloads of the log: the same cluster, clients and checkers, with the dice loaded.</summary>
internal static class LogWorkload
{
    /// <summary>
    /// Only one node ever fails, by crashes, and every sub-log has two copies at home: then nothing may be revoked.
    /// </summary>
    public const string OneVictim = "one-victim";

    public static IReadOnlyList<string> All { get; } = [OneVictim];

    /// <summary>Loads the weather's dice.</summary>
    public static void Apply(string? workload, ulong seed, Swarm swarm)
    {
        if (workload != OneVictim) return;
        foreach (var kind in Enum.GetValues<FaultClass>()) swarm.SetWeight(kind, 0);
        swarm.SetWeight(FaultClass.Crash, 6);
        swarm.SetWeight(FaultClass.CleanRestart, 1);
        swarm.LoneVictim = new NodeId(1 + (int)(seed % 2));
        // What is sent to a reader and to a copy at once must be able to reach one of them alone.
        swarm.LossChance = 0.05;
        swarm.ReplayChance = swarm.TailChance = swarm.CompanionShare = 0;
        swarm.ActingCutChance = swarm.LeaderClogShare = swarm.ControlUnknownChance = 0;
        swarm.SkewMicrosMax = swarm.DriftPpmMax = 0;
    }
}
