using Outrider.Core;

namespace Outrider.Replication;

internal enum LeaderPhase : byte
{
    /// <summary>Its own promise is on the way to its disk.</summary>
    Promising = 1,
    /// <summary>Sealing members and fetching the chosen tails.</summary>
    Recovering,
    /// <summary>Making its configuration count; nothing is sent to be appended before.</summary>
    Activating,
    /// <summary>Its seals are on the way to a commit quorum's disks.</summary>
    Sealing,
    Open,
}

/// <summary>The leadership of one term by one life of a node; never taken up again once given up.</summary>
/// <remarks>
/// Promising → Recovering → Activating → Sealing → Open. Invariants: nothing is appended, acknowledged or confirmed
/// before Open; commits count only entries of this term and members of this term's configuration.
/// </remarks>
internal sealed class Leader
{
    private readonly GroupContext _context;
    private readonly Member _member;
    private readonly RecordDesk _desk;
    private readonly PeerTable _peers;
    private readonly Recovery _recovery;
    private readonly Replicator _replicator;
    private readonly LeaderReads _reads;
    private readonly LeaderCare _care;
    private readonly SortedSet<StreamId> _open = [];
    private long _version;
    private long _deskNotBefore;
    private bool _readsRecord;
    private bool _tellArmed;

    public Leader(
        GroupContext context, Member member, RecordDesk desk, ReadRounds reads, GroupRecord record, long version)
    {
        _context = context;
        _member = member;
        _desk = desk;
        _version = version;
        Record = record;
        _peers = new PeerTable(record, context.Self);
        _recovery = new Recovery(context, member, record, _peers.All);
        _replicator = new Replicator(context, member, record, _peers.All);
        _reads = new LeaderReads(context, member, reads, Term, Config, _peers.All);
        _care = new LeaderCare(context, this, _replicator);
    }

    public Term Term => Record.Term;
    public GroupConfig Config => Record.Proposed;
    public GroupRecord Record { get; private set; }
    public LeaderPhase Phase { get; private set; } = LeaderPhase.Promising;
    public bool IsOpen => Phase == LeaderPhase.Open;
    public IReadOnlyList<Peer> Peers => _peers.All;

    /// <summary>The members (and learners) wanted in place of the present ones; null if none.</summary>
    public MemberChange? Wanted { get; private set; }

    /// <summary>The streams of the term, all with this term's seal or born in it.</summary>
    public IEnumerable<StreamLog> OpenLogs
    {
        get
        {
            foreach (var stream in _open) yield return _member.Find(stream)!;
        }
    }

    /// <summary>Changes the members once a commit quorum of the new ones answers; false if a change is under way.
    /// </summary>
    public bool Want(GroupConfig config, IReadOnlyList<NodeId> learners)
    {
        // A leader for life may have to drop a second copy before the first drop is through.
        if (Wanted is not null && !Record.IsFixed) return false;
        Wanted = new MemberChange(
            config, config, [.. learners], _context.NowMicros + 20 * _context.Options.SuspectMicros);
        _peers.Learn(Record, Wanted);
        return true;
    }

    /// <summary>Not null: it must give up, and why.</summary>
    public string? Ended { get; private set; }

    public Peer? Find(NodeId node) => _peers.Find(node);

    public void Begin(DurableToken durable, Effects effects)
    {
        if (_member.Promised < Term) _member.Raise(Term, bySeal: true, effects);
        Check.That(_member.Promised == Term);
        _context.Haste = AckHaste.Both;
        foreach (var log in _member.Logs) log.PinsUncommitted = true;
        _recovery.SendSeals(effects);
        Advance(durable, effects);
    }

    /// <summary>Gives the streams back to the member.</summary>
    public void End()
    {
        foreach (var log in _member.Logs) log.PinsUncommitted = false;
    }

    public void OnSealAck(NodeId from, SealAck ack, DurableToken durable, Effects effects)
    {
        if (Heard(from) is not { } peer) return;
        if (Phase == LeaderPhase.Recovering) _recovery.OnSealAck(peer, ack, effects);
        else if (Phase > LeaderPhase.Activating) _replicator.Meet(peer, ack);
        else peer.Sealed ??= ack;
        Advance(durable, effects);
    }

