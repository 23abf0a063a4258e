using Outrider.Core;

namespace Outrider.Replication;

/// <summary>A node's copy of a group: its promise, its taint and its streams. It never decides anything alone.
/// </summary>
/// <remarks>
/// Invariants: the promise only grows and is on disk before any answer that rests on it; entries are replaced only at
/// a proven mismatch and never at or below the known fsync-commit index; an acknowledgement states what this life has
/// proven equal to the log of the promised term's leader.
/// </remarks>
internal sealed class Member
{
    private readonly GroupContext _context;
    private readonly List<StreamLog> _logs = [];
    private StreamLog?[] _byId = new StreamLog?[4];

    public Member(GroupContext context) => _context = context;

    public Term Promised { get; private set; }
    public Term Taint { get; private set; } = new(-1);

    /// <summary>What rests on the promise is sent once this is durable.</summary>
    public DurableToken PromiseToken { get; private set; }

    /// <summary>The leader of the promised term, once it has spoken.</summary>
    public NodeId LeaderNode { get; private set; }

    /// <summary>Ascending by id.</summary>
    public IReadOnlyList<StreamLog> Logs => _logs;

    /// <summary>A stream that lost durable entries here and is not repaired yet.</summary>
    public bool IsCorrupt
    {
        get
        {
            foreach (var log in _logs)
                if (log.CorruptFrom > LogIndex.Zero) return true;
            return false;
        }
    }

    public void Recover(RecoveredGroup recovered, bool unclean, Effects effects)
    {
        var state = MemberState.Decode(recovered.State);
        Check.That(state is not null);
        Promised = state.Promised;
        Taint = state.Taint;
        foreach (var stream in recovered.Streams)
        {
            var log = Create(stream.Stream);
            log.Recover(stream);
            if (state.Corrupt.Contains(stream.Stream) && log.CorruptFrom == LogIndex.Zero)
                log.CorruptFrom = log.Last.Next();
            // A member may have taken entries of a term whose promise it could not save in time.
            if (!_context.Has(ReplicationBugs.RaiseVolatile) && log.LastTerm > Promised) Promised = log.LastTerm;
            if (_context.Has(ReplicationBugs.MatchSurvivesRestart)) log.Match = log.Last;
        }

        if (_context.Has(ReplicationBugs.TaintClearedByCleanRestart) && !unclean) Taint = new Term(-1);
        if (unclean)
        {
            var term = _context.Has(ReplicationBugs.TaintTermOffByOne) ? new Term(Promised.Value - 1) : Promised;
            if (term > Taint) Taint = term;
        }

        Save(effects);
    }

    public StreamLog? Find(StreamId stream) => stream.Value < _byId.Length ? _byId[stream.Value] : null;

    public StreamLog FindOrCreate(StreamId stream) => Find(stream) ?? Create(stream);

    public void WriteOut(Effects effects)
    {
        foreach (var log in _logs)
            if (log.HasUnwritten) log.WriteOut(effects);
    }

    /// <summary>Promises to take nothing of a lower term; what follows in this step rests on it.</summary>
    public void Raise(Term term, bool bySeal, Effects effects)
    {
        Check.That(term > Promised);
        Promised = term;
        LeaderNode = NodeId.None;
        foreach (var log in _logs) log.Match = LogIndex.Zero;
        if (_context.Has(ReplicationBugs.PromiseVolatile)) return;
        if (_context.Has(ReplicationBugs.RaiseVolatile) && !bySeal) return;
        Save(effects);
    }

    public void HeardLeader(NodeId leader) => LeaderNode = leader;

    public SealAck AnswerSeal(Term term)
    {
        var tails = new List<StreamTail>(_logs.Count);
        foreach (var log in _logs) tails.Add(log.Tail());
        return new SealAck(_context.Id, term, _context.Life, Taint, tails);
    }

    public AppendAck OnAppend(Append message, Effects effects)
    {
        var parts = new AckPart[message.Parts.Count];
        var repaired = false;
        for (var i = 0; i < parts.Length; i++)
        {
            var part = message.Parts[i];
            var log = FindOrCreate(part.Stream);
            parts[i] = Take(log, part, effects);
            // The acknowledgement may be put off, so its absence says nothing.
            effects.Observe(parts[i].Refused is null ? "Take" : "Refuse", _context.Id, part.Stream, _context.Self);
            repaired |= log.CorruptFrom > LogIndex.Zero && IsRepaired(log, message, part);
            if (repaired) log.CorruptFrom = LogIndex.Zero;
        }

        if (repaired) Save(effects);
        return new AppendAck(_context.Id, Promised, _context.Life, parts);
    }

    /// <summary>All of a message was taken and waits for the disk: a later acknowledgement will say all.</summary>
    public bool IsSyncing(Append message, AppendAck ack)
    {
        for (var i = 0; i < ack.Parts.Count; i++)
        {
            if (ack.Parts[i].Refused is not null || message.Parts[i].Entries.Count == 0) return false;
            if (Find(message.Parts[i].Stream) is not { AwaitsSync: true } log || log.Synced >= log.Match) return false;
        }

        return ack.Parts.Count > 0;
    }

    public AppendAck OnInstall(Install message, Effects effects)
    {
        var log = FindOrCreate(message.Stream);
        InstallBase(log, message.Base, effects);
        log.Match = LogIndex.Max(log.Match, message.Base.Index);
        return new AppendAck(_context.Id, Promised, _context.Life, [Ack(log)]);
    }

