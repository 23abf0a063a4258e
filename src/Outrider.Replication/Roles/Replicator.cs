using Outrider.Core;

namespace Outrider.Replication;

/// <summary>
/// The second half of a term: sends each peer what it lacks, pipelined within a byte window, and moves the commit
/// indices as acknowledgements come in. One append message a peer and step, whatever the number of streams.
/// </summary>
internal sealed class Replicator
{
    /// <summary>A peer is near if it answers within this.</summary>
    private const long NearMicros = 2_000;

    private const int SmallBytes = 32 << 10;

    private readonly GroupContext _context;
    private readonly Member _member;
    private readonly Term _term;
    private readonly GroupConfig _config;
    private readonly GroupConfig _oldest;
    private readonly IReadOnlyList<Peer> _peers;
    private readonly List<StreamLog> _dirty = [];
    private readonly SortedTable<long, Reading> _reads = [];
    private StreamLog? _sharedLog;
    private Entry[] _shared = [];

    public Replicator(GroupContext context, Member member, GroupRecord record, IReadOnlyList<Peer> peers)
    {
        _context = context;
        _member = member;
        _term = record.Term;
        _config = record.Proposed;
        _oldest = record.Active[0].Config;
        _peers = peers;
        foreach (var log in member.Logs) log.IsTouched = false;
    }

    /// <summary>Bytes of this term's entries that are not on disk at a commit quorum.</summary>
    public long PendingBytes { get; private set; }

    public int PendingCount { get; private set; }

    /// <summary>Some peer has not been told the newest commit indices.</summary>
    public bool HasUntold { get; private set; }

    public void Appended(StreamLog log, Entry entry)
    {
        PendingBytes += entry.SizeBytes;
        PendingCount++;
        Touch(log);
    }

    /// <summary>The stream is looked at in the next <see cref="Flush"/>.</summary>
    public void Touch(StreamLog log)
    {
        if (log.IsTouched) return;
        log.IsTouched = true;
        _dirty.Add(log);
    }

    public void TouchAll()
    {
        foreach (var log in _member.Logs) Touch(log);
    }

    /// <summary>Where a peer's copy parts from this one is known from its answer to the seal.</summary>
    public void Meet(Peer peer, SealAck ack)
    {
        if (!peer.Meet(ack.Life)) return;
        foreach (var log in _member.Logs)
        {
            var agreed = ack.Find(log.Id) is { } tail
                ? TermTable.Agree(log.Terms.Starts, log.Last, tail.Terms, tail.Last)
                : LogIndex.Zero;
            var stream = peer.Stream(log);
            if (stream.Memory == LogIndex.Zero) stream.Rewind(agreed.Next(), probe: false);
            Touch(log);
        }
    }

    public void OnAck(Peer peer, AppendAck ack, Effects effects)
    {
        if (!peer.Meet(ack.Life)) return;
        foreach (var part in ack.Parts)
        {
            if (_member.Find(part.Stream) is not { } log) continue;
            // More than this node has: an answer that is not to this term's log.
            if (part.Memory > log.Last) continue;
            var stream = peer.Stream(log);
            stream.KnownCommitted = LogIndex.Max(stream.KnownCommitted, part.Committed);
            if (part.Refused is { } refused) OnRefused(log, stream, refused, part);
            else if (stream.Acked(part.Memory, part.Fsync)) stream.ProgressMicros = _context.NowMicros;
            Touch(log);
            Commit(log, effects);
        }
    }

    /// <summary>Moves the commit indices of a stream to what a commit quorum of this term's configuration has.
    /// </summary>
    public void Commit(StreamLog log, Effects effects)
    {
        var config = _context.Has(ReplicationBugs.CommitUnderOldConfig) ? _oldest : _config;
        Span<long> memory = stackalloc long[_peers.Count];
        Span<long> fsync = stackalloc long[_peers.Count];
        var count = 0;
        foreach (var peer in _peers)
        {
            var counts = config.Contains(peer.Node) || (peer.IsLearner && _context.Has(ReplicationBugs.LearnerCounts));
            if (!counts) continue;
            var ack = AckedBy(peer, log);
            memory[count] = ack.Memory.Value;
            fsync[count++] = ack.Fsync.Value;
        }

        var inMemory = new LogIndex(Quorum.ReachedBy(memory[..count], config.CommitQuorum));
        var onDisk = new LogIndex(Quorum.ReachedBy(fsync[..count], config.CommitQuorum));
        // Entries of earlier terms become committed only through one of this term's after them.
        if (inMemory > log.MemoryCommitted && IsOwn(log, inMemory)) log.AdvanceMemoryCommitted(inMemory);
        if (onDisk <= log.FsyncCommitted || !IsOwn(log, onDisk)) return;
        Release(log, log.FsyncCommitted.Next(), onDisk);
        log.AdvanceFsyncCommitted(onDisk, effects);
        log.AdvanceMemoryCommitted(onDisk);
    }