    public void OnFetchAck(NodeId from, FetchAck ack, DurableToken durable, Effects effects)
    {
        if (Heard(from) is not { } peer || Phase != LeaderPhase.Recovering) return;
        _recovery.OnFetchAck(peer, ack, effects);
        Advance(durable, effects);
    }

    public void OnAppendAck(NodeId from, AppendAck ack, DurableToken durable, Effects effects)
    {
        if (Heard(from) is not { } peer || Phase < LeaderPhase.Sealing) return;
        _replicator.OnAck(peer, ack, effects);
        Advance(durable, effects);
    }

    public void OnProbeAck(NodeId from, ProbeAck ack)
    {
        if (Heard(from) is not { } peer || !peer.Meet(ack.Life)) return;
        peer.ProbeRound = Math.Max(peer.ProbeRound, ack.Round);
    }

    public void OnHeartbeatAck(NodeId from, Incarnation life, long rttMicros)
    {
        if (Heard(from) is not { } peer) return;
        // A restarted peer has proven nothing, and would not be sent to again if all had been acknowledged before.
        var isReborn = life > peer.Life;
        if (!peer.Meet(life)) return;
        if (isReborn && Phase >= LeaderPhase.Sealing) _replicator.TouchAll();
        peer.RttMicros = peer.RttMicros == 0 ? rttMicros : (7 * peer.RttMicros + rttMicros) / 8;
    }

    public void OnRead(EntriesRead read, Effects effects) => _replicator.OnRead(read, effects);

    /// <summary>This node's disk has got further, or its member's promise is on it.</summary>
    public void OnSynced(IReadOnlyList<StreamLog> advanced, DurableToken durable, Effects effects)
    {
        if (Phase >= LeaderPhase.Sealing)
            foreach (var log in advanced) _replicator.Commit(log, effects);
        Advance(durable, effects);
    }

    /// <summary>The record as the control plane holds it now, at a version not older than the one known.</summary>
    public void OnRecord(GroupRecord record, long version, DurableToken durable, Effects effects)
    {
        if (record.Term == Term && record.Attempt == Record.Attempt)
        {
            Record = record;
            _version = version;
            _peers.Learn(Record, Wanted);
            _readsRecord = false;
            Advance(durable, effects);
            return;
        }

        Check.That(record.Term > Term);
        if (_context.Has(ReplicationBugs.ActivateUnconditional) && Phase < LeaderPhase.Open)
        {
            if (Phase != LeaderPhase.Activating) return;
            _desk.Write(record with { Active = [.. record.Active, new(Term, Config)] }, version, effects);
            Record = Record.Activate();
            Advance(durable, effects);
        }
        else if (_context.Has(ReplicationBugs.OpenedUnconditional) && IsOpen && Record.OpenedTerm < Term)
            _desk.Write(record with { OpenedTerm = Term, Active = [new(Term, Config)] }, version, effects);
        else
            Ended = $"the record names {record.Term}, led by {record.Leader}";
    }

    /// <summary>A write of which nobody knows whether it happened: the record tells, when it can be read.</summary>
    public void OnUnknown()
    {
        _readsRecord = true;
        _deskNotBefore = _context.NowMicros + _context.Options.RetryMicros;
    }

    public void Tick(DurableToken durable, Effects effects)
    {
        if (Phase == LeaderPhase.Recovering) _recovery.Tick(effects);
        if (Phase >= LeaderPhase.Sealing) _replicator.Tick(effects);
        Ended ??= _care.ReasonToEnd();
        if (Ended is not null) return;
        if (Wanted is { UntilMicros: > 0 } wanted && _context.NowMicros > wanted.UntilMicros && !_desk.IsBusy)
        {
            Wanted = null;
            _context.Output(new GroupOutput.ChangeFailed("too few of the new members answer"));
        }

        Wanted ??= _care.Tend();
        Advance(durable, effects);
        if (MayRead) _reads.Tick(effects);
    }

