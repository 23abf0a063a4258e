using Outrider.Replication;
using Outrider.Storage;

namespace Outrider.Simulation;

/// <summary>The planted bugs of replication and storage, with what each one breaks.</summary>
internal static class ReplicationBugList
{
    private static readonly Dictionary<string, (string What, string? Workload)> Texts = new(StringComparer.Ordinal)
    {
    };

    public static IReadOnlyList<PlantedBug> All { get; } = Collect();

    private static List<PlantedBug> Collect()
    {
        var bugs = new List<PlantedBug>();
        foreach (var name in Enum.GetNames<ReplicationBugs>().Where(n => n != nameof(ReplicationBugs.None)))
            bugs.Add(Make(BugNames.ToKebab(name), "replication"));
        foreach (var property in typeof(StorageBugs).GetProperties().Where(p => p.PropertyType == typeof(bool)))
            bugs.Add(Make(BugNames.ToKebab(property.Name), "storage"));
        return bugs;
    }

    private static PlantedBug Make(string name, string area)
    {
        var (what, workload) = Texts.GetValueOrDefault(name, (name.Replace('-', ' '), null));
        return new PlantedBug(name, area, what, workload);
    }
}
