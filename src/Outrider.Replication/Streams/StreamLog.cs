using Outrider.Core;

namespace Outrider.Replication;

/// <summary>
/// One copy of a stream: base, entries, and what is known of them. All changes go to the journal through here, so
/// that the order on disk is the order in memory.
/// </summary>
/// <remarks>Invariants: Base ≤ FsyncCommitted ≤ Last, MemoryCommitted ≤ Last, Synced ≤ Last, Match ≤ Last.</remarks>
internal sealed class StreamLog
{
    private readonly GroupContext _context;
    private readonly List<Entry> _unwritten = [];
    private readonly SyncQueue _syncs = new();
    private readonly ByteSlab _slab = new();
    private readonly List<Entry> _marks = [];
    private readonly List<LossMark> _losses = [];
    private readonly List<(StreamId Stream, LogIndex At)> _created = [];

    public StreamLog(GroupContext context, StreamId stream)
    {
        _context = context;
        Key = new StreamKey(context.Id, stream);
    }

    public StreamKey Key { get; }
    public StreamId Id => Key.Stream;
    public StreamBase Base { get; private set; } = StreamBase.Empty;
    public LogIndex Last { get; private set; }
    public Term LastTerm => Terms.Starts.Count == 0 ? Term.Zero : Terms.Starts[^1].Term;
    public long EndSlot { get; private set; }
    public TermTable Terms { get; } = new();
    public EntryCache Cache { get; } = new();
    public DedupTable Dedup { get; } = new();

    /// <summary>Streams that this stream, the catalogue, creates; it is never trimmed.</summary>
    public IReadOnlyList<(StreamId Stream, LogIndex At)> Created => _created;

    /// <summary>On this node's disk up to here.</summary>
    public LogIndex Synced { get; private set; }

    public LogIndex MemoryCommitted { get; private set; }
    public LogIndex FsyncCommitted { get; private set; }

    /// <summary>Proven equal to the log of the promised term's leader up to here, in this life.</summary>
    public LogIndex Match { get; set; }

    /// <summary>Not zero: entries from here on were on disk once and are unreadable; no seal is answered.</summary>
    public LogIndex CorruptFrom { get; set; }

    /// <summary>The leader looks at it at the end of the step.</summary>
    public bool IsTouched { get; set; }

    public bool HasUnwritten => _unwritten.Count > 0;
    public bool AwaitsSync => _syncs.Count > 0;

    /// <summary>At the leader: what is not committed on disk stays in memory, whatever the bound.</summary>
    public bool PinsUncommitted { get; set; }

    public void Recover(RecoveredStream recovered)
    {
        SetBaseState(recovered.Base);
        foreach (var entry in recovered.Entries)
        {
            Take(entry);
            Cache.Shrink(_context.Options.CacheBytes, keepAbove: Last);
        }

        Check.That(Last == recovered.LastIndex);
        Synced = Last;
        CorruptFrom = recovered.CorruptFrom;
    }

    public Term TermAt(LogIndex index) => Terms.TermAt(index);

    /// <summary>Whether entry <paramref name="index"/> exists here with that term (the base counts as existing).
    /// </summary>
    public bool Matches(LogIndex index, Term term) => index <= Last && TermAt(index) == term;

    /// <summary>Adds an entry at the end; it reaches the journal at the next <see cref="WriteOut"/>.</summary>
    public void Append(Entry entry)
    {
        Check.That(entry.Index == Last.Next());
        Check.That(entry.Term >= LastTerm);
        Check.That(entry.FirstSlot == EndSlot);
        Take(entry);
        _unwritten.Add(entry);
    }

    /// <summary>
    /// As <see cref="Append"/>, of an entry from a message. The cache keeps it for long: in room of this stream's, as a
    /// piece of its message would keep all of that, or what a busy stream has beside it.
    /// </summary>
    public void Adopt(Entry entry) =>
        Append(entry.Payload.IsEmpty ? entry : entry with { Payload = _slab.Copy(entry.Payload.Span) });