    public void OnTellTimer(Effects effects)
    {
        _tellArmed = false;
        if (Phase < LeaderPhase.Sealing) return;
        _replicator.TouchAll();
        _replicator.Flush(tellCommits: true, effects);
        ArmTell(effects);
    }

    public void OnReadTimer() => _reads.OnTimer();

    /// <summary>End of the step: journal first, then one message a peer, then probes for the reads of the step.
    /// </summary>
    public void Flush(DurableToken durable, Effects effects)
    {
        if (Phase < LeaderPhase.Sealing) return;
        if (Config.CommitQuorum == 1)
            foreach (var log in _member.Logs)
                if (log.HasUnwritten) _replicator.Commit(log, effects);
        _member.WriteOut(effects);
        _replicator.Flush(tellCommits: false, effects);
        ArmTell(effects);
        if (MayRead) _reads.Flush(effects);
        Advance(durable, effects);
    }

    public AppendOutcome Append(StreamId stream, in EntryDraft draft)
    {
        if (Refusal(draft) is { } refusal) return AppendOutcome.Refused(refusal);
        if (!Exists(stream)) return AppendOutcome.Refused(AppendCode.NoSuchStream);
        var log = _member.FindOrCreate(stream);
        if (!draft.Producer.IsNone)
        {
            switch (log.Dedup.Find(draft.Producer, draft.Sequence, out var index))
            {
                case DedupAnswer.Known
                    when log.TermAt(index) == Term || !_context.Has(ReplicationBugs.DedupThisTermOnly):
                    return new AppendOutcome(AppendCode.Duplicate, log.TermAt(index), index, _context.Self);
                case DedupAnswer.Stale: return AppendOutcome.Refused(AppendCode.StaleSequence);
                case DedupAnswer.UnknownProducer: return AppendOutcome.Refused(AppendCode.UnknownProducer);
            }
        }

        var size = Limits.EntryHeaderBytes + draft.Payload.Length;
        var isFull = _replicator.PendingBytes + size > _context.Options.PendingBytesMax
            || _replicator.PendingCount >= _context.Options.PendingAppendsMax;
        if (isFull) return AppendOutcome.Refused(AppendCode.Overloaded);
        var entry = new Entry(
            log.Last.Next(), Term, draft.Kind, log.EndSlot, draft.Slots, draft.Producer, draft.Sequence, draft.Payload);
        log.Append(entry);
        _replicator.Appended(log, entry);
        return new AppendOutcome(AppendCode.Appended, Term, entry.Index, _context.Self);
    }

    public long ConfirmRead(StreamLog log) => _reads.Confirm(log);

    public bool MayRead => IsOpen || (_context.Has(ReplicationBugs.ReadBeforeOpen) && Phase == LeaderPhase.Sealing);

    public bool MayAppend => IsOpen || (_context.Has(ReplicationBugs.AckBeforeOpen) && Phase > LeaderPhase.Promising);

    /// <summary>A stream of the birth, or one whose creation is on disk at a commit quorum.</summary>
    public bool Exists(StreamId stream)
    {
        if (stream.Value <= Record.Streams || _open.Contains(stream)) return true;
        var catalogue = _member.FindOrCreate(StreamId.Catalogue);
        foreach (var created in catalogue.Created)
        {
            if (created.Stream != stream || created.At > catalogue.FsyncCommitted) continue;
            _member.FindOrCreate(stream).PinsUncommitted = true;
            _open.Add(stream);
            return true;
        }

        return false;
    }

    public MemberAck AckedBy(NodeId node, StreamLog log) =>
        Find(node) is { } peer ? _replicator.AckedBy(peer, log) : default;

    public void CheckInvariants()
    {
        Check.That(_replicator.PendingBytes >= 0);
        Check.That(_replicator.PendingCount >= 0);
        Check.That(Record.Active.Count > 0);
        if (Phase != LeaderPhase.Open) return;
        foreach (var log in _member.Logs)
            Check.That(log.MemoryCommitted >= log.FsyncCommitted);
    }

