using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>Replication groups over the journal: the system that everything else stands on.</summary>
public sealed class ReplicationSystem : SimSystem
{
    public override string Name => "replication";

    public override IReadOnlyList<PlantedBug> Bugs => ReplicationBugList.All;

    public override SimScenario Create(ulong seed, Swarm swarm, RunPlan plan)
    {
        (swarm.CompanionShare, swarm.LeaderClogShare, swarm.FarControlShare) = (0.25, 0.4, 0.5);
        swarm.RestMicros = 2_500_000;
        swarm.NameErrorShare = 0.25;
        swarm.DrawEpisodes(Rng.Fork(seed, "episodes"));
        Workload.Apply(plan.Workload, swarm);
        return Staged(seed, swarm, plan, ReplicationDraw.Draw(seed, swarm, plan));
    }

    /// <summary>A scenario of a given make, as transcripts stage it.</summary>
    internal static ReplicationScenario Staged(ulong seed, Swarm swarm, RunPlan plan, ReplicationDraw draw)
    {
        var replication = plan.Bug is { } name && ReplicationBug.Find(name) is { } bug ? bug.Flag : default;
        return new ReplicationScenario(seed, swarm, draw, replication, BugNames.Storage(plan.Bug));
    }
}
