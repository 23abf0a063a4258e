using Outrider.Bench.Logs;

namespace Outrider.Bench.Scale;

/// <summary>One run in virtual time.</summary>
/// <param name="Setup">Of the cluster; its nodes and their distances become servers and links.</param>
/// <param name="RatePerSubLog">Records a second at each sub-log that is not idle.</param>
/// <param name="MeasuredMs">How long records are sent that count.</param>
internal sealed record ScalePlan(LogSetup Setup, double RatePerSubLog, long MeasuredMs = 500)
{
    public int Bytes { get; init; } = 100;

    /// <summary>Long enough for quotas to find their measure.</summary>
    public long WarmupMs { get; init; } = 200;

    /// <summary>The last sub-log gets nothing.</summary>
    public bool LastIsIdle { get; init; }

    /// <summary>
    /// A holder of records that neither orders nor reads is dropped so long after the first record that counts; 0:
    /// none is.
    /// </summary>
    public long KillAfterMs { get; init; }

    /// <summary>Its messages to the members of the ordering stream take so much longer all the time.</summary>
    public long VictimLagMs { get; init; }

    /// <summary>So many shards of two replicas, each on nodes of its own, and an even load.</summary>
    public static ScalePlan Even(int shards, double rate) => new(
        new LogSetup("speculative", IntervalMs: 1, Shards: shards, Nodes: Math.Max(3, 2 * shards), QuotaInitial: 1),
        rate);
}

/// <summary>What one virtual run measured.</summary>
/// <param name="Alone">Delivery to a reader of the first sub-log alone: what replication takes.</param>
/// <param name="SilenceMs">The longest time between two deliveries.</param>
/// <param name="Lost">Acknowledged and never delivered.</param>
internal sealed record ScaleSample(
    int Shards, double RatePerSecond, Quantiles Append, Quantiles Delivery, Quantiles Alone,
    double CostMicrosPerRecord, double OrderingPerRecord, double LeaderBusy, int Missing, int Lost, int Revoked,
    double SilenceMs);
