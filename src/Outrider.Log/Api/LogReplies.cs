using Outrider.Core;

namespace Outrider.Log;

public enum LogRefusal : byte
{
    /// <summary>Too much is pending here; try again later. Nothing was appended.</summary>
    Overloaded = 1,
    /// <summary>The key's tail was not the expected one. Nothing was appended.</summary>
    WrongTail = 2,
    /// <summary>The request breaks a limit or is malformed.</summary>
    Invalid = 3,
    /// <summary>The position asked for has been trimmed.</summary>
    Trimmed = 4,
    /// <summary>No copy that could answer can be reached now. Nothing was appended.</summary>
    Unavailable = 5,
    /// <summary>This producer's state is no longer kept: the duplicate check cannot be made.</summary>
    UnknownProducer = 6,
}

public abstract record LogReply : Reply
{
    private LogReply() { }

    /// <summary>Confirmed: the records have these positions for ever.</summary>
    /// <param name="Positions">One a record, ascending; a batch may span rows.</param>
    /// <param name="Durability">What was reached.</param>
    /// <param name="Duplicate">The batch was known already; nothing new was appended.</param>
    public sealed record Appended(
        IReadOnlyList<Position> Positions, Durability Durability, bool Duplicate) : LogReply;

    /// <summary>Nothing was done, and why.</summary>
    public sealed record Refused(LogRefusal Code, string Reason) : LogReply;

    /// <summary>It may or may not have been appended; retry with the same producer and sequence to find out.</summary>
    public sealed record Unknown(string Reason) : LogReply;

    /// <summary>Records in order. For reads, <paramref name="Next"/> is where to go on.</summary>
    public sealed record Records(
        IReadOnlyList<LogRecord> Items, Certainty Certainty, Position Next, View View) : LogReply
    {
        /// <summary>
        /// For reads of all keys: positions before <see cref="Next"/> of which no copy is left, as an operator has
        /// declared. What stood there is not known, nor whether it was a record.
        /// </summary>
        public IReadOnlyList<Position> Missed { get; init; } = [];
    }

    /// <summary>Subscription: everything below <paramref name="UpTo"/> is final.</summary>
    public sealed record Confirmed(Position UpTo, View View) : LogReply;

    /// <summary>
    /// Subscription: the listed positions, delivered as speculative, never happened. Roll back to before
    /// <paramref name="From"/>, then apply again what was delivered from there on and is not listed.
    /// </summary>
    public sealed record Revoked(Position From, IReadOnlyList<Position> Positions, View View) : LogReply;

    /// <summary>
    /// Subscription: no copy is left of the listed positions, as an operator has declared; they are passed. What stood
    /// there is not known; to a reader of one key all that its shard has lost is told. Final: nothing returns there.
    /// </summary>
    /// <param name="Next">Everything before it has been sent.</param>
    public sealed record Lost(IReadOnlyList<Position> Positions, Position Next, View View) : LogReply;

    /// <summary>The subscription ended; subscribe again from <paramref name="From"/> (the last confirmed).</summary>
    public sealed record Ended(Position From, string Reason) : LogReply;

    public sealed record Tail(Position ConfirmedEnd, Position SpeculativeEnd, View View) : LogReply;

    public sealed record Key(long Count, Position? First, Position? Last) : LogReply;

    /// <param name="Below">What lies below is forgotten.</param>
    /// <param name="Removed">Records of a key that this took.</param>
    /// <param name="HeldBy">The consumer group that needs what lies above; null: all that was asked for went.</param>
    public sealed record Trimmed(Position Below, long Removed, string? HeldBy = null) : LogReply;

    public sealed record Done : LogReply;

    /// <summary>
    /// To a node that decides on groups: nothing was appended, others came first. Their records that are not confirmed
    /// yet are told; decided again on them, it is next.
    /// </summary>
    /// <param name="UnderWay">In their order.</param>
    /// <param name="By">The sub-log in which they are under way; no other can tell what follows them.</param>
    public sealed record Behind(IReadOnlyList<ReadOnlyMemory<byte>> UnderWay, Rid By) : LogReply;

    public sealed record Status(LogStatus Value) : LogReply;

    /// <summary>Slots that no copy answers for, or that have just been given up.</summary>
    public sealed record Missing(IReadOnlyList<MissingSlots> Items) : LogReply;

    /// <summary>Between nodes: what one holds of sub-logs that have ended.</summary>
    public sealed record Held(IReadOnlyList<HeldSlots> Items) : LogReply;
}

/// <summary>What one node holds of a sub-log.</summary>
/// <param name="End">Slots that its copy has; 0: it has none.</param>
/// <param name="IsMissing">It serves the shard, and finds nobody who has what it must read.</param>
/// <param name="IsDamaged">Its copy found its own disk wanting: it answers nobody until it is repaired.</param>
public readonly record struct HeldSlots(Rid Rid, Lsn End, bool IsMissing, bool IsDamaged);

/// <summary>The end of a sub-log that no copy answers for.</summary>
/// <param name="From">The first slot; the last ones of the sub-log are missing, all from here on.</param>
/// <param name="To">Where its slots end.</param>
/// <param name="First">The position of the first, if it is not trimmed.</param>
/// <param name="Last">The position of the last, likewise.</param>
/// <param name="Silent">Nodes that may hold a copy and do not answer, or whose copy is damaged.</param>
/// <param name="Without">Nodes that were to hold a copy, and have none of it.</param>
public sealed record MissingSlots(
    Rid Rid, ShardId Shard, Lsn From, Lsn To, Position? First, Position? Last, IReadOnlyList<NodeId> Silent,
    IReadOnlyList<NodeId> Without);

/// <summary>The log as one node sees it.</summary>
/// <param name="View">Generation of the participants.</param>
/// <param name="Confirmed">End of the committed order.</param>
/// <param name="OrderingLeader">The node that leads the ordering group, if known.</param>
/// <param name="Window">The current window.</param>
/// <param name="Rids">All replica ids, live and ended, ascending.</param>
/// <param name="RevokedTotal">Records revoked since the log began, as far as this node has seen.</param>
public sealed record LogStatus(
    View View, Position Confirmed, NodeId OrderingLeader, long Window, IReadOnlyList<RidStatus> Rids,
    long RevokedTotal)
{
    /// <summary>Where the current window begins.</summary>
    public Position WindowStart { get; init; }

    /// <summary>Its rows, as far as known.</summary>
    public long WindowRows { get; init; }

    /// <summary>Slots of one of its rows.</summary>
    public long RowSlots { get; init; }

    /// <summary>Slots that were declared lost, of all sub-logs.</summary>
    public long LostTotal { get; init; }

    /// <summary>Where the log begins.</summary>
    public Position Trimmed { get; init; }

    /// <summary>Trims that this node has made for the retention, as leader of the order.</summary>
    public long RetentionTrims { get; init; }

    /// <summary>The consumer group that holds the retention back; null: none does.</summary>
    public string? RetentionHeldBy { get; init; }
}

/// <param name="State">joining, live, parked, leaving, failed, ended</param>
/// <param name="Quota">Slots a row in the current window.</param>
/// <param name="Committed">Its committed end.</param>
/// <param name="Holes">Committed slots without a record; null where the answering node holds no copy.</param>
/// <param name="Copies">Nodes that hold a copy.</param>
public sealed record RidStatus(
    Rid Rid, ShardId Shard, NodeId Primary, string State, int Quota, Lsn Committed, long? Holes,
    IReadOnlyList<NodeId> Copies)
{
    /// <summary>Slots at its end that were declared lost.</summary>
    public long Lost { get; init; }
}
