using System.Globalization;
using System.Text.Json;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Mutate;

/// <summary>
/// <c>prove mutate DIR</c>: plants each one-token fault in turn. Exit code 0 when at most one in twenty stays
/// unresolved.
/// </summary>
public static class MutateCommand
{
    private const int QuickSeconds = 6;
    private const int LastingShare = 8;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };


    internal const string Usage =
        "prove mutate DIR [--class TEXT] [--at LINE[:COLUMN]] [--limit N] [--seconds N] [--states N] [--no-proof] "
        + "[--json] [--out FILE]";

    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        var line = new CommandLine(
            args, Usage,
            ["--class", "--at", "--limit", "--seconds", "--states", "--size", "--steps", "--random", "--out"],
            ["--no-proof", "--json"]);
        if (line.Positional.Count != 1)
        {
            throw new UsageException("usage: " + Usage);
        }

        var directory = line.Positional[0];
        var protocol = ProtocolLoader.Load(directory, new Limits(), false);
        var mutations = new Mutator(protocol).All()
            .Where(m => m.Class.Contains(line.Text("--class") ?? "", StringComparison.OrdinalIgnoreCase))
            .Where(m => line.Text("--at") is not { } at
                || $"{m.Line}:{m.Column}:".StartsWith(at + ":", StringComparison.Ordinal))
            .Take(line.Number("--limit", int.MaxValue, 1)).ToList();
        var options = new ExploreOptions
        {
            Sizes = line.Sizes("--size"),
            MaxSeconds = line.Number("--seconds", 20, 1),
            MaxStates = line.Number("--states", 100_000, 1),
        };
        var model = ModelReader.Read(protocol.Program);
        // Opened before an hour's work, not after it.
        using var kept = line.Text("--out") is { } file ? new StreamWriter(file) : null;
        using var copy = new MutantCopy(directory, protocol.Program);
        var fates = new List<(Mutation Mutation, Fate Fate, string Detail)>();
        foreach (var mutation in mutations)
        {
            copy.Write(mutation);
            var (fate, detail) = Judge(copy, model, mutation, options, !line.Has("--no-proof"));
            copy.Restore();
            fates.Add((mutation, fate, detail));
            if (!line.Has("--json"))
            {
                output.WriteLine($"{fate,-10} {mutation}{(detail.Length == 0 ? "" : "   " + detail)}");
            }
        }

        if (kept != null)
        {
            Report(true, fates, kept);
        }

        return Report(line.Has("--json"), fates, output);
    }

    /// <summary>
    /// A short search, then a proof, then long searches at more numbers and at more hosts: most faults break soon or
    /// are none.
    /// </summary>
    private static (Fate, string) Judge(
        MutantCopy copy, ProtocolModel model, Mutation mutation, ExploreOptions options, bool prove)
    {
        var directory = copy.Directory;
        try
        {
            var quick = options with
            {
                MaxSeconds = Math.Min(QuickSeconds, options.MaxSeconds),
                BreadthShare = 0.5,
            };
            if (Refutes(directory, new Limits(), quick) is { } soon)
            {
                return (Fate.Refuted, soon);
            }

            if (prove)
            {
                switch (StepInclusion.Ask(model, mutation, copy.FolderOf(mutation.File), MutantProof.Options))
                {
                    case Inclusion.Included:
                        return (Fate.Proved, "every step is one of the protocol's");
                    case Inclusion.Meaningless:
                        return (Fate.Illegal, "a function applied outside its domain");
                }
            }

            if (prove && MutantProof.Found(directory))
            {
                return (Fate.Proved, "");
            }

            if (prove && MutantProof.OtherFound(directory) is { } other)
            {
                return (Fate.Proved, other);
            }

            if (prove && copy.Restate(mutation) && MutantProof.Found(directory))
            {
                return (Fate.Proved, "with what carries a key restated");
            }

            copy.Restore();
            copy.Write(mutation);
            // Some faults need more numbers, some more hosts; both at once would be too many states to get anywhere.
            // What breadth has not found in its first seconds lies deep: most of the time goes to random runs.
            var deep = options with { BreadthShare = 0.2, RandomRuns = int.MaxValue };
            return Refutes(directory, new Limits(), deep) is { } late ? (Fate.Refuted, late)
                : Refutes(directory, new Limits { MaxChoice = 2 }, deep) is { } more ? (Fate.Refuted, more)
                : Refutes(directory, new Limits(), deep with { LeastLargest = 4, MaxSize = 5 }) is { } wide
                    ? (Fate.Refuted, wide)
                : Refutes(directory, new Limits(), Lasting(deep)) is { } last ? (Fate.Refuted, last)
                : (Fate.Unresolved, "");
        }
        catch (Exception e) when (e is ProtocolException or UnreadableException)
        {
            return (Fate.Illegal, e.Message.Split('\n')[0]);
        }
        catch (NotExecutable e)
        {
            return (Fate.Unresolved, e.Message);
        }
    }

    /// <summary>Three hosts of each kind and no others, and the time of several searches for random runs.</summary>
    private static ExploreOptions Lasting(ExploreOptions options) => options with
    {
        LeastLargest = 3,
        LeastOfAll = 3,
        MaxSeconds = LastingShare * options.MaxSeconds,
        BreadthShare = 0.05,
    };

    private static string? Refutes(string directory, Limits limits, ExploreOptions options) =>
        new Explorer(ProtocolLoader.Load(directory, limits, false), options).Run().Violation is { } v
            ? $"{v.Predicate} fails in {v.Run.Length} steps"
            : null;

    private static int Report(bool json, List<(Mutation Mutation, Fate Fate, string Detail)> fates, TextWriter output)
    {
        var counts = fates.Where(f => f.Fate != Fate.Illegal).GroupBy(f => f.Mutation.Class)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (Class: g.Key, Refuted: g.Count(f => f.Fate == Fate.Refuted),
                Proved: g.Count(f => f.Fate == Fate.Proved), Unresolved: g.Count(f => f.Fate == Fate.Unresolved)))
            .ToList();
        var open = counts.Sum(c => c.Unresolved);
        var all = counts.Sum(c => c.Refuted + c.Proved + c.Unresolved);
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                mutants = all,
                unresolved = open,
                classes = counts.Select(c => new
                {
                    name = c.Class,
                    refuted = c.Refuted,
                    proved = c.Proved,
                    unresolved = c.Unresolved,
                }),
                faults = fates.Select(f => new
                {
                    fault = f.Mutation.ToString(),
                    fate = f.Fate.ToString().ToLowerInvariant(),
                    detail = f.Detail,
                }),
            }, Indented));
        }
        else
        {
            output.WriteLine();
            foreach (var c in counts)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{c.Class,-28} refuted {c.Refuted,3}   proved safe {c.Proved,3}   unresolved {c.Unresolved,3}"));
            }

            output.WriteLine($"{all} mutants, {open} unresolved");
        }

        return open * 20 <= all ? 0 : 1;
    }
}
