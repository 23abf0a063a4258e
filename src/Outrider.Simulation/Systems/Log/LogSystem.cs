using Outrider.Client.Processing;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>The speculative shared log, over replication and the journal.</summary>
public sealed class LogSystem : SimSystem
{
    public override string Name => "log";

    public override IReadOnlyList<PlantedBug> Bugs => LogBugList.All;

    public override SimScenario Create(ulong seed, Swarm swarm, RunPlan plan)
    {
        var bugs = plan.Bug is { } name && BugNames.TryFlag<LogBugs>(name, out var flag) ? flag : LogBugs.None;
        var below = plan.Bug is { } lower && BugNames.TryFlag<ReplicationBugs>(lower, out var other)
            ? other : ReplicationBugs.None;
        var groups = plan.Bug is { } group && BugNames.TryFlag<GroupBugs>(group, out var grouped)
            ? grouped : GroupBugs.None;
        var processor = plan.Bug is { } gate && BugNames.TryFlag<ProcessorBugs>(gate, out var gated)
            ? gated : ProcessorBugs.None;
        LogWorkload.Apply(plan.Workload, seed, swarm);
        return new LogScenario(
            seed, LogDraw.Draw(seed, swarm, plan), new(bugs, groups, processor, below, BugNames.Storage(plan.Bug)));
    }
}
