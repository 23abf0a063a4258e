using System.Text.Json.Nodes;

namespace Outrider.Simulation;

/// <summary>
/// Whether the simulator finds what it should: each planted bug must be found within 2,000 seeds. A simulator that
/// misses one is worth less than its green runs suggest.
/// </summary>
internal static class BugGate
{
    public const ulong SeedsMax = 2000;

    public sealed record Found(
        SimSystem System, PlantedBug Bug, ulong? Seeds, Violation? Violation, double WallSeconds);

    public static Found Look(SimSystem system, PlantedBug bug, SimOptions options)
    {
        var batch = SeedBatch.Run(
            system, 1, options.HasSeeds ? options.LastSeed : SeedsMax, options.Jobs, limit: null, stopAtFirst: true,
            _ => new RunPlan { Bug = bug.Name, Workload = bug.Workload, Without = [.. options.Without] });
        var first = batch.Failing.FirstOrDefault();
        return new Found(system, bug, first?.Seed, first?.Violation, batch.WallSeconds);
    }

    public static string Line(Found found)
    {
        var workload = found.Bug.Workload is { } directed ? $" (directed workload {directed})" : "";
        return found.Seeds is { } seeds
            ? $"found     {found.Bug.Name,-36} in {seeds,4} seeds, {found.WallSeconds,6:F1} s: " +
                $"{found.Violation!.Kind} [{found.Violation.Checker}]{workload}"
            : $"SURVIVED  {found.Bug.Name,-36} every seed tried, {found.WallSeconds:F1} s{workload}";
    }

    public static JsonObject ToJson(IReadOnlyList<Found> all) => new()
    {
        ["bugs"] = all.Count,
        ["found"] = all.Count(f => f.Seeds is not null),
        ["survived"] = new JsonArray([.. all.Where(f => f.Seeds is null).Select(f => (JsonNode)f.Bug.Name)]),
        ["results"] = new JsonArray([.. all.Select(f => (JsonNode)new JsonObject
        {
            ["system"] = f.System.Name,
            ["bug"] = f.Bug.Name,
            ["area"] = f.Bug.Area,
            ["workload"] = f.Bug.Workload ?? "generic",
            ["found"] = f.Seeds is not null,
            ["seeds"] = f.Seeds ?? SeedsMax,
            ["kind"] = f.Violation?.Kind.ToString().ToLowerInvariant(),
            ["checker"] = f.Violation?.Checker,
            ["wallSeconds"] = Math.Round(f.WallSeconds, 2),
        })]),
    };
}
