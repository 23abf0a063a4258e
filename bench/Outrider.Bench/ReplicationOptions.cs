using System.Globalization;

namespace Outrider.Bench;

/// <summary>What to measure and for how long.</summary>
internal sealed record ReplicationOptions
{
    public static readonly string[] AllSystems = ["outrider", "dotnext", "etcd"];
    public static readonly string[] AllNets = ["loopback", "wan"];

    public bool Json { get; init; }
    public bool Targets { get; init; }
    public double Seconds { get; init; } = 4;
    public double WarmupSeconds { get; init; } = 2;
    public int Runs { get; init; } = 3;
    public int Callers { get; init; } = 64;
    public double WanRttMs { get; init; } = 50;
    public IReadOnlyList<string> Systems { get; init; } = AllSystems;
    public IReadOnlyList<string> Nets { get; init; } = AllNets;

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
                case "--targets": options = options with { Targets = true }; continue;
                case "--results": options = options with { ResultsDirectory = value }; break;
                case "--seconds"
                    when double.TryParse(value, CultureInfo.InvariantCulture, out var n) && n is > 0 and < 600:
                    options = options with { Seconds = n, WarmupSeconds = Math.Min(2, n) };
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
                default:
                    stderr.WriteLine($"bench replication: {args[i]} {value} is not understood; see bench --help");
                    return null;
            }

            i++;
        }

        return options;
    }
}
