using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Requests to a <see cref="ReplicationNode"/>; each names its group.</summary>
public abstract record NodeRequest(GroupId Group) : Request;

/// <summary>Appends one entry of records to a stream.</summary>
/// <param name="Slots">Records in the payload, 1 to <see cref="Limits.BatchRecordsMax"/>.</param>
/// <param name="Sequence">From 1, per producer; a retry uses the same one.</param>
/// <param name="Durability">When it may be acknowledged.</param>
public sealed record AppendRequest(
    GroupId Group, StreamId Stream, ProducerId Producer, long Sequence, int Slots, ReadOnlyMemory<byte> Payload,
    Durability Durability) : NodeRequest(Group);

/// <summary>Reads entries of a stream from an index on, up to the committed end.</summary>
/// <param name="Confirmed">At the leader, and proven to be the newest state; else this copy's committed part.</param>
public sealed record ReadRequest(
    GroupId Group, StreamId Stream, LogIndex From, int MaxEntries, int MaxBytes, bool Confirmed) : NodeRequest(Group);

/// <summary>Creates a stream.</summary>
public sealed record CreateStreamRequest(GroupId Group, StreamId Stream) : NodeRequest(Group);

/// <summary>Forgets everything of a stream at or below an index.</summary>
public sealed record TrimRequest(
    GroupId Group, StreamId Stream, LogIndex UpTo, ReadOnlyMemory<byte> Snapshot) : NodeRequest(Group);

/// <summary>Changes the members through a new term.</summary>
public sealed record ChangeMembersRequest(
    GroupId Group, IReadOnlyList<NodeId> Members, IReadOnlyList<NodeId> Learners) : NodeRequest(Group);

/// <summary>Closes a group for good, from any node: member or not, alone or after another closer was lost.</summary>
/// <param name="Stream">The stream whose copies are levelled.</param>
public sealed record CloseGroupRequest(GroupId Group, StreamId Stream) : NodeRequest(Group);

/// <summary>Asks for a group as this node sees it.</summary>
public sealed record GroupStatusRequest(GroupId Group) : NodeRequest(Group);

public enum NodeRefusal : byte
{
    NoSuchGroup = 1,
    NoSuchStream,
    TooFewCopies,
    Closed,
    TooLarge,
    StaleSequence,
    UnknownProducer,
    /// <summary>At or below the base.</summary>
    Trimmed,
    Invalid,
    /// <summary>Another change of members is under way, or it failed.</summary>
    ChangeFailed,
    /// <summary>The entries could not be read from this node's disk.</summary>
    Unreadable,
}

public abstract record NodeReply : Reply
{
    private NodeReply() { }

    /// <param name="Durability">The class of the acknowledgement.</param>
    /// <param name="Duplicate">It was there already.</param>
    public sealed record Appended(Term Term, LogIndex Index, Durability Durability, bool Duplicate) : NodeReply;

    public sealed record Overloaded : NodeReply;

    public sealed record NotLeader(NodeId Leader) : NodeReply;

    /// <summary>It may or may not have happened; retry with the same producer and sequence.</summary>
    public sealed record Unknown(string Reason) : NodeReply;

    public sealed record Refused(NodeRefusal Code, string Reason) : NodeReply;

    /// <param name="Committed">The end of what was readable.</param>
    /// <param name="Confirmed">Proven to be the newest state.</param>
    public sealed record Entries(IReadOnlyList<Entry> Items, LogIndex Committed, bool Confirmed) : NodeReply;

    public sealed record Done : NodeReply;

    /// <param name="Copies">Hold the whole stream on disk.</param>
    /// <param name="EndSlot">Where it ends for ever.</param>
    public sealed record GroupClosed(IReadOnlyList<NodeId> Copies, long EndSlot) : NodeReply;

    public sealed record Status(GroupStatus Value) : NodeReply;
}

/// <summary>A group as one node sees it.</summary>
/// <param name="Copies">Members of the configuration; fewer than wanted is "degraded".</param>
public sealed record GroupStatus(
    GroupId Group, GroupRole Role, Term Term, NodeId Leader, bool IsOpen, bool IsClosed, int Copies,
    IReadOnlyList<StreamStatus> Streams);
