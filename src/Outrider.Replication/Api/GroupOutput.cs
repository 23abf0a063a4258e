using Outrider.Core;

namespace Outrider.Replication;

/// <summary>What an owner must know of a step; drained from <see cref="Group.Outputs"/> after it.</summary>
public abstract record GroupOutput
{
    private GroupOutput() { }

    /// <summary>This node leads and may append. After a change of members by the same leader it comes again.</summary>
    public sealed record Opened(Term Term, GroupConfig Config) : GroupOutput;

    /// <summary>
    /// This node leads no more: appends it had not acknowledged and reads it had not confirmed are of unknown outcome.
    /// </summary>
    public sealed record SteppedDown(Term Term, string Reason) : GroupOutput;

    /// <summary>Another leader has spoken, or the record names one.</summary>
    public sealed record LeaderChanged(Term Term, NodeId Leader) : GroupOutput;

    /// <summary>The answer to <see cref="Group.ConfirmRead"/>: the stream up to the index was the newest state.
    /// </summary>
    public sealed record ReadConfirmed(long Ticket, StreamId Stream, LogIndex UpTo) : GroupOutput;

    /// <summary>
    /// A committed seal says that memory-class entries of earlier terms, at or after its index, may have been lost.
    /// May come again after a restart.
    /// </summary>
    public sealed record LossMarked(StreamId Stream, Term Term, LogIndex Seal) : GroupOutput;

    /// <summary>Entries at or after <paramref name="From"/> are gone from this copy; never committed ones.</summary>
    public sealed record Truncated(StreamId Stream, LogIndex From) : GroupOutput;

    /// <summary>The stream now begins after the base. When installed, the owner's state is the base's snapshot.
    /// </summary>
    public sealed record BaseMoved(StreamId Stream, StreamBase Base, bool Installed) : GroupOutput;

    /// <summary>The stream is committed in the catalogue (or exists from the group's birth).</summary>
    public sealed record StreamCreated(StreamId Stream) : GroupOutput;

    /// <summary>The record says that the group is closed for good.</summary>
    public sealed record Closed(Term Term) : GroupOutput;

    /// <summary>The change of members could not be carried out.</summary>
    public sealed record ChangeFailed(string Reason) : GroupOutput;
}

public enum GroupRole : byte
{
    /// <summary>Holds a copy, or nothing yet.</summary>
    Member = 1,
    /// <summary>Suspects the leader and asks others whether they do.</summary>
    Candidate,
    /// <summary>Leads a term: recovering until it is open.</summary>
    Leader,
}

/// <summary>Whether an entry once acknowledged in memory is still part of the stream.</summary>
public enum Verdict : byte
{
    /// <summary>No seal of a later term is committed yet, as far as this copy knows.</summary>
    Undecided = 1,
    Survived,
    Lost,
}
