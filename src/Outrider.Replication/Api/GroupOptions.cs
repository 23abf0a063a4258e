using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Intervals and bounds of a group. Safety rests on none of them.</summary>
public sealed record GroupOptions
{
    public static readonly GroupOptions Default = new();

    /// <summary>Between two heartbeats of a node to a peer; also the granularity of every wait below.</summary>
    public long HeartbeatMicros { get; init; } = 50_000;

    /// <summary>Silence after which a leader (or, under policy all, a member) is suspected.</summary>
    public long SuspectMicros { get; init; } = 500_000;

    /// <summary>How long a new leader waits for members whose memory it can trust before it goes on with a loss mark,
    /// and how long a candidate under policy all waits for members before it proposes without them.</summary>
    public long GraceMicros { get; init; } = 200_000;

    /// <summary>First back-off of a candidate; it doubles, drawn at random.</summary>
    public long BackoffMicros { get; init; } = 100_000;

    public long BackoffMaxMicros { get; init; } = 3_200_000;

    /// <summary>Unanswered messages are sent again after this and two measured round trips.</summary>
    public long RetryMicros { get; init; } = 200_000;

    /// <summary>A control-plane call without an answer is treated as of unknown outcome after this.</summary>
    public long ControlTimeoutMicros { get; init; } = 5_000_000;

    /// <summary>Between two rounds of probes for confirmed reads.</summary>
    public long ReadLingerMicros { get; init; } = 500;

    /// <summary>Members hear of a commit by the next append, or after this.</summary>
    public long CommitNotifyMicros { get; init; } = 1_000;

    /// <summary>Between two looks at the records of the control plane, besides watching them.</summary>
    public long RecordPollMicros { get; init; } = 5_000_000;

    /// <summary>
    /// Appends of requests wait for a timer of no delay, so that those a host hears of in one turn leave as one message
    /// a member and one journal record a stream. For hosts that gather many events in a turn.
    /// </summary>
    public bool GatherRequests { get; init; }

    public int WindowBytes { get; init; } = Limits.WindowBytes;
    public int AppendBytes { get; init; } = Limits.AppendBytesTarget;
    public long PendingBytesMax { get; init; } = Limits.PendingBytesMax;
    public int PendingAppendsMax { get; init; } = Limits.PendingAppendsMax;
    public long CacheBytes { get; init; } = Limits.CacheBytesPerStream;
}