    public MemberAck AckedBy(Peer peer, StreamLog log)
    {
        if (peer.Node != _context.Self)
            return peer.TryStream(log.Id) is { } stream ? new MemberAck(stream.Memory, stream.Fsync) : default;
        // A leader is bound by its own promise: once its member promised a later term it counts no more.
        var bound = _member.Promised == _term || _context.Has(ReplicationBugs.LeaderSelfUnbound);
        return bound ? new MemberAck(log.Last, log.Synced) : default;
    }

    /// <summary>Sends what is due. Commit indices travel with entries, or alone when <paramref name="tellCommits"/>.
    /// </summary>
    public void Flush(bool tellCommits, Effects effects)
    {
        HasUntold = false;
        if (_dirty.Count == 0) return;
        foreach (var peer in _peers)
        {
            if (peer.Node == _context.Self || !peer.Receives) continue;
            while (SendOne(peer, tellCommits, effects))
            {
            }
        }

        foreach (var log in _dirty) log.IsTouched = false;
        _dirty.Clear();
        _sharedLog = null;
    }

    /// <summary>What got no answer for too long is sent again; a commit index not known at a peer is told again.
    /// </summary>
    public void Tick(Effects effects)
    {
        foreach (var peer in _peers)
        {
            if (peer.Node == _context.Self || !peer.Receives) continue;
            var patience = _context.Options.RetryMicros + 2 * peer.RttMicros;
            foreach (var log in _member.Logs)
            {
                var stream = peer.Stream(log);
                if (stream.ReadId != 0 || _context.NowMicros - stream.ProgressMicros < patience) continue;
                // In memory there and no word of its disk: the word may have been lost, and nothing more be due.
                var isOnDisk = stream.Next > log.Last && stream.Fsync >= log.Last;
                if (!stream.HasUnanswered && isOnDisk && stream.KnownCommitted >= log.FsyncCommitted) continue;
                stream.ProgressMicros = _context.NowMicros;
                if (stream.IsProbing) stream.Rewind(stream.Next, probe: true);
                else if (stream.HasUnanswered) stream.Rewind(stream.Memory.Next(), probe: false);
                stream.ToldMemory = stream.ToldFsync = LogIndex.Zero;
                Touch(log);
            }
        }

        Flush(tellCommits: true, effects);
    }

    public void OnRead(EntriesRead read, Effects effects)
    {
        if (!_reads.Remove(read.Id, out var reading)) return;
        var (peer, log, next) = (reading.Peer, reading.Log, reading.Next);
        var stream = peer.Stream(log);
        if (stream.ReadId != read.Id) return;
        stream.ReadId = 0;
        Touch(log);
        // Trimmed meanwhile: the next flush installs the base.
        if (stream.Next != next || next <= log.Base.Index) return;
        if (read.Outcome != ReadOutcome.Ok || read.Entries.Count == 0 || read.Entries[0].Index != next)
        {
            // An unreadable disk: the tick tries again; the next leader may have better luck.
            stream.IsWaiting = true;
            stream.ProgressMicros = _context.NowMicros;
            return;
        }

        var bytes = 0;
        foreach (var entry in read.Entries)
        {
            Check.That(entry.Term == log.TermAt(entry.Index));
            bytes += entry.SizeBytes;
        }

        Send(peer, [Part(log, stream, next, read.Entries)], effects);
        stream.Sent(read.Entries[^1].Index, bytes);
    }

    private bool IsOwn(StreamLog log, LogIndex index) =>
        log.TermAt(index) == _term || _context.Has(ReplicationBugs.CommitOldTermByCount);

    private void Release(StreamLog log, LogIndex from, LogIndex to)
    {
        for (var index = from; index <= to; index = index.Next())
        {
            if (log.Cache.TryGet(index) is not { } entry || entry.Term != _term) continue;
            PendingBytes -= entry.SizeBytes;
            PendingCount--;
        }
    }

    private void OnRefused(StreamLog log, PeerStream stream, LogIndex refused, AckPart part)
    {
        // Only the answer to what stands last counts: older refusals are of messages already given up.
        if (stream.IsProbing && refused != stream.Next.Previous() && stream.IsWaiting) return;
        var agreed = TermTable.Agree(log.Terms.Starts, log.Last, part.Terms, part.Last);
        // Less than it acknowledged in this life: an old answer, or its owner gave the copy up and has it anew, empty.
        // Asked at once it would answer the same, over and over; the tick asks.
        if (agreed < stream.Memory) return;
        stream.Rewind(agreed.Next(), probe: true);
        stream.ProgressMicros = _context.NowMicros;
    }

    private bool SendOne(Peer peer, bool tellCommits, Effects effects)
    {
        List<AppendPart>? parts = null;
        var budget = _context.Options.AppendBytes;
        var more = false;
        foreach (var log in _dirty)
        {
            if (budget <= 0)
            {
                more = true;
                break;
            }

            if (NextPart(peer, log, tellCommits, ref budget, effects) is not { } part) continue;
            (parts ??= []).Add(part);
            more |= part.Entries.Count > 0;
        }

        if (parts is null) return false;
        Send(peer, parts, effects);
        return more;
    }