    private AppendCode? Refusal(in EntryDraft draft)
    {
        if (Record.IsClosed) return AppendCode.Closed;
        if (Config.Count < Record.MinCopies) return AppendCode.TooFewCopies;
        if (draft.Payload.Length > Limits.EntryBytesMax) return AppendCode.TooLarge;
        return null;
    }

    private void ArmTell(Effects effects)
    {
        if (!_replicator.HasUntold || _tellArmed) return;
        _tellArmed = true;
        effects.SetTimer(ReplicationTimers.Tell(_context.Id), _context.Options.CommitNotifyMicros);
    }

    private Peer? Heard(NodeId from)
    {
        var peer = Find(from);
        if (peer is not null) peer.HeardMicros = _context.NowMicros;
        return peer;
    }

    /// <summary>Goes as far through the phases as what is known allows.</summary>
    private void Advance(DurableToken durable, Effects effects)
    {
        if (Ended is not null) return;
        if (Phase == LeaderPhase.Promising && durable >= _member.PromiseToken)
        {
            Phase = LeaderPhase.Recovering;
            Find(_context.Self)!.Sealed = _member.AnswerSeal(Term);
            _recovery.Advance(effects);
        }

        if (Phase == LeaderPhase.Recovering && _recovery.IsDone) Phase = LeaderPhase.Activating;
        if (Phase == LeaderPhase.Activating && IsActive()) AppendSeals(effects);
        if (Phase == LeaderPhase.Sealing && SealsAreCommitted())
        {
            Phase = LeaderPhase.Open;
            _context.Output(new GroupOutput.Opened(Term, Config));
        }

        Write(effects);
    }

    private bool IsActive() =>
        Record.Active[^1].Term == Term || Record.Newest.Equals(Config)
        || _context.Has(ReplicationBugs.AppendBeforeActivate);

    private void AppendSeals(Effects effects)
    {
        Phase = LeaderPhase.Sealing;
        var loss = _recovery.Loss && !_context.Has(ReplicationBugs.LossNotInSeal);
        effects.Sometimes(loss, "seal with loss mark");
        foreach (var stream in Recovery.StreamsOf(_member, Record))
        {
            var log = _member.FindOrCreate(stream);
            log.PinsUncommitted = true;
            var seal = new Entry(
                log.Last.Next(), Term, EntryKind.Seal, log.EndSlot, 0, ProducerId.None, 0, SealMark.Encode(loss));
            log.Append(seal);
            _replicator.Appended(log, seal);
            _open.Add(stream);
        }

        foreach (var peer in _peers.All)
            if (peer.Sealed is { } ack && peer.Node != _context.Self) _replicator.Meet(peer, ack);
    }

    private bool SealsAreCommitted()
    {
        foreach (var stream in _open)
        {
            var log = _member.Find(stream)!;
            var committed = _context.Has(ReplicationBugs.SealByMemory) ? log.MemoryCommitted : log.FsyncCommitted;
            if (log.TermAt(committed) != Term) return false;
            if (_context.Has(ReplicationBugs.OpenAfterOneStream)) return true;
        }

        return true;
    }

    /// <summary>The next write to the record, if one is due: at most one is ever under way.</summary>
    private void Write(Effects effects)
    {
        if (_desk.IsBusy || _context.NowMicros < _deskNotBefore) return;
        if (_readsRecord) _desk.Read(effects);
        else if (Phase == LeaderPhase.Activating) _desk.Write(Record.Activate(), _version, effects);
        else if (IsOpen && Record.OpenedTerm < Term) _desk.Write(Record.Open(), _version, effects);
        else if (Phase >= LeaderPhase.Recovering && Wanted is { } wanted) WriteWanted(wanted, effects);
    }

    private void WriteWanted(MemberChange wanted, Effects effects)
    {
        var next = Record with { Full = wanted.Full, Learners = wanted.Learners };
        if (next.Equals(Record) && wanted.Config.Equals(Config))
        {
            Wanted = null;
            return;
        }

        if (!_care.MayPropose(wanted)) return;
        if (!wanted.Config.Equals(Config))
            next = _context.Propose(next, wanted.Config);
        _desk.Write(next, _version, effects);
    }
}
