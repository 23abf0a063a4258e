using System.Globalization;

namespace Outrider.Bench;

/// <summary>What to measure and for how long.</summary>
internal sealed record ReplicationOptions
{
    public static readonly string[] AllSystems = ["outrider", "dotnext", "etcd"];
    public static readonly string[] AllNets = ["loopback", "wan"];
    public static readonly string[] AllDurabilities = ["fsync", "memory"];
    public static readonly int[] AllSizes = [100, 4096];

    public bool Json { get; init; }
    public bool Targets { get; init; }
    public double Seconds { get; init; } = 2;
    public double WarmupSeconds { get; init; } = 6;
    public int Runs { get; init; } = 3;
    public int Callers { get; init; } = 64;
    public double WanRttMs { get; init; } = 50;
    public IReadOnlyList<string> Systems { get; init; } = AllSystems;
    public IReadOnlyList<string> Nets { get; init; } = AllNets;
    public IReadOnlyList<string> Durabilities { get; init; } = AllDurabilities;
    public IReadOnlyList<int> Sizes { get; init; } = AllSizes;

    /// <summary>Measure one stream with batches too.</summary>
    public bool Batches { get; init; } = true;

    /// <summary>Where replication.md and replication.json go; null: nowhere.</summary>
    public string? ResultsDirectory { get; init; }

    /// <summary>Null after having said what is wrong.</summary>
    public static ReplicationOptions? Parse(string[] args, TextWriter stderr)
    {
        var options = new ReplicationOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--json": options = options with { Json = true }; continue;
                case "--no-batches": options = options with { Batches = false }; continue;
                case "--targets": options = options with { Targets = true }; continue;
                case "--results": options = options with { ResultsDirectory = value }; break;
                case "--seconds"
                    when double.TryParse(value, CultureInfo.InvariantCulture, out var n) && n is > 0 and < 600:
                    options = options with { Seconds = n };
                    break;
                case "--warmup"
                    when double.TryParse(value, CultureInfo.InvariantCulture, out var n) && n is >= 0 and < 600:
                    options = options with { WarmupSeconds = n };
                    break;
                case "--runs" when int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n is > 0 and < 100:
                    options = options with { Runs = n };
                    break;
                case "--only" when value.Split(',') is var chosen && chosen.All(AllSystems.Contains):
                    options = options with { Systems = chosen };
                    break;
                case "--net" when value.Split(',') is var chosen && chosen.All(AllNets.Contains):
                    options = options with { Nets = chosen };
                    break;
                case "--durability" when value.Split(',') is var chosen && chosen.All(AllDurabilities.Contains):
                    options = options with { Durabilities = chosen };
                    break;
                case "--bytes" when value.Split(',') is var chosen && chosen.All(IsSize):
                    options = options with { Sizes = [.. chosen.Select(int.Parse)] };
                    break;
                default:
                    stderr.WriteLine($"bench replication: {args[i]} {value} is not understood; see bench --help");
                    return null;
            }

            i++;
        }

        return options;
    }

    private static bool IsSize(string value) => int.TryParse(value, out var n) && AllSizes.Contains(n);
}