    private AppendPart? NextPart(Peer peer, StreamLog log, bool tellCommits, ref int budget, Effects effects)
    {
        var stream = peer.Stream(log);
        if (stream.IsWaiting || stream.ReadId != 0) return null;
        if (stream.Next <= log.Base.Index)
        {
            Install(peer, log, stream, effects);
            return null;
        }

        if (stream.Next > log.Last || stream.IsProbing)
        {
            var untold = stream.ToldFsync < log.FsyncCommitted || stream.ToldMemory < log.MemoryCommitted;
            if (!stream.IsProbing && !untold) return null;
            // Entries that follow each other closely carry the commit indices; only silence needs a message for them.
            var isBusy = _context.NowMicros - stream.SentMicros < _context.Options.CommitNotifyMicros;
            if (!stream.IsProbing && (!tellCommits || isBusy))
            {
                HasUntold = true;
                return null;
            }

            if (stream.IsProbing && stream.ProgressMicros == 0) stream.ProgressMicros = _context.NowMicros;
            stream.IsWaiting = stream.IsProbing;
            return Part(log, stream, stream.Next, []);
        }

        if (stream.InFlightBytes >= _context.Options.WindowBytes) return null;
        if (stream.Next < log.Cache.First)
        {
            ReadFromDisk(peer, log, stream, effects);
            return null;
        }

        if (IsHeldBack(peer, log, stream)) return null;
        var entries = Slice(log, stream.Next, budget);
        var bytes = 0;
        foreach (var entry in entries) bytes += entry.SizeBytes;
        budget -= bytes;
        var part = Part(log, stream, stream.Next, entries);
        if (!stream.HasUnanswered) stream.ProgressMicros = _context.NowMicros;
        stream.Sent(entries[^1].Index, bytes);
        stream.SentMicros = _context.NowMicros;
        return part;
    }

    /// <summary>
    /// To a near peer one small message at a time while only memory is waited for: what comes meanwhile shares the
    /// next one, and is acknowledged hardly later. Over a distance, and towards a disk, many are better than few.
    /// </summary>
    private bool IsHeldBack(Peer peer, StreamLog log, PeerStream stream)
    {
        if (_context.Haste != AckHaste.Memory || !stream.HasUnanswered) return false;
        if (peer.RttMicros <= 0 || peer.RttMicros > NearMicros) return false;
        return (log.Last - stream.Next) * Limits.EntryHeaderBytes < SmallBytes
            && stream.InFlightBytes < SmallBytes && log.Cache.BytesAfter(stream.Next, SmallBytes) < SmallBytes;
    }

    /// <summary>Peers in step get the same entries: cut them once.</summary>
    private Entry[] Slice(StreamLog log, LogIndex from, int budget)
    {
        var isWhole = budget == _context.Options.AppendBytes;
        if (isWhole && _sharedLog == log && _shared.Length > 0 && _shared[0].Index == from) return _shared;
        var slice = log.Cache.Slice(from, budget, log.Last);
        if (!isWhole) return slice;
        (_sharedLog, _shared) = (log, slice);
        return slice;
    }

    private AppendPart Part(StreamLog log, PeerStream stream, LogIndex next, IReadOnlyList<Entry> entries)
    {
        stream.ToldMemory = log.MemoryCommitted;
        stream.ToldFsync = log.FsyncCommitted;
        var prev = next.Previous();
        return new AppendPart(log.Id, prev, log.TermAt(prev), log.MemoryCommitted, log.FsyncCommitted, entries);
    }

    private void Send(Peer peer, IReadOnlyList<AppendPart> parts, Effects effects) =>
        effects.Send(peer.Node, new Append(_context.Id, _term, peer.Life, parts) { Haste = _context.Haste });

    private void Install(Peer peer, StreamLog log, PeerStream stream, Effects effects)
    {
        effects.Send(peer.Node, new Install(_context.Id, _term, log.Id, log.Base));
        effects.Sometimes(condition: true, "base installed at a peer");
        stream.Rewind(log.Base.Index.Next(), probe: true);
        stream.IsWaiting = true;
        stream.ProgressMicros = _context.NowMicros;
    }

    private void ReadFromDisk(Peer peer, StreamLog log, PeerStream stream, Effects effects)
    {
        // Disk reads come one at a time and only into an empty pipe: catching up must not push out the newest.
        if (stream.HasUnanswered) return;
        var id = _context.NextReadId();
        stream.ReadId = id;
        _reads.Add(id, new Reading(peer, log, stream.Next));
        var count = (int)Math.Min(int.MaxValue, log.Cache.First - stream.Next);
        effects.ReadEntries(new ReadEntries(id, log.Key, stream.Next, count, _context.Options.AppendBytes));
    }

    private readonly record struct Reading(Peer Peer, StreamLog Log, LogIndex Next);
}
