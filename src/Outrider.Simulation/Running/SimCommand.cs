using System.Globalization;
using System.Text.Json.Nodes;

namespace Outrider.Simulation;

/// <summary>The <c>sim</c> command.</summary>
public static class SimCommand
{
    private const int ShrinkRunsMax = 600;

    /// <summary>All systems that can be simulated, by name.</summary>
    public static IReadOnlyList<SimSystem> Systems { get; } = [new ReplicationSystem(), new LogSystem()];

    /// <returns>The exit code; see <see cref="SimOptions.Usage"/>.</returns>
    public static int Run(string[] args, TextWriter stdout, TextWriter stderr)
    {
        if (args is ["--help"] or ["-h"])
        {
            stdout.WriteLine(SimOptions.Usage);
            return 0;
        }

        if (SimOptions.Parse(args, out var problem) is not { } options) return Misused(stderr, problem);
        if (options.Transcripts is { } folder) return TranscriptFolder.Run(folder, options.Rewrite, stdout, stderr);
        if (options.Replay is { } replay) return Again(replay, options, stdout, stderr);
        var systems = options.System is null
            ? Systems
            : [.. Systems.Where(s => s.Name == options.System)];
        if (systems.Count == 0)
            return Misused(stderr, $"there is no system '{options.System}': " +
                $"try {string.Join(" or ", Systems.Select(s => s.Name))}");
        if (options.ListBugs) return List(systems, options, stdout);
        if (options.Bug is not null && (!options.HasSeeds || options.Bug == "ALL"))
            return LookForBugs(systems, options, stdout, stderr);
        if (options.Bug is { } planted)
        {
            if (systems.FirstOrDefault(s => s.Bugs.Any(b => b.Name == planted)) is not { } its)
                return Misused(stderr, $"there is no planted bug '{planted}': see sim --list-bugs");
            systems = [its];
            options = options with { Workload = options.Workload ?? its.Bugs.First(b => b.Name == planted).Workload };
        }

        if (options.Workload is { } workload && !Workload.All.Contains(workload))
            return Misused(stderr, $"there is no workload '{workload}': try {string.Join(", ", Workload.All)}");
        var system = systems[0];
        if (options.HashesOnly) return Determinism.PrintHashes(system, options, stdout);
        if (options.CheckDeterminism) return Determinism.Check(system, options, stdout, stderr);
        return RunSeeds(system, options, stdout, stderr);
    }

    private static int RunSeeds(SimSystem system, SimOptions options, TextWriter stdout, TextWriter stderr)
    {
        using var trace = options.TraceFile is { } file ? new StreamWriter(file) { AutoFlush = true } : null;
        if (trace is not null && options.FirstSeed != options.LastSeed)
            return Misused(stderr, "--trace writes the story of one seed: add --seed N");
        var progress = Progress.For(stderr, options);
        var batch = SeedBatch.Run(
            system, options.FirstSeed, options.LastSeed, options.Jobs,
            options.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null, stopAtFirst: options.Shrink,
            _ => new RunPlan
            {
                Bug = options.Bug,
                Workload = options.Workload,
                Without = [.. options.Without],
                Tracer = trace is null ? null : trace.WriteLine,
                ModelTraces = options.ModelTraces,
                ModelTraceLines = options.ModelTraceLines,
                UntilMicros = options.ModelTraces is null ? null : SeedRun.SafetyMicros,
            },
            progress.Seed);
        progress.Done();
        var with = (options.Workload is { } directed ? $" --workload {directed}" : "")
            + (options.Bug is { } bug ? $" --bug {bug}" : "");
        SimReport.Print(system.Name, with, batch, options.Json ? stderr : stdout);
        var json = SimReport.ToJson(system.Name, batch);
        if (options.Shrink && batch.Failing.FirstOrDefault() is { } failing)
        {
            var plan = new RunPlan
            {
                Bug = options.Bug,
                Workload = options.Workload,
                Without = [.. options.Without],
            };
            json["shrunk"] = ShrinkOne(system, failing.Seed, plan, failing.Violation!, stdout, stderr, options.Json);
        }

        if (options.Json) stdout.WriteLine(json.ToJsonString());
        return batch.ExitCode;
    }

