using Outrider.Core;

namespace Outrider.Log;

/// <summary>When a participant gives up the slots that it cannot fill.</summary>
public enum FillPolicy : byte
{
    /// <summary>One and a half intervals after its last row, whether or not anybody waits (SpecLog).</summary>
    Timer = 1,
    /// <summary>When it learns that others are ahead, or its own row has stood half full for an interval.</summary>
    Peer,
    /// <summary>As Peer, and its own half-full row at once.</summary>
    Eager,
}

public enum QuotaRule : byte
{
    /// <summary>Always the initial quota.</summary>
    Fixed = 1,
    /// <summary>As published: follows the measured period of reports, never below 1.</summary>
    Paper,
    /// <summary>Follows rate and backlog, down to 0 for an idle sub-log.</summary>
    Adaptive,
}

/// <summary>What becomes of a sub-log's uncommitted slots when it fails.</summary>
public enum FailureRule : byte
{
    /// <summary>What any surviving copy holds is kept: nothing shown is revoked while one is left.</summary>
    Survivors = 1,
    /// <summary>As published: all are given up, and what had been shown of them is revoked. A baseline.</summary>
    Paper,
}

/// <summary>
/// Settings of the log. All nodes of a cluster use the same; those that must agree are in the stream.
/// </summary>
public sealed record LogOptions
{
    public static readonly LogOptions Default = new();

    /// <summary>Speculative (fix-ante) or eager (the baseline).</summary>
    public OrderingMode Mode { get; init; } = OrderingMode.Speculative;

    /// <summary>In eager mode: report at once rather than at each interval.</summary>
    public bool EagerOnEvent { get; init; }

    /// <summary>What reports, confirmations and acknowledgements rest on.</summary>
    public Durability Durability { get; init; } = Durability.FsyncQuorum;

    /// <summary>The pace of rows and of ordering entries; 1,000 to 200,000.</summary>
    public long IntervalMicros { get; init; } = 10_000;

    public int RowsPerWindow { get; init; } = 100;

    /// <summary>Rows of speculation beyond the committed tail: commit time in intervals, plus a few.</summary>
    public int RunAheadRows { get; init; } = 32;

    public bool Rotate { get; init; } = true;

    /// <summary>Whether a row may be committed in part, up to its first missing participant.</summary>
    public bool Stagger { get; init; } = true;

    public FillPolicy Fill { get; init; } = FillPolicy.Peer;
    public QuotaRule QuotaRule { get; init; } = QuotaRule.Adaptive;
    public FailureRule FailureRule { get; init; } = FailureRule.Survivors;
    public int QuotaInitial { get; init; } = 4;
    public int QuotaMax { get; init; } = 4096;

    public int Shards { get; init; } = 1;
    public int Replicas { get; init; } = 2;

    /// <summary>
    /// Whether a shard has a copy outside its home region, which reports and acknowledgements then wait for. Without
    /// one (ack=region) an append does not survive the loss of its region.
    /// </summary>
    public bool RemoteCopy { get; init; } = true;

    /// <summary>Between two signs of life of a node to the ordering leader.</summary>
    public long HeartbeatMicros { get; init; } = 100_000;

    /// <summary>Silence after which the sub-logs of a node are ended.</summary>
    public long SuspectMicros { get; init; } = 1_500_000;

    /// <summary>How long a failure waits for a home copy; at least three of the longest round trips.</summary>
    public long AbandonMicros { get; init; } = 2_000_000;

    /// <summary>Silence after which a primary goes on without a copy.</summary>
    public long DropCopyMicros { get; init; } = 1_500_000;

    /// <summary>
    /// How long a new ordering leader waits for nodes before it starts the first window without them.
    /// </summary>
    public long GatherMicros { get; init; } = 1_000_000;

    /// <summary>Unanswered messages between nodes are sent again after this.</summary>
    public long RetryMicros { get; init; } = 250_000;

    /// <summary>A request without an outcome becomes Unknown after this.</summary>
    public long DeadlineMicros { get; init; } = 15_000_000;

    /// <summary>Ordering entries proposed and not yet committed.</summary>
    public int EntriesInFlight { get; init; } = 16;

    /// <summary>
    /// Entries of the ordering stream between two snapshots of it; what is older is forgotten by replication.
    /// </summary>
    public int SnapshotEntries { get; init; } = 1 << 14;

    /// <summary>Bytes of trimmed entries that the copies of a sub-log keep before they give the disk free.</summary>
    public long TrimBytes { get; init; } = 8 << 20;

    /// <summary>And at least so many bytes for each that has to be written down about them.</summary>
    public int TrimShare { get; init; } = 32;

    /// <summary>Records older than this are trimmed; 0: none are for their age.</summary>
    public long RetentionMicros { get; init; }

    /// <summary>What lies before the newest so many bytes of batches is trimmed; 0: nothing is for its size.</summary>
    public long RetentionBytes { get; init; }

    /// <summary>Bytes of appends waiting for confirmation at one primary before it answers Overloaded.</summary>
    public long PendingBytesMax { get; init; } = Limits.PendingBytesMax;

    /// <summary>
    /// Bytes of delivered records a node keeps for its subscribers; those further behind read from disk.
    /// </summary>
    public long TailBytes { get; init; } = 32 << 20;

    /// <summary>Bytes sent to another node's reader beyond what it has taken in.</summary>
    public int ChannelBytes { get; init; } = 4 << 20;

    /// <summary>Batches remembered for duplicate detection in one shard.</summary>
    public int DedupMax { get; init; } = 1 << 20;

    public LogParameters Parameters(int seats) => Mode == OrderingMode.Eager
        ? new(Mode, 1, Math.Max(1, RunAheadRows), Rotate: false, Shards, seats)
        : new(Mode, RowsPerWindow, RunAheadRows, Rotate, Shards, seats);
}
