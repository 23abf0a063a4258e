using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>The planted bugs of the log.</summary>
internal static class LogBugList
{
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. LogBug.All.Select(bug => new PlantedBug(BugNames.ToKebab(bug.Flag.ToString()), "log", bug.What)),
    ];
}
