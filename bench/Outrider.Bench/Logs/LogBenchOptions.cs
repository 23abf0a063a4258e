using System.Globalization;

namespace Outrider.Bench.Logs;

/// <summary>What of the log to measure.</summary>
internal sealed record LogBenchOptions
{
    public static readonly string[] AllTables = ["a", "abs", "c", "d", "e", "f", "g", "h", "i", "j", "k"];

    public static readonly string[] AllPeers = ["nats", "redis", "etcd"];

    public bool Json { get; init; }
    public bool Targets { get; init; }

    /// <summary>Interleaved rounds of the comparison that a confidence interval is taken of.</summary>
    public int Rounds { get; init; } = 9;

    /// <summary>Measured time of one run.</summary>
    public double Seconds { get; init; } = 1;

    public IReadOnlyList<string> Tables { get; init; } = AllTables;

    /// <summary>The rates of the absolute figures; the first is the steady one.</summary>
    public IReadOnlyList<double> Rates { get; init; } =
        [2000, 5000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000];

    /// <summary>Other servers to compare with; none: the paper's tables.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>Where log.md, log.json and the plots go; null: nowhere. A whole suite goes to bench/results.</summary>
    public string? ResultsDirectory { get; init; }

    /// <summary>How long the paper's tables take on a quiet machine, starts of clusters included.</summary>
    public double EstimatedMinutes()
    {
        // A run of the comparison: its warm-up, its time, and what is still under way then.
        var run = Seconds + 0.7;
        var seconds = new Dictionary<string, double>
        {
            ["a"] = (((Rounds * 8) + (3 * 3 * 4)) * 3 * run) + 30,
            ["abs"] = 20 + (3.5 * Rates.Count),
            ["c"] = 20,
            ["d"] = 25,
            ["e"] = 30,
            ["f"] = 25,
            ["g"] = 30,
            ["h"] = 20,
            ["i"] = 25,
            ["j"] = 15,
            ["k"] = 45,
        };
        return Tables.Sum(table => seconds[table]) / 60;
    }

    /// <summary>Null after having said what is wrong.</summary>
    public static LogBenchOptions? Parse(string[] args, TextWriter stderr)
    {
        var options = new LogBenchOptions();
        var whole = false;
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--json": options = options with { Json = true }; continue;
                case "--targets": options = options with { Targets = true }; continue;
                case "--quick": options = options with { Rounds = 3, Seconds = 0.5 }; continue;
                case "--suite" when value == "paper": whole = true; break;
                case "--results": options = options with { ResultsDirectory = value }; break;
                case "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n is > 1 and < 100:
                    options = options with { Rounds = n };
                    break;
                case "--seconds"
                    when double.TryParse(value, CultureInfo.InvariantCulture, out var n) && n is >= 0.2 and < 600:
                    options = options with { Seconds = n };
                    break;
                case "--peers" when value.Split(',') is var peers && peers.All(AllPeers.Contains):
                    options = options with { Peers = peers };
                    break;
                case "--rates" when Numbers(value) is { Count: > 0 } rates:
                    options = options with { Rates = rates };
                    break;
                case "--only" when value.Split(',') is var chosen && chosen.All(AllTables.Contains):
                    options = options with { Tables = chosen };
                    break;
                default:
                    stderr.WriteLine($"bench log: {args[i]} {value} is not understood; see bench --help");
                    return null;
            }

            i++;
        }

        // Parts of a suite must not take the place of the whole one's results.
        whole = (whole || options.Peers.Count == AllPeers.Length) && options.Tables.Count == AllTables.Length
            && options.Rounds >= new LogBenchOptions().Rounds;
        return options.ResultsDirectory is null && whole && RepositoryFolder() is { } root
            ? options with { ResultsDirectory = Path.Combine(root, "bench", "results") } : options;
    }

    /// <summary>Of the sources that this program was built from; null: it has been taken elsewhere.</summary>
    private static string? RepositoryFolder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Outrider.slnx"))) return at.FullName;
        return null;
    }

    private static List<double>? Numbers(string list)
    {
        var numbers = new List<double>();
        foreach (var word in list.Split(','))
        {
            if (!double.TryParse(word, CultureInfo.InvariantCulture, out var number) || number <= 0) return null;
            numbers.Add(number);
        }

        return numbers;
    }
}