    public void InstallBase(StreamLog log, StreamBase value, Effects effects)
    {
        if (value.Index <= log.Base.Index) return;
        var keeps = log.Matches(value.Index, value.Term) && !_context.Has(ReplicationBugs.InstallDropsSuffix);
        if (keeps) log.MoveBase(value, effects);
        else log.ReplaceBy(value, effects);
    }

    /// <summary>What this copy has in this life, for the leader of the promised term.</summary>
    public AckPart Ack(StreamLog log)
    {
        var memory = _context.Has(ReplicationBugs.AckByLength) ? log.Last : log.Match;
        var fsync = _context.Has(ReplicationBugs.FsyncAckBeforeSync) ? memory : LogIndex.Min(memory, log.Synced);
        return new AckPart(log.Id, memory, fsync, log.FsyncCommitted, null, LogIndex.Zero, []);
    }

    /// <summary>Tells the leader how far streams have got, unasked.</summary>
    public void TellProgress(IReadOnlyList<StreamLog> logs, Effects effects)
    {
        var parts = new List<AckPart>(logs.Count);
        foreach (var log in logs)
            if (log.Match > LogIndex.Zero) parts.Add(Ack(log));
        if (parts.Count == 0 || LeaderNode.IsNone) return;
        effects.SendOnceDurable(
            PromiseToken, LeaderNode, new AppendAck(_context.Id, Promised, _context.Life, parts));
    }

    /// <summary>Entries of another log are adopted by the same rule, by a member and by a recovering leader.</summary>
    public bool Adopt(StreamLog log, LogIndex prev, Term prevTerm, IReadOnlyList<Entry> entries, Effects effects)
    {
        if (prev > log.Base.Index && !log.Matches(prev, prevTerm))
        {
            if (prev > log.Last || !_context.Has(ReplicationBugs.NoPrevTerm)) return false;
        }

        var at = 0;
        while (at < entries.Count)
        {
            var entry = entries[at];
            if (entry.Index > log.Last) break;
            if (entry.Index > log.Base.Index && log.TermAt(entry.Index) != entry.Term)
            {
                if (_context.Has(ReplicationBugs.TruncateGuardMemoryCommitted) && entry.Index <= log.MemoryCommitted)
                    return false;
                log.TruncateFrom(entry.Index, effects);
                break;
            }

            at++;
        }

        var end = LogIndex.Max(prev.Plus(at), log.FsyncCommitted);
        if (_context.Has(ReplicationBugs.TruncateAlways) && at == entries.Count && end < log.Last)
            log.TruncateFrom(end.Next(), effects);
        for (; at < entries.Count; at++)
        {
            log.SupplyEndSlot(entries[at].FirstSlot);
            log.Adopt(entries[at]);
        }

        log.WriteOut(effects);
        return true;
    }

    public bool OnDurable(DurableToken upTo, List<StreamLog> advanced)
    {
        foreach (var log in _logs)
            if (log.AwaitsSync && log.OnDurable(upTo)) advanced.Add(log);
        return advanced.Count > 0;
    }

    public void CheckInvariants()
    {
        Check.That(Promised >= Term.Zero);
        Check.That(Taint <= Promised);
        for (var i = 0; i < _logs.Count; i++)
        {
            _logs[i].CheckInvariants();
            Check.That(i == 0 || _logs[i - 1].Id.CompareTo(_logs[i].Id) < 0);
        }
    }

    private AckPart Take(StreamLog log, AppendPart part, Effects effects)
    {
        if (!Adopt(log, part.Prev, part.PrevTerm, part.Entries, effects))
        {
            return new AckPart(
                log.Id, log.Match, LogIndex.Min(log.Match, log.Synced), log.FsyncCommitted, part.Prev, log.Last,
                log.Terms.Copy());
        }

        // What is below the base is committed, so any later leader has it too.
        if (part.Prev <= log.Base.Index) log.Match = LogIndex.Max(log.Match, log.Base.Index);
        log.Match = LogIndex.Max(log.Match, LogIndex.Min(part.Prev.Plus(part.Entries.Count), log.Last));
        log.AdvanceMemoryCommitted(LogIndex.Min(part.MemoryCommitted, log.Match));
        log.AdvanceFsyncCommitted(LogIndex.Min(part.FsyncCommitted, log.Match), effects);
        return Ack(log);
    }

    /// <summary>
    /// The copy is whole again once it holds all that an open leader has committed, told after that leader knew of
    /// this life: nothing it acknowledged in an earlier life can still count towards a commit.
    /// </summary>
    private bool IsRepaired(StreamLog log, Append message, AppendPart part) =>
        message.ToLife == _context.Life
        && part.FsyncCommitted > LogIndex.Zero
        && log.Match >= part.FsyncCommitted
        && log.Synced >= part.FsyncCommitted
        && log.TermAt(part.FsyncCommitted) == message.Term;

    private StreamLog Create(StreamId stream)
    {
        Check.That(Valid.Stream(stream.Value));
        var log = new StreamLog(_context, stream);
        if (stream.Value >= _byId.Length) Array.Resize(ref _byId, Math.Max(stream.Value + 1, _byId.Length * 2));
        _byId[stream.Value] = log;
        var at = _logs.Count;
        while (at > 0 && _logs[at - 1].Id.CompareTo(stream) > 0) at--;
        _logs.Insert(at, log);
        return log;
    }

    private void Save(Effects effects)
    {
        var corrupt = new List<StreamId>();
        foreach (var log in _logs)
            if (log.CorruptFrom > LogIndex.Zero) corrupt.Add(log.Id);
        var state = new MemberState(Promised, Taint, corrupt);
        PromiseToken = effects.Persist(new JournalRecord.SaveState(_context.Id, state.Encode()));
    }
}
