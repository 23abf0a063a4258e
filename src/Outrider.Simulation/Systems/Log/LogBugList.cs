using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>The planted bugs of the log.</summary>
internal static class LogBugList
{
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. Enum.GetValues<LogBugs>().Where(bug => bug != LogBugs.None).Select(bug =>
            new PlantedBug(
                BugNames.ToKebab(bug.ToString()), "log", BugNames.ToKebab(bug.ToString()).Replace('-', ' '))),
    ];
}