    private static int Again(string file, SimOptions options, TextWriter stdout, TextWriter stderr)
    {
        if (!File.Exists(file) || ReplayPlan.Find(File.ReadAllText(file)) is not { } command)
            return Misused(stderr, $"'{file}' holds no replay command, as sim --shrink prints it");
        using var trace = options.TraceFile is { } to ? new StreamWriter(to) : null;
        var (system, seed, plan) = ReplayPlan.Of(command, trace is null ? null : trace.WriteLine);
        var result = SeedRun.Run(system, seed, plan);
        foreach (var line in Transcript.Outcome(result)) stdout.WriteLine(line);
        return result.ExitCode;
    }

    private static JsonObject ShrinkOne(
        SimSystem system, ulong seed, RunPlan plan, Violation violation, TextWriter stdout, TextWriter stderr,
        bool json)
    {
        stderr.WriteLine($"shrinking seed {seed} …");
        var shrinker = new Shrinker(system, seed, plan, violation, ShrinkRunsMax);
        var (small, result) = shrinker.Shrink();
        var text = Transcript.Write(system, seed, small, result);
        (json ? stderr : stdout).WriteLine(text);
        return new JsonObject
        {
            ["seed"] = seed,
            ["runs"] = shrinker.Runs,
            ["faults"] = result.Faults.Count,
            ["operations"] = result.Operations.Count,
            ["transcript"] = text,
        };
    }

    private static int List(IReadOnlyList<SimSystem> systems, SimOptions options, TextWriter stdout)
    {
        var all = systems.SelectMany(s => s.Bugs.Select(b => (System: s, Bug: b))).ToList();
        if (options.Json)
        {
            stdout.WriteLine(new JsonObject
            {
                ["bugs"] = new JsonArray([.. all.Select(b => (JsonNode)new JsonObject
                {
                    ["system"] = b.System.Name,
                    ["bug"] = b.Bug.Name,
                    ["area"] = b.Bug.Area,
                    ["what"] = b.Bug.What,
                    ["workload"] = b.Bug.Workload ?? "generic",
                })]),
            }.ToJsonString());
            return 0;
        }

        foreach (var (system, bug) in all)
            stdout.WriteLine($"{system.Name,-12} {bug.Area,-12} {bug.Name,-36} {bug.What}" +
                (bug.Workload is { } directed ? $" [directed workload {directed}]" : ""));
        stdout.WriteLine($"{all.Count} planted bugs");
        return 0;
    }

    private static int LookForBugs(
        IReadOnlyList<SimSystem> systems, SimOptions options, TextWriter stdout, TextWriter stderr)
    {
        var isAll = string.Equals(options.Bug, "ALL", StringComparison.OrdinalIgnoreCase);
        var wanted = systems.SelectMany(s => s.Bugs.Select(b => (System: s, Bug: b)))
            .Where(b => isAll || b.Bug.Name == options.Bug).ToList();
        if (wanted.Count == 0)
            return Misused(stderr, $"there is no planted bug '{options.Bug}': see sim --list-bugs");
        var gate = new BugGate();
        var found = new List<BugGate.Found>();
        foreach (var (system, bug) in wanted)
        {
            var result = gate.Look(system, bug, options);
            found.Add(result);
            (options.Json ? stderr : stdout).WriteLine(BugGate.Line(result));
            if (!options.Shrink || result.Seed is not { } seed) continue;
            var plan = new RunPlan { Bug = bug.Name, Workload = bug.Workload };
            ShrinkOne(system, seed, plan, result.Violation!, stdout, stderr, options.Json);
        }

        var survived = found.Count(f => f.Seed is null);
        (options.Json ? stderr : stdout).WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{found.Count - survived} of {found.Count} planted bugs found"));
        if (options.Json) stdout.WriteLine(BugGate.ToJson(found).ToJsonString());
        return survived == 0 ? 0 : 1;
    }

    private static int Misused(TextWriter stderr, string problem)
    {
        stderr.WriteLine($"sim: {problem}");
        stderr.WriteLine(SimOptions.Usage);
        return 2;
    }
}
