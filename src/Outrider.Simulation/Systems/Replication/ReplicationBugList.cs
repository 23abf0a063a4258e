using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>The planted bugs of replication and storage, with what each one breaks.</summary>
internal static class ReplicationBugList
{
    /// <summary>
    /// Those that random exploration of the model hardly met either (less than one run in ten thousand), or that need
    /// one policy and one kind of client: they have a directed workload.
    /// </summary>
    private static readonly Dictionary<string, string> Directed = new(StringComparer.Ordinal)
    {
        ["promise-volatile"] = Workload.Plays,
        ["tail-by-length"] = Workload.Plays,
        ["read-majority-under-all"] = Workload.AllReads,
        ["read-old-probe"] = Workload.AllReads,
        ["act-on-own-proposal"] = Workload.UnknownOutcomes,
        ["opened-unconditional"] = Workload.UnknownOutcomes,
        ["append-before-activate"] = Workload.Moves,
        ["activate-unconditional"] = Workload.Moves,
        ["seal-by-memory"] = Workload.Plays,
        ["commit-old-term-by-count"] = Workload.Plays,
        ["fetch-ignores-life"] = Workload.Forgetting,
        ["truncate-guard-memory-committed"] = Workload.Forgetting,
        ["install-drops-suffix"] = Workload.Crumbs,
        ["raise-volatile"] = Workload.Plays,
        ["stale-term-answers-counted"] = Workload.Plays,
        ["match-survives-restart"] = Workload.Crumbs,
    };

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. ReplicationBug.All.Select(b => new PlantedBug(
            b.Name, "replication", b.Breaks, Directed.GetValueOrDefault(b.Name))),
        .. StorageBugList.All,
    ];
}
