using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Outrider.Simulation;

/// <summary>
/// The simulator's own promise: a seed is a run. Each seed is run twice here and once in a fresh process, where hash
/// seeds and memory layout differ; the trace hashes must be equal.
/// </summary>
internal static class Determinism
{
    public static int PrintHashes(SimSystem system, SimOptions options, TextWriter stdout)
    {
        for (var seed = options.FirstSeed; seed <= options.LastSeed; seed++)
            stdout.WriteLine($"{seed} {SeedRun.Run(system, seed, new RunPlan()).Hash:x16}");
        return 0;
    }

    public static int Check(SimSystem system, SimOptions options, TextWriter stdout, TextWriter stderr)
    {
        var problems = new List<string>();
        var hashes = new List<ulong>();
        for (var seed = options.FirstSeed; seed <= options.LastSeed; seed++)
        {
            var first = SeedRun.Run(system, seed, new RunPlan());
            var second = SeedRun.Run(system, seed, new RunPlan());
            hashes.Add(first.Hash);
            var difference = TraceHash.FirstDifference(first.Trace, second.Trace);
            if (difference >= 0) problems.Add($"seed {seed}: two runs differ within 1,000 steps of step {difference}");
        }

        var others = AnotherProcess(system, options, stderr);
        for (var i = 0; others is not null && i < hashes.Count; i++)
        {
            var seed = options.FirstSeed + (ulong)i;
            if (!others.TryGetValue(seed, out var hash)) problems.Add($"seed {seed}: the other process gave no hash");
            else if (hash != hashes[i])
                problems.Add($"seed {seed}: {hashes[i]:x16} here, {hash:x16} in another process");
        }

        foreach (var problem in problems) (options.Json ? stderr : stdout).WriteLine(problem);
        var across = others is null ? "" : " and across processes";
        (options.Json ? stderr : stdout).WriteLine(
            $"{hashes.Count} seeds run twice{across}: " +
            $"{(problems.Count == 0 ? "equal" : $"{problems.Count} differences")}");
        if (options.Json)
        {
            stdout.WriteLine(new JsonObject
            {
                ["system"] = system.Name,
                ["seeds"] = hashes.Count,
                ["violations"] = problems.Count,
                ["acrossProcesses"] = others is not null,
                ["problems"] = new JsonArray([.. problems.Select(p => (JsonNode)p)]),
            }.ToJsonString());
        }

        return problems.Count == 0 ? 0 : (int)ViolationKind.Nondeterminism;
    }

    /// <summary>
    /// Null when this code does not run inside the command-line program, which could be started again.
    /// </summary>
    private static Dictionary<ulong, ulong>? AnotherProcess(SimSystem system, SimOptions options, TextWriter stderr)
    {
        var entry = Assembly.GetEntryAssembly();
        if (entry?.GetName().Name != "outrider" || Environment.ProcessPath is not { } host)
        {
            stderr.WriteLine("not run as the outrider command: compared within this process only");
            return null;
        }

        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") start.ArgumentList.Add(entry.Location);
        foreach (var arg in (string[])["sim", "--system", system.Name, "--hashes-only", "--seeds",
            $"{options.FirstSeed}..{options.LastSeed}"]) start.ArgumentList.Add(arg);
        using var other = Process.Start(start)!;
        var hashes = new Dictionary<ulong, ulong>();
        while (other.StandardOutput.ReadLine() is { } line)
        {
            var parts = line.Split(' ');
            if (parts.Length == 2 && ulong.TryParse(parts[0], CultureInfo.InvariantCulture, out var seed) &&
                ulong.TryParse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hash))
                hashes[seed] = hash;
        }

        other.WaitForExit();
        return hashes;
    }
}
