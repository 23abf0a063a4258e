using Outrider.Core;

namespace Outrider.Replication;

/// <summary>One node's part of one group: its copy of the streams and, at times, the leadership of a term.</summary>
/// <remarks>
/// Synchronous and single-threaded. The owner passes events by <see cref="GroupSet.Step"/>, then reads
/// <see cref="Outputs"/> and the commit indices, then calls <see cref="GroupSet.Flush"/> once at the end of its own
/// step: appends of one step travel as one message a member and one journal record a stream.
/// </remarks>
public sealed class Group
{
    private readonly List<GroupOutput> _outputs = [];

    internal Group(GroupId id, NodeId self)
    {
        Id = id;
        Self = self;
    }

    public GroupId Id { get; }
    public NodeId Self { get; }

    /// <summary>What the owner has to learn; cleared by <see cref="ClearOutputs"/>.</summary>
    public IReadOnlyList<GroupOutput> Outputs => _outputs;

    public void ClearOutputs() => _outputs.Clear();

    public GroupRole Role => GroupRole.Member;

    /// <summary>The newest term this node has heard of.</summary>
    public Term Term => Term.Zero;

    /// <summary>Who leads, as far as known; none otherwise.</summary>
    public NodeId Leader => NodeId.None;

    /// <summary>This node leads and may append, acknowledge and confirm reads.</summary>
    public bool IsOpen => false;

    /// <summary>The record says that the group is closed for good.</summary>
    public bool IsClosed => false;

    /// <summary>The configuration of the term if this node leads, else the newest one it knows; null if none.</summary>
    public GroupConfig? Config => null;

    /// <summary>The record of the control plane as last seen here; null if never.</summary>
    public GroupRecord? Record => null;

    /// <summary>Streams with a copy here, ascending; 0 is the catalogue.</summary>
    public IReadOnlyList<StreamId> Streams => [];

    /// <summary>A stream's indices; zeros for a stream that is not here.</summary>
    public StreamStatus Stream(StreamId stream) => default;

    /// <summary>What remains of the trimmed prefix of a stream (its snapshot is the owner's).</summary>
    public StreamBase Base(StreamId stream) => StreamBase.Empty;

    /// <summary>For the leader: what a member has acknowledged in this term; its own copy included.</summary>
    public MemberAck AckedBy(NodeId node, StreamId stream) => default;

    /// <summary>For the leader: when a member was last heard of, on this node's clock; 0 if never in this term.</summary>
    public long HeardMicros(NodeId node) => 0;

    /// <summary>An entry if it is in memory. Everything above the fsync-committed index is, at the leader.</summary>
    public Entry? TryGet(StreamId stream, LogIndex index) => null;

    /// <summary>The term of an index between the base and the end; null outside.</summary>
    public Term? TermAt(StreamId stream, LogIndex index) => null;

    /// <summary>Whether an entry acknowledged with (term, index) in memory is still part of the stream.</summary>
    public Verdict Judge(StreamId stream, Term term, LogIndex index) => Verdict.Undecided;

    /// <summary>
    /// Appends at the leader. <see cref="AppendCode.Appended"/> is no acknowledgement: the owner acknowledges when the
    /// stream's commit index of the wanted class covers it, and answers Unknown on
    /// <see cref="GroupOutput.SteppedDown"/>.
    /// </summary>
    public AppendOutcome Append(StreamId stream, in EntryDraft draft) => default;

    /// <summary>
    /// Asks to confirm a read of the stream at its memory-committed index. False if this node does not lead an open
    /// term; else <see cref="GroupOutput.ReadConfirmed"/> or <see cref="GroupOutput.SteppedDown"/> follows.
    /// </summary>
    public bool ConfirmRead(StreamId stream, out long ticket)
    {
        ticket = 0;
        return false;
    }

    /// <summary>Creates a stream through the catalogue; it may be appended to after StreamCreated.</summary>
    public AppendOutcome CreateStream(StreamId stream) => default;

    /// <summary>
    /// Forgets everything at or below an index (at most the fsync-committed one, and not below the base), in all
    /// copies, once committed. The snapshot is the owner's state at that index and travels to copies that lag.
    /// </summary>
    public AppendOutcome Trim(StreamId stream, LogIndex upTo, ReadOnlyMemory<byte> snapshot) => default;

    /// <summary>
    /// Asks for a new term with these members, led by this node; and for these learners. False if this node does not
    /// lead an open term or another change is under way. Opened follows, or ChangeFailed or SteppedDown.
    /// </summary>
    public bool ChangeMembers(GroupConfig config, IReadOnlyList<NodeId> learners) => false;
}
