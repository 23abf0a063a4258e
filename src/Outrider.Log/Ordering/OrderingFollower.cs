using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// Brings the committed ordering stream to every node. Members of the ordering group read their own copy; all nodes
/// also follow the leader, which sends entries as they commit; and members serve whoever asks them.
/// </summary>
internal sealed class OrderingFollower
{
    private const int EntriesPerFeed = 512;
    // Above the numbers of all other roles of the node; readers are told apart by adding theirs.
    private const long OwnRead = 1L << 61;
    private readonly LogContext _context;
    private readonly SortedTable<NodeId, Reader> _readers = [];
    private long _followedMicros = long.MinValue / 2;
    private long _fedMicros;
    private NodeId _followed;
    private int _turn;
    private bool _reading;
    private LogIndex _tracedTo;

    private sealed class Reader
    {
        public required Incarnation Life;
        public LogIndex Next;
        public LogIndex Known;
        public long HeardMicros;
        public long WaitingSinceMicros;
        public bool Reading;
    }

    public OrderingFollower(LogContext context)
    {
        _context = context;
        _turn = context.Self.Value;
    }

    /// <summary>Entries applied in this step.</summary>
    public long AppliedTotal { get; private set; }

    private Group? Group => _context.Groups.Find(LogContext.OrderingGroup);

    private LogIndex Committed
    {
        get
        {
            if (Group is not { } group) return LogIndex.Zero;
            var stream = group.Stream(LogContext.Stream);
            if (_context.Has(LogBugs.ActOnUncommitted)) return stream.LastIndex;
            return _context.Options.Durability == Durability.MemoryQuorum ? stream.MemoryCommitted
                : stream.FsyncCommitted;
        }
    }

    /// <summary>Applies what this node's own copy has committed, and passes it on.</summary>
    public void Advance()
    {
        if (Group is not { } group) return;
        if (!group.Leader.IsNone) _context.Leader = group.Leader;
        if (group.Stream(LogContext.Stream).BaseIndex > _context.Applied) BeginFrom(group.Base(LogContext.Stream));
        var committed = Committed;
        while (_context.Applied < committed)
        {
            var next = _context.Applied.Next();
            if (group.TryGet(LogContext.Stream, next) is not { } entry)
            {
                if (!_reading) Read(OwnRead, next);
                _reading = true;
                break;
            }

            Apply(next, entry.Kind == EntryKind.Control ? entry.Payload : default);
        }

        foreach (var (node, reader) in _readers)
            if (reader.Next <= committed
                && _context.NowMicros - reader.HeardMicros < 20 * _context.Options.HeartbeatMicros)
                Send(node, reader, committed, empty: false);
    }

    public void OnFollow(NodeId from, Follow follow)
    {
        if (Group is null) return;
        // A new life begins at the start again: taken for the one before, which had read all, it would be sent nothing.
        if (!_readers.TryGetValue(from, out var reader) || reader.Life < follow.Life)
            _readers[from] = reader = new() { Life = follow.Life, Next = follow.Next, Known = follow.Next };
        if (reader.Life > follow.Life) return;
        reader.HeardMicros = _context.NowMicros;
        // What was sent may still be on its way; where a reader has not gone on for a while, it was lost. Counted from
        // the reader's last step, not from what was sent last: while entries are committed all the time, that is now.
        var lost = _context.NowMicros - reader.WaitingSinceMicros > _context.Options.RetryMicros;
        if (follow.Next > reader.Known || lost)
        {
            (reader.Known, reader.WaitingSinceMicros) = (follow.Next, _context.NowMicros);
            if (lost || follow.Next > reader.Next) reader.Next = follow.Next;
        }

        Send(from, reader, Committed, empty: true);
    }

    public void OnFeed(NodeId from, Feed feed)
    {
        _fedMicros = _context.NowMicros;
        if (from == feed.Leader) _context.LeaderHeard = (from, _context.NowMicros);
        if (!feed.Leader.IsNone && Group is null) _context.Leader = feed.Leader;
        // A gap closes when the next sign of life tells the sender where this node stands.
        if (feed.First > _context.Applied.Next()) return;
        for (var i = 0; i < feed.Entries.Count; i++)
        {
            var index = feed.First.Plus(i);
            if (index == _context.Applied.Next()) Apply(index, feed.Entries[i]);
        }
    }

    /// <summary>What follows this node's place is kept no more: it goes on from the snapshot.</summary>
    public void OnFeedBase(FeedBase feed)
    {
        _fedMicros = _context.NowMicros;
        if (!feed.Leader.IsNone && Group is null) _context.Leader = feed.Leader;
        if (feed.Index > _context.Applied && OrderingSnapshot.Decode(feed.Snapshot) is { } state)
            BeginFrom(feed.Index, state);
    }

