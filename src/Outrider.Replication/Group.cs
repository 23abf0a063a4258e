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
    private readonly GroupContext _context;
    private readonly Member _member;
    private readonly GroupCore _core;

    internal Group(GroupContext context, GroupBirth? birth)
    {
        _context = context;
        _member = new Member(context);
        _core = new GroupCore(context, _member, birth);
    }

    internal GroupCore Core => _core;

    public GroupId Id => _context.Id;
    public NodeId Self => _context.Self;

    /// <summary>What the owner has to learn; cleared by <see cref="ClearOutputs"/>.</summary>
    public IReadOnlyList<GroupOutput> Outputs => _context.Outputs;

    public void ClearOutputs() => _context.Outputs.Clear();

    public GroupRole Role => _core.Role;

    /// <summary>The newest term this node has heard of.</summary>
    public Term Term => _core.Term;

    /// <summary>Who leads, as far as known; none otherwise.</summary>
    public NodeId Leader => _core.LeaderNode;

    /// <summary>The term this node leads, open or not; zero if none. It may know of a later one already.</summary>
    public Term LeadingTerm => _core.Leader?.Term ?? Term.Zero;

    /// <summary>This node leads and may append, acknowledge and confirm reads.</summary>
    public bool IsOpen => _core.Leader is { IsOpen: true };

    /// <summary>The record says that the group is closed for good.</summary>
    public bool IsClosed => _core.Record is { IsClosed: true };

    /// <summary>The configuration of the term if this node leads, else the newest one it knows; null if none.</summary>
    public GroupConfig? Config => _core.Leader?.Config ?? _core.Record?.Newest;

    /// <summary>The record of the control plane as last seen here; null if never.</summary>
    public GroupRecord? Record => _core.Record;

    /// <summary>Nothing of a lower leader term is taken by this copy.</summary>
    public Term Promised => _member.Promised;

    /// <summary>The promise at this copy's last unclean start; -1 if there was none.</summary>
    public Term Taint => _member.Taint;

    /// <summary>Lost durable entries and not repaired yet: this copy answers no seal.</summary>
    public bool IsCorrupt => _member.IsCorrupt;

    /// <summary>Streams with a copy here, ascending; 0 is the catalogue.</summary>
    public IReadOnlyList<StreamId> Streams
    {
        get
        {
            var streams = new StreamId[_member.Logs.Count];
            for (var i = 0; i < streams.Length; i++) streams[i] = _member.Logs[i].Id;
            return streams;
        }
    }

    /// <summary>A stream's indices; zeros for a stream that is not here.</summary>
    public StreamStatus Stream(StreamId stream)
    {
        if (_member.Find(stream) is not { } log)
            return new StreamStatus(stream, default, default, 0, default, default, default);
        return new StreamStatus(
            stream, log.Base.Index, log.Last, log.EndSlot, log.Synced, log.MemoryCommitted, log.FsyncCommitted);
    }

    /// <summary>What remains of the trimmed prefix of a stream (its snapshot is the owner's).</summary>
    public StreamBase Base(StreamId stream) => _member.Find(stream)?.Base ?? StreamBase.Empty;

    /// <summary>For the leader: what a member has acknowledged in this term; its own copy included.</summary>
    public MemberAck AckedBy(NodeId node, StreamId stream) =>
        _core.Leader is { } leader && _member.Find(stream) is { } log ? leader.AckedBy(node, log) : default;

    /// <summary>For the leader: when a member was last heard of, on this node's clock; 0 if never in this term.
    /// </summary>
    public long HeardMicros(NodeId node) => _core.Leader?.Find(node)?.HeardMicros ?? 0;

    /// <summary>An entry if it is in memory. Everything above the fsync-committed index is, at the leader.</summary>
    public Entry? TryGet(StreamId stream, LogIndex index) => _member.Find(stream)?.Cache.TryGet(index);

    /// <summary>The first index that is in memory; one after the end if there is none.</summary>
    public LogIndex FirstInMemory(StreamId stream) => _member.Find(stream)?.Cache.First ?? new LogIndex(1);

    /// <summary>The term of an index between the base and the end; null outside.</summary>
    public Term? TermAt(StreamId stream, LogIndex index) =>
        _member.Find(stream) is { } log && index >= log.Base.Index && index <= log.Last ? log.TermAt(index) : null;

    /// <summary>Whether an entry acknowledged with (term, index) in memory is still part of the stream.</summary>
    /// <remarks>Decided by the first committed seal of a later term: what stands before it survived.</remarks>
    public Verdict Judge(StreamId stream, Term term, LogIndex index)
    {
        if (_member.Find(stream) is not { } log) return Verdict.Undecided;
        if (log.Terms.FirstAbove(term) is not { } seal || seal.First > log.FsyncCommitted)
        {
            var isFinal = index <= log.FsyncCommitted && log.TermAt(index) == term;
            return isFinal ? Verdict.Survived : Verdict.Undecided;
        }

        return index < seal.First ? Verdict.Survived : Verdict.Lost;
    }

    /// <summary>
    /// Appends at the leader. <see cref="AppendCode.Appended"/> is no acknowledgement: the owner acknowledges when the
    /// stream's commit index of the wanted class covers it, and answers Unknown on
    /// <see cref="GroupOutput.SteppedDown"/>.
    /// </summary>
    public AppendOutcome Append(StreamId stream, in EntryDraft draft)
    {
        Check.That(draft.Kind is EntryKind.Records or EntryKind.Holes or EntryKind.Control);
        Check.That(draft.Slots >= 0);
        if (stream == StreamId.Catalogue) return AppendOutcome.Refused(AppendCode.NoSuchStream);
        return AppendAny(stream, draft);
    }

    /// <summary>
    /// Asks to confirm a read of the stream at its memory-committed index. False if this node does not lead an open
    /// term; else <see cref="GroupOutput.ReadConfirmed"/> or <see cref="GroupOutput.SteppedDown"/> follows.
    /// </summary>
    public bool ConfirmRead(StreamId stream, out long ticket)
    {
        ticket = 0;
        if (_core.Leader is not { MayRead: true } leader || _member.Find(stream) is not { } log) return false;
        ticket = leader.ConfirmRead(log);
        return true;
    }

    /// <summary>Creates a stream through the catalogue; it may be appended to after StreamCreated.</summary>
    public AppendOutcome CreateStream(StreamId stream)
    {
        Check.That(stream.Value is > 0 and < Limits.StreamsMax);
        if (_member.Find(StreamId.Catalogue) is { } catalogue && _core.Leader is { } leader)
        {
            if (stream.Value <= leader.Record.Streams)
                return new AppendOutcome(AppendCode.Duplicate, Term, LogIndex.Zero, Self);
            foreach (var created in catalogue.Created)
                if (created.Stream == stream)
                    return new AppendOutcome(AppendCode.Duplicate, catalogue.TermAt(created.At), created.At, Self);
        }

        var payload = CreateOrder.Encode(stream);
        return AppendAny(StreamId.Catalogue, new EntryDraft(EntryKind.CreateStream, 0, default, 0, payload));
    }

    /// <summary>
    /// Forgets everything at or below an index (at most the fsync-committed one, and above the base), in all copies,
    /// once committed. The snapshot is the owner's state at that index, at most 2 MiB; it travels to copies that lag.
    /// </summary>
    /// <param name="endSlot">Slots up to that index, when the entry may no longer be in memory.</param>
    public AppendOutcome Trim(StreamId stream, LogIndex upTo, long endSlot, ReadOnlyMemory<byte> snapshot)
    {
        if (stream == StreamId.Catalogue || _member.Find(stream) is not { } log)
            return AppendOutcome.Refused(AppendCode.NoSuchStream);
        if (snapshot.Length > TrimOrder.SnapshotBytesMax) return AppendOutcome.Refused(AppendCode.TooLarge);
        var bound = _context.Has(ReplicationBugs.TrimEarlyAndAboveCommit) ? log.Last : log.FsyncCommitted;
        if (upTo > bound || upTo <= log.Base.Index) return AppendOutcome.Refused(AppendCode.OutOfRange);
        if (log.Cache.TryGet(upTo) is { } entry && entry.EndSlot != endSlot)
            return AppendOutcome.Refused(AppendCode.OutOfRange);
        var payload = new TrimOrder(upTo, endSlot, snapshot).Encode();
        return AppendAny(stream, new EntryDraft(EntryKind.Trim, 0, default, 0, payload));
    }

    /// <summary>
    /// Asks for a new term with these members, led by this node; and for these learners. False if this node does not
    /// lead an open term or another change is under way. Opened follows, or ChangeFailed, or SteppedDown. A fixed
    /// leader may drop a dead copy before its term is open.
    /// </summary>
    public bool ChangeMembers(GroupConfig config, IReadOnlyList<NodeId> learners)
    {
        if (_core.Leader is not { } leader || !(leader.IsOpen || leader.Record.IsFixed)) return false;
        if (config.Count < leader.Record.MinCopies || leader.Record.IsClosed) return false;
        return leader.Want(config, learners);
    }

    /// <summary>For the leader's owner: what it waits for now. It holds until it is set again.</summary>
    public AckHaste Haste
    {
        set => _context.Haste = value;
    }

    /// <summary>An owner may acknowledge what is committed; before the term is open it may not.</summary>
    public bool MayAcknowledge => _core.Leader is { MayAppend: true };

    internal bool Has(ReplicationBugs bug) => _context.Has(bug);

    internal void CheckInvariants() => _core.CheckInvariants();

    private AppendOutcome AppendAny(StreamId stream, in EntryDraft draft)
    {
        if (IsClosed) return AppendOutcome.Refused(AppendCode.Closed);
        return _core.Leader is { MayAppend: true } leader
            ? leader.Append(stream, draft)
            : new AppendOutcome(AppendCode.NotLeader, Term, LogIndex.Zero, Leader);
    }
}