    /// <summary>Hands what was appended since the last time to the journal, as one record.</summary>
    public void WriteOut(Effects effects)
    {
        if (_unwritten.Count == 0) return;
        var written = _unwritten.ToArray();
        _unwritten.Clear();
        var record = new JournalRecord.Append(Key, written);
        var isUrgent = (_context.Haste & AckHaste.Fsync) != 0;
        _syncs.Add(Last, isUrgent ? effects.Persist(record) : effects.PersistLazily(record));
        if (_context.Has(ReplicationBugs.TrimEarlyAndAboveCommit))
            foreach (var entry in written) Act(entry, effects);
        Cache.Shrink(_context.Options.CacheBytes, PinsUncommitted ? FsyncCommitted : Last);
    }

    /// <summary>Removes entries at or after an index: another leader's log has others there.</summary>
    public void TruncateFrom(LogIndex from, Effects effects)
    {
        Check.That(from > FsyncCommitted);
        Check.That(from > Base.Index && from <= Last);
        WriteOut(effects);
        effects.Persist(new JournalRecord.Truncate(Key, from));
        var first = Cache.TryGet(from);
        Cache.TruncateFrom(from);
        Terms.TruncateFrom(from);
        Dedup.TruncateFrom(from);
        _marks.RemoveAll(mark => mark.Index >= from);
        _losses.RemoveAll(loss => loss.Seal >= from);
        _created.RemoveAll(created => created.At >= from);
        _syncs.Truncate(from);
        Last = from.Previous();
        Synced = LogIndex.Min(Synced, Last);
        Match = LogIndex.Min(Match, Last);
        MemoryCommitted = LogIndex.Min(MemoryCommitted, Last);
        EndSlot = first?.FirstSlot ?? UnknownSlot;
        _context.Output(new GroupOutput.Truncated(Id, from));
    }

    /// <summary>
    /// After a truncation below the cache the slot count comes with the next entry, which the leader's log gives.
    /// </summary>
    private const long UnknownSlot = -1;

    public bool KnowsEndSlot => EndSlot != UnknownSlot;

    public void SupplyEndSlot(long slot)
    {
        if (EndSlot == UnknownSlot) EndSlot = slot;
    }

    /// <summary>Moves the base up to an index that this copy holds.</summary>
    public void MoveBase(StreamBase value, Effects effects)
    {
        Check.That(value.Index > Base.Index && Matches(value.Index, value.Term));
        WriteOut(effects);
        Persist(value, keepSuffix: true, effects);
        Base = value;
        Cache.DropUpTo(value.Index);
        _losses.RemoveAll(loss => loss.Seal <= value.Index);
        FsyncCommitted = LogIndex.Max(FsyncCommitted, value.Index);
        MemoryCommitted = LogIndex.Max(MemoryCommitted, value.Index);
        _context.Output(new GroupOutput.BaseMoved(Id, value, Installed: false));
    }

    /// <summary>Replaces this copy by a base.</summary>
    public void ReplaceBy(StreamBase value, Effects effects)
    {
        Check.That(value.Index > FsyncCommitted);
        _unwritten.Clear();
        _syncs.Clear();
        Persist(value, keepSuffix: false, effects);
        SetBaseState(value);
        Synced = LogIndex.Zero;
        _syncs.Add(value.Index, effects.LastToken);
        _context.Output(new GroupOutput.BaseMoved(Id, value, Installed: true));
    }

    /// <summary>True if more is on disk than before.</summary>
    public bool OnDurable(DurableToken upTo)
    {
        var synced = LogIndex.Max(Synced, _syncs.Take(upTo));
        if (synced == Synced) return false;
        Synced = synced;
        Check.That(Synced <= Last);
        return true;
    }

    public void AdvanceMemoryCommitted(LogIndex index)
    {
        Check.That(index <= Last);
        MemoryCommitted = LogIndex.Max(MemoryCommitted, index);
    }

