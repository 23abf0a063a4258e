using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Outrider.Simulation;

/// <summary>
/// Whether the simulator finds what it should: each planted bug must be found within 2,000 seeds, in a run that
/// is green without it. A simulator that misses one is worth less than its green runs suggest.
/// </summary>
internal sealed class BugGate
{
    public const ulong SeedsMax = 2000;

    private readonly SortedDictionary<(string System, string Workload, ulong Seed), bool> _clean = [];

    /// <param name="Seed">The seed that found it; null if it survived.</param>
    /// <param name="Tried">How many seeds it took.</param>
    /// <param name="Dirty">Seeds that failed with the bug and also without it, and so prove nothing.</param>
    public sealed record Found(
        SimSystem System, PlantedBug Bug, ulong? Seed, ulong Tried, Violation? Violation, IReadOnlyList<ulong> Dirty,
        double WallSeconds);

    /// <summary>
    /// Looks from the first seed on. A failing seed counts only if the same seed, workload and faults are green
    /// without the bug.
    /// </summary>
    public Found Look(SimSystem system, PlantedBug bug, SimOptions options)
    {
        var watch = Stopwatch.StartNew();
        var jobs = options.HasJobs ? options.Jobs : Environment.ProcessorCount;
        var first = options.HasSeeds ? options.FirstSeed : 1;
        var last = options.HasSeeds ? options.LastSeed : SeedsMax;
        var dirty = new List<ulong>();
        for (var next = first; next <= last;)
        {
            var batch = SeedBatch.Run(
                system, next, last, jobs, limit: null, stopAtFirst: true, _ => PlanOf(bug, bug.Name, options));
            if (batch.Failing.FirstOrDefault() is not { } hit) break;
            if (IsClean(system, bug, hit.Seed, options))
                return new(
                    system, bug, hit.Seed, hit.Seed - first + 1, hit.Violation, dirty, watch.Elapsed.TotalSeconds);
            dirty.Add(hit.Seed);
            next = hit.Seed + 1;
        }

        return new(system, bug, null, last - first + 1, null, dirty, watch.Elapsed.TotalSeconds);
    }

    private static RunPlan PlanOf(PlantedBug bug, string? name, SimOptions options) =>
        new() { Bug = name, Workload = bug.Workload, Without = [.. options.Without] };

    private bool IsClean(SimSystem system, PlantedBug bug, ulong seed, SimOptions options)
    {
        var key = (system.Name, bug.Workload ?? "", seed);
        if (_clean.TryGetValue(key, out var known)) return known;
        return _clean[key] = SeedRun.Run(system, seed, PlanOf(bug, null, options)).Violation is null;
    }

    public static string Line(Found found)
    {
        var workload = found.Bug.Workload is { } directed ? $" (directed workload {directed})" : "";
        var dirty = found.Dirty.Count > 0
            ? $"; not counted, as they fail without it too: {string.Join(' ', found.Dirty)}"
            : "";
        return found.Seed is { } seed
            ? $"found     {found.Bug.Name,-36} in {found.Tried,4} seeds (seed {seed}), {found.WallSeconds,6:F1} s: " +
                $"{found.Violation!.Kind} [{found.Violation.Checker}]{workload}{dirty}"
            : $"SURVIVED  {found.Bug.Name,-36} {found.Tried} seeds tried, {found.WallSeconds:F1} s{workload}{dirty}";
    }

    public static JsonObject ToJson(IReadOnlyList<Found> all) => new()
    {
        ["bugs"] = all.Count,
        ["found"] = all.Count(f => f.Seed is not null),
        ["survived"] = new JsonArray([.. all.Where(f => f.Seed is null).Select(f => (JsonNode)f.Bug.Name)]),
        ["wallSeconds"] = Math.Round(all.Sum(f => f.WallSeconds), 1),
        ["results"] = new JsonArray([.. all.Select(f => (JsonNode)new JsonObject
        {
            ["system"] = f.System.Name,
            ["bug"] = f.Bug.Name,
            ["area"] = f.Bug.Area,
            ["workload"] = f.Bug.Workload ?? "generic",
            ["found"] = f.Seed is not null,
            ["seed"] = f.Seed,
            ["seeds"] = f.Tried,
            ["kind"] = f.Violation?.Kind.ToString().ToLowerInvariant(),
            ["checker"] = f.Violation?.Checker,
            ["text"] = f.Violation?.Text,
            ["seedsThatFailAnyway"] = new JsonArray([.. f.Dirty.Select(s => (JsonNode)s)]),
            ["wallSeconds"] = Math.Round(f.WallSeconds, 2),
        })]),
    };
}
