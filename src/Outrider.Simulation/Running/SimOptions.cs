using System.Globalization;

namespace Outrider.Simulation;

/// <summary>What the command line of <c>sim</c> says.</summary>
public sealed record SimOptions
{
    public string? System { get; init; }
    /// <summary>Seeds were named: with --bug they are run with it planted, rather than searched.</summary>
    public bool HasSeeds { get; init; }
    public ulong FirstSeed { get; init; } = 1;
    public ulong LastSeed { get; init; } = 20;
    public int Jobs { get; init; } = 1;
    public bool HasJobs { get; init; }
    public double? Minutes { get; init; }
    public string? Bug { get; init; }
    public string? Workload { get; init; }
    public IReadOnlyList<string> Without { get; init; } = [];
    public bool ListBugs { get; init; }
    public bool CheckDeterminism { get; init; }
    public bool Shrink { get; init; }
    public string? TraceFile { get; init; }
    public string? ModelTraces { get; init; }
    public int ModelTraceLines { get; init; } = 600;
    public bool Json { get; init; }
    public string? Transcripts { get; init; }
    public bool Rewrite { get; init; }
    public string? Replay { get; init; }

    /// <summary>Prints one line "seed hash" each and nothing else: what the other process of a determinism check does.
    /// </summary>
    public bool HashesOnly { get; init; }

    public const string Usage = """
        usage: sim [--system replication|log] [--seed N | --seeds A..B] [--jobs N] [--minutes M]
                   [--bug NAME|ALL] [--list-bugs] [--workload NAME] [--without LIST] [--check-determinism]
                   [--shrink] [--trace FILE] [--replay FILE] [--transcripts DIR [--rewrite]] [--json]

          --system NAME        what to simulate; default replication (with --bug ALL or --list-bugs: all)
          --seed N             one seed, with its story when it fails
          --seeds A..B         a range, or one; default 1..20
          --jobs N             worlds side by side, one a thread; default 1, or all processors with --bug
          --minutes M          goes on from the first seed until the time is up
          --bug NAME           plants a bug and looks for it, up to 2,000 seeds, until one fails that is green
                               without it; ALL: each one in turn (NAME with --seed or --seeds: runs those with it)
          --list-bugs          names the bugs that can be planted
          --workload NAME      a directed workload instead of the generic one
          --without LIST       leaves kinds of trouble out: loss,duplicate,replay,unknown,tail,skew,buggify,rot,wipe
          --check-determinism  runs each seed twice, and once more in another process, and compares the traces
          --shrink             makes the first failing seed small and prints what is left as a transcript
          --trace FILE         writes the story of the run (with --seed)
          --trace-models DIR   writes the steps of the machines as traces for `prove trace`, of the first minute of
                               each seed
          --trace-lines N      where each of these ends; default 600
          --replay FILE        runs what --shrink printed again (with --trace: with its story)
          --transcripts DIR    replays the golden transcripts in a directory; --rewrite regenerates them
          --json               ends with one JSON object on standard output

        exit code: 0 all promises held, 1 a planted bug survived or a transcript differs, 2 usage,
                   80 assertion, 81 liveness, 82 safety, 83 nondeterminism
        """;

    /// <summary>Null with a message when the arguments make no sense.</summary>
    public static SimOptions? Parse(IReadOnlyList<string> args, out string problem)
    {
        var options = new SimOptions();
        problem = "";
        for (var i = 0; i < args.Count; i++)
        {
            var name = args[i];
            if (Flag(options, name) is { } flagged)
            {
                options = flagged;
                continue;
            }

            if (i + 1 >= args.Count)
            {
                problem = Knows(name) ? $"{name} needs a value" : $"'{name}' is not an option of sim";
                return null;
            }

            if (Valued(options, name, args[++i], out problem) is not { } valued) return null;
            options = valued;
        }

        return options;
    }

    private static SimOptions? Flag(SimOptions options, string name) => name switch
    {
        "--list-bugs" => options with { ListBugs = true },
        "--check-determinism" => options with { CheckDeterminism = true },
        "--shrink" => options with { Shrink = true },
        "--json" => options with { Json = true },
        "--rewrite" => options with { Rewrite = true },
        "--hashes-only" => options with { HashesOnly = true },
        _ => null,
    };

    private static bool Knows(string name) => name is
        "--system" or "--seed" or "--seeds" or "--jobs" or "--minutes" or "--bug" or "--workload" or "--trace" or
        "--transcripts" or "--without" or "--replay" or "--trace-models" or "--trace-lines";

    private static SimOptions? Valued(SimOptions options, string name, string value, out string problem)
    {
        problem = "";
        switch (name)
        {
            case "--system": return options with { System = value };
            case "--bug": return options with { Bug = value };
            case "--workload": return options with { Workload = value };
            case "--without" when value.Split(',').All(Swarm.Troubles.Contains):
                return options with { Without = value.Split(',') };
            case "--replay": return options with { Replay = value };
            case "--trace": return options with { TraceFile = value };
            case "--trace-models": return options with { ModelTraces = value };
            case "--trace-lines" when TryNumber(value, out var lines) && lines is > 0 and <= 1_000_000:
                return options with { ModelTraceLines = (int)lines };
            case "--transcripts": return options with { Transcripts = value };
            case "--seed" when TryNumber(value, out var seed):
                return options with { FirstSeed = seed, LastSeed = seed, HasSeeds = true };
            case "--seeds" when TryRange(value, out var first, out var last):
                return options with { FirstSeed = first, LastSeed = last, HasSeeds = true };
            case "--jobs" when TryNumber(value, out var jobs) && jobs is > 0 and <= 256:
                return options with { Jobs = (int)jobs, HasJobs = true };
            case "--minutes" when double.TryParse(value, CultureInfo.InvariantCulture, out var minutes) && minutes > 0:
                return options with { Minutes = minutes, LastSeed = ulong.MaxValue };
            default:
                problem = Knows(name) ? $"'{value}' makes no sense after {name}" : $"'{name}' is not an option of sim";
                return null;
        }
    }

    private static bool TryRange(string value, out ulong first, out ulong last)
    {
        if (TryNumber(value, out first))
        {
            last = first;
            return true;
        }

        last = 0;
        var dots = value.IndexOf("..", StringComparison.Ordinal);
        return dots > 0 && TryNumber(value[..dots], out first) && TryNumber(value[(dots + 2)..], out last) &&
            first <= last;
    }

    private static bool TryNumber(string value, out ulong number) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