    /// <summary>Entries up to here are final; seals, trims and creations among them take effect.</summary>
    public void AdvanceFsyncCommitted(LogIndex index, Effects effects)
    {
        Check.That(index <= Last);
        if (index <= FsyncCommitted) return;
        FsyncCommitted = index;
        Dedup.Decide(index);
        while (_marks.Count > 0 && _marks[0].Index <= index)
        {
            var mark = _marks[0];
            _marks.RemoveAt(0);
            Act(mark, effects);
        }
    }

    /// <summary>Terms whose seals carry a loss mark, from the base on.</summary>
    public bool HasLossMark(Term term)
    {
        for (var i = 0; i < Base.LossMarks.Count; i++)
            if (Base.LossMarks[i] == term) return true;
        for (var i = 0; i < _losses.Count; i++)
            if (_losses[i].Term == term) return true;
        return false;
    }

    public StreamTail Tail() => new(Id, Last, Math.Max(0, EndSlot), Base.Index, Terms.Copy());

    public void CheckInvariants()
    {
        Check.That(Base.Index <= FsyncCommitted);
        Check.That(FsyncCommitted <= Last);
        Check.That(MemoryCommitted <= Last);
        Check.That(Synced <= Last);
        Check.That(Match <= Last);
        Check.That(Cache.End == Last.Next());
        Check.That(Cache.First > Base.Index);
        Check.That(_unwritten.Count == 0 || _unwritten[^1].Index == Last);
    }

    /// <summary>Trim entries act here; the leader put bound and slot into the payload.</summary>
    private void Act(Entry mark, Effects effects)
    {
        switch (mark.Kind)
        {
            case EntryKind.Trim when TrimOrder.TryDecode(mark.Payload, out var order):
                if (order.UpTo > Base.Index) MoveBase(BaseAt(order), effects);
                break;
            case EntryKind.Seal when SealMark.HasLoss(mark.Payload):
                _context.Output(new GroupOutput.LossMarked(Id, mark.Term, mark.Index));
                break;
            case EntryKind.CreateStream when CreateOrder.TryDecode(mark.Payload, out var stream):
                _context.Output(new GroupOutput.StreamCreated(stream));
                break;
        }
    }

    private StreamBase BaseAt(TrimOrder order)
    {
        var dedup = _context.Has(ReplicationBugs.DedupNotInBase) ? default : Dedup.EncodeUpTo(order.UpTo);
        var marks = new List<Term>(Base.LossMarks);
        foreach (var loss in _losses)
            if (loss.Seal <= order.UpTo) marks.Add(loss.Term);
        return new StreamBase(
            order.UpTo, TermAt(order.UpTo), order.EndSlot, Terms.UpTo(order.UpTo), marks, dedup, order.Snapshot);
    }

    private void Persist(StreamBase value, bool keepSuffix, Effects effects) =>
        effects.Persist(new JournalRecord.SetBase(Key, value, keepSuffix));

    private void SetBaseState(StreamBase value)
    {
        Base = value;
        Last = value.Index;
        EndSlot = value.EndSlot;
        Terms.Reset(value.TermStarts);
        Dedup.Reset(value.Dedup);
        Cache.Reset(value.Index);
        _marks.Clear();
        _losses.Clear();
        _created.Clear();
        FsyncCommitted = MemoryCommitted = value.Index;
        Match = LogIndex.Min(Match, Last);
    }

    private void Take(Entry entry)
    {
        Cache.Add(entry);
        Terms.Add(entry.Term, entry.Index);
        Dedup.Add(entry.Producer, entry.Sequence, entry.Index);
        Last = entry.Index;
        EndSlot = entry.EndSlot;
        if (entry.Kind is not (EntryKind.Seal or EntryKind.Trim or EntryKind.CreateStream)) return;
        _marks.Add(entry);
        if (entry.Kind == EntryKind.CreateStream && CreateOrder.TryDecode(entry.Payload, out var stream))
            _created.Add((stream, entry.Index));
        if (entry.Kind == EntryKind.Seal && SealMark.HasLoss(entry.Payload))
            _losses.Add(new LossMark(entry.Term, entry.Index));
    }

    private readonly record struct LossMark(Term Term, LogIndex Seal);
}
