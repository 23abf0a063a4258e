using System.Text.Json.Nodes;

namespace Outrider.Simulation;

/// <summary>Says what a batch came to, for people and for programs.</summary>
internal static class SimReport
{
    public static JsonObject ToJson(string system, SeedBatch batch)
    {
        var seeds = batch.Seeds;
        return new JsonObject
        {
            ["system"] = system,
            ["seeds"] = seeds.Count,
            ["violations"] = batch.Failing.Count(),
            ["simulatedSeconds"] = seeds.Sum(s => s.SimulatedMicros) / 1_000_000,
            ["simulatedSecondsMin"] = Least(seeds, s => s.SimulatedMicros / 1_000_000),
            ["structuralFaults"] = seeds.Sum(s => (long)s.Faults),
            ["structuralFaultsMin"] = Least(seeds, s => s.Faults),
            ["acknowledgedOperations"] = seeds.Sum(s => s.Acknowledged),
            ["acknowledgedOperationsMin"] = Least(seeds, s => s.Acknowledged),
            ["acknowledgedOperationsMinSeed"] = seeds.MinBy(s => s.Acknowledged)?.Seed,
            ["seedsWithFewOperations"] = new JsonArray([.. seeds.Where(s => s.Acknowledged < SeedRun.OperationsMin)
                .Take(50).Select(s => (JsonNode)s.Seed)]),
            ["termChangesMedian"] = batch.MedianTermChanges,
            ["seedsPerMinutePerCore"] = Math.Round(PerMinute(batch), 1),
            ["seedsPerMinute"] = Math.Round(60 * seeds.Count / Math.Max(1e-9, batch.WallSeconds), 1),
            ["eventsPerSecond"] = (long)EventsPerSecond(batch),
            ["jobs"] = batch.Jobs,
            ["wallSeconds"] = Math.Round(batch.WallSeconds, 2),
            ["checkers"] = Counts(batch.Facts),
            ["faults"] = Counts(batch.FaultsByClass),
            ["marks"] = Counts(batch.Marks),
            ["failing"] = new JsonArray([.. batch.Failing.Take(50).Select(s => (JsonNode)new JsonObject
            {
                ["seed"] = s.Seed,
                ["kind"] = s.Violation!.Kind.ToString().ToLowerInvariant(),
                ["checker"] = s.Violation.Checker,
                ["text"] = s.Violation.Text,
                ["atMs"] = s.Violation.AtMicros / 1000,
            })]),
        };
    }

    public static void Print(string system, string with, SeedBatch batch, TextWriter output)
    {
        var seeds = batch.Seeds;
        foreach (var seed in batch.Failing.Take(20)) output.WriteLine(Line(system, with, seed));
        var more = batch.Failing.Count() - 20;
        if (more > 0) output.WriteLine($"… and {more} more failing seeds");
        var text = new[]
        {
            $"{system}: {seeds.Count} seeds, {batch.Failing.Count()} violations",
            $"  {seeds.Sum(s => s.SimulatedMicros) / 1_000_000:N0} simulated seconds, " +
                $"{seeds.Sum(s => (long)s.Faults):N0} structural faults " +
                $"(least in a seed {Least(seeds, s => s.Faults)}), " +
                $"{seeds.Sum(s => s.Acknowledged):N0} acknowledged operations " +
                $"(least {Least(seeds, s => s.Acknowledged)}), term changes in the median {batch.MedianTermChanges}",
            $"  {PerMinute(batch):F0} seeds per minute and core, {EventsPerSecond(batch):N0} events per second, " +
                $"{batch.WallSeconds:F1} s with {batch.Jobs} job(s)",
        };
        foreach (var line in text) output.WriteLine(line);
        output.WriteLine("  facts judged: " + string.Join(", ", batch.Facts.Select(f => $"{f.Key} {f.Value}")));
    }

    public static string Line(string system, string with, SeedBatch.SeedSummary seed) =>
        $"seed {seed.Seed}: {seed.Violation!.Kind} [{seed.Violation.Checker}] " +
        $"at {seed.Violation.AtMicros / 1000} ms: " +
        $"{seed.Violation.Text}\n" +
        $"  again: outrider sim --system {system}{with} --seed {seed.Seed}   (add --shrink, --trace FILE)";

    private static double PerMinute(SeedBatch batch) => 60 * batch.Seeds.Count / Math.Max(1e-9, batch.CoreSeconds);

    private static double EventsPerSecond(SeedBatch batch) =>
        batch.Seeds.Sum(s => s.Events) / Math.Max(1e-9, batch.CoreSeconds);

    private static long Least(IReadOnlyList<SeedBatch.SeedSummary> seeds, Func<SeedBatch.SeedSummary, long> of) =>
        seeds.Count == 0 ? 0 : seeds.Min(of);

    private static JsonObject Counts(IReadOnlyDictionary<string, long> counts)
    {
        var json = new JsonObject();
        foreach (var (name, count) in counts) json[name] = count;
        return json;
    }
}
