using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Outrider.Proofs.Tools;

namespace Outrider.Proofs.Verify;

/// <summary>What one Dafny process found: results by symbol, errors, a failure that is not about the proof.</summary>
internal sealed record DafnyResult(
    IReadOnlyList<(string Symbol, ObligationOutcome Outcome, long ResourceCount)> Tasks,
    IReadOnlyList<ProofError> Errors, string? Failure);

/// <summary>Runs stock Dafny on some files and reads its log.</summary>
internal sealed partial class DafnyProcess(string directory, VerifyOptions options)
{
    private readonly (FoundTool Dafny, FoundTool Z3) tools = ProofTools.Require();

    /// <summary>The options that can change a result: part of every cache key.</summary>
    public string Fingerprint =>
        $"dafny {tools.Dafny.Version}; z3 {tools.Z3.Version}; limit {options.ResourceLimit}";

    /// <param name="files">Paths relative to the directory.</param>
    /// <param name="symbol">Only symbols that contain this (or end with it, given a last dot); null for all.</param>
    /// <param name="seed">Shuffles the solver's input; 0 leaves it as it is.</param>
    /// <param name="progress">Called for every symbol done.</param>
    /// <param name="solvers">How many obligations are put to solvers at a time.</param>
    public DafnyResult Run(
        IReadOnlyList<string> files, string? symbol, int seed, Action<string> progress, int solvers = 1)
    {
        var log = Path.Combine(Path.GetTempPath(), $"outrider-prove-{Guid.NewGuid():N}.json");
        try
        {
            using var process = Start(files, symbol, seed, log, solvers);
            using var watch = new StallWatch(process);
            var errors = process.StandardError.ReadToEndAsync();
            var lines = new List<string>();
            while (process.StandardOutput.ReadLine() is { } line)
            {
                lines.Add(line);
                if (line.StartsWith("Verified ", StringComparison.Ordinal))
                {
                    progress(line);
                }
            }

            process.WaitForExit();
            var result = Read(process.ExitCode, lines, errors.GetAwaiter().GetResult(), log);
            return watch.HasEnded
                ? result with { Failure = "the solver has ended while Dafny waited for its answer; was it killed?" }
                : result;
        }
        finally
        {
            File.Delete(log);
        }
    }

    private Process Start(IReadOnlyList<string> files, string? symbol, int seed, string log, int solvers)
    {
        var start = new ProcessStartInfo(DotnetHost.Path)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Short runs: what the second compilation would gain is not earned back.
        start.Environment["DOTNET_TieredPGO"] = "0";
        List<string> args =
        [
            tools.Dafny.Path, seed == 0 ? "verify" : "measure-complexity",
            "--solver-path", tools.Z3.Path,
            "--cores", solvers.ToString(CultureInfo.InvariantCulture),
            "--resource-limit", options.ResourceLimit.ToString(CultureInfo.InvariantCulture),
            "--verification-time-limit", "0",
            "--disable-nonlinear-arithmetic",
            "--allow-warnings",
            "--error-limit", "0",
            "--log-format", $"json;LogFileName={log}",
        ];
        args.AddRange(seed == 0
            ? ["--progress", "Symbol"]
            : ["--random-seed", seed.ToString(CultureInfo.InvariantCulture), "--mutations", "1"]);
        if (symbol != null)
        {
            args.AddRange(["--filter-symbol", symbol]);
        }

        foreach (var a in args.Concat(files))
        {
            start.ArgumentList.Add(a);
        }

        return Process.Start(start) ?? throw new ToolMissingException("Dafny does not start; run 'prove doctor'");
    }

    private static DafnyResult Read(int exitCode, List<string> lines, string errorText, string log)
    {
        var errors = new List<ProofError>();
        foreach (var line in lines)
        {
            if (ErrorLine().Match(line) is { Success: true } m)
            {
                errors.Add(new ProofError(
                    m.Groups[1].Value, Number(m.Groups[2]), Number(m.Groups[3]), m.Groups[4].Value, []));
            }
            else if (RelatedLine().Match(line) is { Success: true } r && errors.Count > 0)
            {
                var place = $"{r.Groups[1].Value}:{r.Groups[2].Value}:{r.Groups[3].Value}: {r.Groups[4].Value}";
                errors[^1] = errors[^1] with { Related = [.. errors[^1].Related, place] };
            }
        }

        var tasks = File.Exists(log) ? ReadLog(log) : [];
        // 0 is success and 4 a proof that failed; anything else with no error of its own is about the machine.
        var fault = lines.Concat(errorText.Split('\n')).FirstOrDefault(
            l => l.Contains("Prover error", StringComparison.OrdinalIgnoreCase)
                || l.Contains("prover died", StringComparison.OrdinalIgnoreCase)
                || l.Contains("Unhandled exception", StringComparison.OrdinalIgnoreCase)
                || l.Contains("Cannot find specified prover", StringComparison.OrdinalIgnoreCase));
        if (fault == null && exitCode is not (0 or 4) && errors.Count == 0)
        {
            fault = lines.Concat(errorText.Split('\n')).FirstOrDefault(l => l.Trim().Length > 0)
                ?? $"Dafny ended with code {exitCode} and said nothing (was it or the solver killed?)";
        }

        if (fault != null && fault.Contains("Unhandled exception", StringComparison.OrdinalIgnoreCase))
        {
            // Dafny's own stack helps nobody: mostly it lost the solver.
            fault = "Dafny ended before it had answered; was it or the solver killed?";
        }

        return new DafnyResult(tasks, errors, fault?.Trim());
    }

    private static List<(string Symbol, ObligationOutcome Outcome, long ResourceCount)> ReadLog(string log)
    {
        var tasks = new List<(string, ObligationOutcome, long)>();
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(log));
            foreach (var task in document.RootElement.GetProperty("verificationResults").EnumerateArray())
            {
                var name = task.GetProperty("name").GetString() ?? "";
                var bracket = name.LastIndexOf(" (", StringComparison.Ordinal);
                var outcome = task.GetProperty("outcome").GetString() switch
                {
                    "Correct" or "Valid" => ObligationOutcome.Correct,
                    "OutOfResource" or "TimedOut" or "OutOfMemory" => ObligationOutcome.OutOfResource,
                    "SolverException" => ObligationOutcome.Crashed,
                    _ => ObligationOutcome.Failed,
                };
                var count = task.TryGetProperty("resourceCount", out var r) ? r.GetInt64() : 0;
                tasks.Add((bracket < 0 ? name : name[..bracket], outcome, count));
            }
        }
        catch (JsonException)
        {
            // A killed process leaves half a log: what is missing from it counts as not proved.
            return tasks;
        }

        return tasks;
    }

    private static int Number(Group g) => int.Parse(g.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(.+?)\((\d+),(\d+)\): Error: (.*)$")]
    private static partial Regex ErrorLine();

    [GeneratedRegex(@"^\s*(.+?)\((\d+),(\d+)\): Related location: (.*)$")]
    private static partial Regex RelatedLine();
}
