using System.Globalization;
using System.Text.Json;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explain;

namespace Outrider.Proofs.Explore;

/// <summary><c>prove explore DIR</c>: exit code 0 when nothing was refuted, 1 when something was.</summary>
public static class ExploreCommand
{
    internal const string Usage = "prove explore DIR [--size group=n,...] [--steps N] [--states N] [--seconds N] "
        + "[--random N] [--seed S] [--atoms N] [--numbers N] [--run FILE] [--svg FILE] [--html FILE] [--json]";

    private static readonly string[] Valued =
    [
        "--size", "--steps", "--states", "--seconds", "--random", "--seed", "--atoms", "--numbers", "--run", "--svg",
        "--html",
    ];

    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        var line = new CommandLine(args, Usage, Valued, ["--json", "--no-symmetry", "--no-invariants"]);
        if (line.Positional.Count != 1)
        {
            throw new UsageException("usage: " + Usage);
        }

        var directory = line.Positional[0];
        var protocol = ProtocolLoader.Load(directory, LimitsOf(line), !line.Has("--no-invariants"));
        var findings = new Explorer(protocol, OptionsOf(line)).Run();
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        WriteFiles(line, name, protocol, findings);
        if (line.Has("--json"))
        {
            output.WriteLine(Json(name, findings));
        }
        else
        {
            WriteText(output, findings);
        }

        return findings.Violation == null ? 0 : 1;
    }

    internal static Limits LimitsOf(CommandLine line) => new()
    {
        Atoms = line.Number("--atoms", 2, 1),
        MaxChoice = line.Number("--numbers", 1),
    };

    internal static ExploreOptions OptionsOf(CommandLine line)
    {
        var plain = new ExploreOptions();
        return plain with
        {
            Sizes = line.Sizes("--size"),
            MaxSteps = line.Number("--steps", plain.MaxSteps, 1),
            MaxStates = line.Number("--states", plain.MaxStates, 1),
            MaxSeconds = line.Number("--seconds", plain.MaxSeconds, 1),
            RandomRuns = line.Number("--random", plain.RandomRuns),
            Seed = (ulong)line.Number("--seed", 1),
            UseSymmetry = !line.Has("--no-symmetry"),
        };
    }

    private static void WriteFiles(CommandLine line, string name, Protocol protocol, Findings findings)
    {
        // Without a counterexample the run to the hardest goal is the one worth a look.
        var run = findings.Violation?.Run ?? findings.Goals.Values.OfType<Run>().MaxBy(r => r.Length);
        if (run != null && line.Text("--run") is { } runFile)
        {
            File.WriteAllText(runFile, RunFile.Write(protocol, run));
        }

        if (run != null && line.Text("--svg") is { } svgFile)
        {
            var chain = findings.Violation is { } v ? new Why(protocol, run).ExplainViolation(v.Predicate) : null;
            File.WriteAllText(svgFile, RunDiagram.Draw(
                protocol, run, chain?.Steps ?? new SortedSet<int>(),
                findings.Violation == null ? null : findings.Violation.Predicate + " fails"));
        }

        if (line.Text("--html") is { } htmlFile)
        {
            File.WriteAllText(htmlFile, HtmlReport.Write(name, protocol, findings, []));
        }
    }

    private static void WriteText(TextWriter output, Findings f)
    {
        foreach (var s in f.Searches)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{s.Sizes}: {s.States} states, {s.Transitions} steps, to depth {s.Depth}"
                + $"{(s.Exhausted ? ", complete" : "")}"));
        }

        foreach (var (goal, run) in f.Goals)
        {
            output.WriteLine(run == null ? $"{goal}: not reached" : $"{goal}: reached in {run.Length} steps");
        }

        if (f.Violation is not { } v)
        {
            output.WriteLine($"no counterexample in {f.States} states and {f.RandomSteps} random steps;"
                + $" {f.Checked.Count} predicates held");
            return;
        }

        output.WriteLine();
        output.WriteLine($"{v.Predicate} fails after {v.Run.Length} steps with {v.Sizes}"
            + (v.Detail == null ? "" : $" ({v.Detail})"));
        output.Write(RunText.Of(v.Run));
    }

    private static string Json(string name, Findings f) => JsonSerializer.Serialize(new
    {
        model = name,
        refuted = f.Violation != null,
        states = f.States,
        randomSteps = f.RandomSteps,
        searches = f.Searches.Select(s => new
        {
            sizes = s.Sizes,
            states = s.States,
            transitions = s.Transitions,
            depth = s.Depth,
            complete = s.Exhausted,
            interchangeable = s.Symmetries,
        }),
        goals = f.Goals.ToDictionary(g => g.Key, g => g.Value?.Length),
        checkedPredicates = f.Checked,
        violation = f.Violation == null ? null : new
        {
            predicate = f.Violation.Predicate,
            detail = f.Violation.Detail,
            sizes = f.Violation.Sizes,
            steps = f.Violation.Run.Steps.Select(s => s.ToString()),
        },
    });
}