    /// <summary>Signs of life to the leader, or to the members in turn while it is unknown.</summary>
    public void Tick()
    {
        // A new leader knows of nobody: it hears at once.
        var isNew = _context.Leader != _followed && !_context.Leader.IsNone;
        if (!isNew && _context.NowMicros - _followedMicros < _context.Options.HeartbeatMicros) return;
        _followed = _context.Leader;
        _followedMicros = _context.NowMicros;
        var follow = new Follow(_context.Life, _context.Applied.Next());
        var silent = _context.NowMicros - _fedMicros > 4 * _context.Options.HeartbeatMicros;
        if (!_context.Leader.IsNone) _context.Send(_context.Leader, follow);
        if (!silent && !_context.Leader.IsNone) return;
        var members = _context.Topology.OrderingMembers;
        var member = members[_turn++ % members.Count];
        if (member != _context.Leader && member != _context.Self) _context.Send(member, follow);
    }

    /// <summary>True if the event answers a read of this role.</summary>
    public bool OnEntriesRead(EntriesRead read)
    {
        if (read.Id < OwnRead) return false;
        if (read.Id == OwnRead)
        {
            _reading = false;
            for (var i = 0; i < read.Entries.Count; i++)
            {
                var entry = read.Entries[i];
                // Read while it was committed; what is on disk below the commit index does not change.
                if (entry.Index == _context.Applied.Next() && entry.Index <= Committed)
                    Apply(entry.Index, entry.Kind == EntryKind.Control ? entry.Payload : default);
            }

            return true;
        }

        var node = new NodeId((int)(read.Id - OwnRead));
        if (!_readers.TryGetValue(node, out var reader) || !reader.Reading) return true;
        reader.Reading = false;
        var entries = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < read.Entries.Count && read.Entries[i].Index <= Committed; i++)
            entries.Add(read.Entries[i].Kind == EntryKind.Control ? read.Entries[i].Payload : default);
        if (entries.Count > 0 && read.Entries[0].Index == reader.Next) SendEntries(node, reader, entries);
        return true;
    }

    private void Apply(LogIndex index, ReadOnlyMemory<byte> payload)
    {
        Check.That(index == _context.Applied.Next());
        _context.Applied = index;
        AppliedTotal++;
        if (payload.Length == 0) return;
        var changes = OrderingCodec.Decode(payload);
        Check.That(changes is not null);
        if (_context.Effects.Tracing && index > _tracedTo) Story(index, changes);
        _context.State.Apply(changes);
        _context.Effects.Observe("Apply", LogContext.OrderingGroup, LogContext.Stream, _context.Self);
    }

    private void BeginFrom(StreamBase streamBase)
    {
        var state = OrderingSnapshot.Decode(streamBase.Snapshot);
        Check.That(state is not null);
        BeginFrom(streamBase.Index, state);
    }

    private void BeginFrom(LogIndex index, OrderingState state)
    {
        Check.That(index > _context.Applied);
        _context.Effects.Sometimes(true, "log.order.begins-from-snapshot");
        _context.Effects.Sometimes(_context.Applied > LogIndex.Zero, "log.order.skips-to-snapshot");
        _context.State.Become(state);
        _context.Applied = index;
    }

    private void Story(LogIndex index, IReadOnlyList<OrderingChange> changes)
    {
        _tracedTo = index;
        for (var i = 0; i < changes.Count; i++)
            if (changes[i] is not OrderingChange.Commit) _context.Effects.Trace($"order {index}: {changes[i]}");
    }

    private void Send(NodeId to, Reader reader, LogIndex committed, bool empty)
    {
        if (reader.Reading) return;
        var entries = new List<ReadOnlyMemory<byte>>();
        var group = Group!;
        if (reader.Next <= group.Stream(LogContext.Stream).BaseIndex) SendBase(to, reader, group);
        for (var index = reader.Next; index <= committed && entries.Count < EntriesPerFeed; index = index.Next())
        {
            if (group.TryGet(LogContext.Stream, index) is not { } entry)
            {
                if (entries.Count > 0) break;
                reader.Reading = true;
                Read(OwnRead + to.Value, index);
                return;
            }

            entries.Add(entry.Kind == EntryKind.Control ? entry.Payload : default);
        }

        if (entries.Count > 0 || empty) SendEntries(to, reader, entries);
    }

    private void SendBase(NodeId to, Reader reader, Group group)
    {
        var streamBase = group.Base(LogContext.Stream);
        _context.Send(to, new FeedBase(streamBase.Index, streamBase.Snapshot, _context.Leader));
        if (reader.Next <= reader.Known) reader.WaitingSinceMicros = _context.NowMicros;
        reader.Next = streamBase.Index.Next();
    }

    private void SendEntries(NodeId to, Reader reader, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        _context.Send(to, new Feed(reader.Next, entries, _context.Leader));
        if (reader.Next <= reader.Known) reader.WaitingSinceMicros = _context.NowMicros;
        reader.Next = reader.Next.Plus(entries.Count);
    }

    private void Read(long id, LogIndex from) => _context.Effects.ReadEntries(
        new(id, new(LogContext.OrderingGroup, LogContext.Stream), from, EntriesPerFeed, Fetcher.BytesDefault));
}
