using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>The shared log over replication and the journal.</summary>
public sealed class LogSystem : SimSystem
{
    public override string Name => "log";

    public override IReadOnlyList<PlantedBug> Bugs => LogBugList.All;

    public override SimScenario Create(ulong seed, Swarm swarm, RunPlan plan)
    {
        var bug = plan.Bug is { } name && BugNames.TryFlag<LogBugs>(name, out var flag) ? flag : LogBugs.None;
        return new LogScenario(seed, LogDraw.Draw(seed, swarm, plan), bug);
    }
}
