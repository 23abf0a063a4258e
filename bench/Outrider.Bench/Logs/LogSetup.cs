using System.Text.Json;
using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Bench.Logs;

/// <summary>One cluster of a log benchmark, in a process of its own so that its processor time can be told.</summary>
/// <param name="System">speculative, eager-tick (Scalog: reports by timer) or eager-event (reports at once).</param>
/// <param name="OrderingRttMs">Round trip between the members of the ordering stream, emulated; shards stay
/// home.</param>
internal sealed record LogSetup(
    string System, double IntervalMs = 1, double OrderingRttMs = 0, int Shards = 1, int Replicas = 2, int Nodes = 2,
    bool Fsync = false, int Window = 100, string Fill = "peer", string Quota = "adaptive", int QuotaInitial = 4,
    int RunAheadRows = 0, bool Kills = false, string Failure = "survivors")
{
    public static readonly string[] Systems = ["speculative", "eager-tick", "eager-event"];

    public string ToArgument() => JsonSerializer.Serialize(this);

    public static LogSetup Parse(string text) => JsonSerializer.Deserialize<LogSetup>(text)
        ?? throw new ArgumentException("no setup given");

    public OutriderOptions Options() => new()
    {
        // One node of the ordering stream in each region: its commit is one round trip to the nearest other one.
        Regions = OrderingRttMs > 0 ? ["home", "second", "third"] : ["home"],
        NodesPerRegion = Nodes,
        Rtt = OrderingRttMs > 0
            ? [new("home", "second", OrderingRttMs), new("home", "third", OrderingRttMs)]
            : [],
        HttpPort = null,
        HardKills = Kills,
        Log = LogOptions.Default with
        {
            Mode = System == "speculative" ? OrderingMode.Speculative : OrderingMode.Eager,
            EagerOnEvent = System == "eager-event",
            Durability = Fsync ? Durability.FsyncQuorum : Durability.MemoryQuorum,
            IntervalMicros = (long)(IntervalMs * 1000),
            RowsPerWindow = Window,
            // As many rows as a commit takes, and a few: what the log needs to run ahead without a pause.
            RunAheadRows = RunAheadRows > 0 ? RunAheadRows : (int)Math.Ceiling(2 * OrderingRttMs / IntervalMs) + 32,
            Shards = Shards,
            Replicas = Replicas,
            RemoteCopy = false,
            Fill = Enum.Parse<FillPolicy>(Fill, ignoreCase: true),
            QuotaRule = Enum.Parse<QuotaRule>(Quota, ignoreCase: true),
            QuotaInitial = QuotaInitial,
            FailureRule = Enum.Parse<FailureRule>(Failure, ignoreCase: true),
        },
    };

    /// <summary>A key for each seat of each shard, in that order.</summary>
    public IReadOnlyList<string> Keys()
    {
        var options = Options();
        var topology = new LogTopology(ClusterPlan.LayoutOf(options, 1), options.Log);
        var keys = new string?[Shards * topology.SeatsPerShard];
        for (var n = 0; keys.Contains(null); n++)
        {
            var (shard, seat) = topology.Home($"key{n}");
            keys[(shard.Value * topology.SeatsPerShard) + seat] ??= $"key{n}";
        }

        return keys!;
    }
}
