using Outrider.Core;

namespace Outrider.Replication;

/// <summary>
/// Puts the roles of one group at one node together: a member always, and a leader or a candidate at times. Decides
/// only who may speak: the term rule for messages, and what a record of the control plane makes of this node.
/// </summary>
internal sealed class GroupCore
{
    private readonly GroupContext _context;
    private readonly Member _member;
    private readonly RecordDesk _desk;
    private readonly Candidate _candidate;
    private readonly FetchServer _fetches;
    private readonly ReadRounds _reads = new();
    private readonly List<StreamLog> _advanced = [];
    private GroupBirth? _birth;
    private DurableToken _durable;
    private Term _ledTerm = new(-1);
    private long _version;
    private long _readDueMicros = -1;
    private bool _owesAck;
    private bool _failed;

    public GroupCore(GroupContext context, Member member, GroupBirth? birth)
    {
        _context = context;
        _member = member;
        _birth = birth;
        _desk = new RecordDesk(context);
        _candidate = new Candidate(context, _desk);
        _fetches = new FetchServer(context, member);
    }

    public Leader? Leader { get; private set; }
    public GroupRecord? Record { get; private set; }

    public GroupRole Role =>
        Leader is not null ? GroupRole.Leader
        : _candidate.Phase != CandidatePhase.Idle ? GroupRole.Candidate : GroupRole.Member;

    public Term Term => Record is { } record && record.Term > _member.Promised ? record.Term : _member.Promised;

    public NodeId LeaderNode
    {
        get
        {
            if (Leader is not null) return _context.Self;
            if (Record is { } record && record.Term >= _member.Promised)
                return record.Leader == _context.Self || record.IsClosed ? NodeId.None : record.Leader;
            return _member.LeaderNode;
        }
    }

    public void Start(RecoveredGroup? recovered, bool unclean, Effects effects)
    {
        if (recovered is not null) _member.Recover(recovered, unclean, effects);
        _candidate.Start();
        _desk.Read(effects);
    }

    /// <summary>The owner joins a group that this node already has a copy of.</summary>
    public void Bear(GroupBirth birth, Effects effects)
    {
        _birth = birth;
        if (Record is null && !_desk.IsBusy) _desk.Read(effects);
    }

    public void OnMessage(NodeId from, Message message, Effects effects)
    {
        if (_failed) return;
        switch (message)
        {
            case Append append: OnAppend(from, append, effects); break;
            case AppendAck ack when Leads(ack.Term): Leader!.OnAppendAck(from, ack, _durable, effects); break;
            case Seal seal: OnSeal(from, seal, effects); break;
            case SealAck ack when Leads(ack.Term): Leader!.OnSealAck(from, ack, _durable, effects); break;
            case Fetch fetch: OnFetch(from, fetch, effects); break;
            case FetchAck ack when Leads(ack.Term): Leader!.OnFetchAck(from, ack, _durable, effects); break;
            case Install install: OnInstall(from, install, effects); break;
            case Probe probe: OnProbe(from, probe, effects); break;
            case ProbeAck ack when Leads(ack.Term): Leader!.OnProbeAck(from, ack); break;
            case AskSuspicion ask: OnAsk(from, ask, effects); break;
            case TellSuspicion told: _candidate.OnTold(from, told, effects); break;
            case Refuse refuse when refuse.Promised > Term: _readDueMicros = _context.NowMicros; break;
        }

        Settle();
    }

    public void OnDurable(DurableToken upTo, Effects effects)
    {
        _durable = upTo > _durable ? upTo : _durable;
        _advanced.Clear();
        _member.OnDurable(upTo, _advanced);
        if (Leader is not null)
        {
            Leader.OnSynced(_advanced, _durable, effects);
            Settle();
            return;
        }

        if (_advanced.Count == 0 || _member.LeaderNode.IsNone) return;
        _owesAck = (_context.Haste & AckHaste.Fsync) == 0;
        if (!_owesAck) _member.TellProgress(_advanced, effects);
    }

    /// <summary>The disk refused: what this node promised may not be there, so it promises and leads no more.</summary>
    public void OnDiskFailed(string failure)
    {
        _failed = true;
        if (Leader is not null) StepDown($"disk failed: {failure}");
    }

    public void OnRead(EntriesRead read, Effects effects)
    {
        _fetches.OnRead(read, effects);
        Leader?.OnRead(read, effects);
    }

    /// <summary>False if the answer is to someone else's call.</summary>
    public bool OnControl(ControlAnswer answer, Effects effects)
    {
        var result = _desk.On(answer);
        OnDesk(result, effects);
        return result.Outcome != DeskOutcome.None;
    }

    public void Now(long nowMicros) => _context.NowMicros = nowMicros;

    /// <summary>The record as a watch or a poll has shown it. Never a ground to lead: only this desk's answers are.
    /// </summary>
    public void OnRecordSeen(GroupRecord record, long version, Effects effects)
    {
        if (_failed || version <= _version) return;
        Learn(record, version);
        if (Leader is not null && !_context.IsMine(record)) Leader.OnRecord(record, version, _durable, effects);
        else if (record.Term == Term.Zero) _candidate.LeaderIsGone();
        if (Leader is null && _context.IsMine(record) && record.Term > _ledTerm) _readDueMicros = _context.NowMicros;
        Settle();
    }

    /// <summary>A node says that it leads the group; the answer is this member's promise.</summary>
    public Term OnHeartbeat(Term term)
    {
        if (term >= _member.Promised && Leader is null) _candidate.LeaderHeard();
        return _member.Promised;
    }

    public void OnHeartbeatAck(NodeId from, Incarnation life, Term promised, long rttMicros)
    {
        if (Leader is null) return;
        if (promised > Leader.Term) _readDueMicros = _context.NowMicros;
        else Leader.OnHeartbeatAck(from, life, rttMicros);
    }

    public void Tick(Effects effects)
    {
        if (_failed) return;
        OnDesk(_desk.Expire(), effects);
        if (_readDueMicros >= 0 && _context.NowMicros >= _readDueMicros && !_desk.IsBusy)
        {
            _readDueMicros = -1;
            _desk.Read(effects);
        }

        if (_owesAck && Leader is null) _member.TellProgress(_member.Logs, effects);
        _owesAck = false;
        if (Leader is not null) Leader.Tick(_durable, effects);
        else if (!_member.IsCorrupt && Record is { IsFixed: false, IsClosed: false }) _candidate.Tick(effects);
        Settle();
    }

    public void OnTimer(TimerKey key, Effects effects)
    {
        if (_failed || Leader is null) return;
        if (ReplicationTimers.IsTell(key)) Leader.OnTellTimer(effects);
        else Leader.OnReadTimer();
    }

    public void Flush(Effects effects)
    {
        if (_failed) return;
        Leader?.Flush(_durable, effects);
        Settle();
        _member.WriteOut(effects);
    }

    public void CheckInvariants()
    {
        _member.CheckInvariants();
        Leader?.CheckInvariants();
        Check.That(Leader is null || Leader.Term == _ledTerm);
        Check.That(Leader is null || _member.Promised >= Leader.Term || Leader.Phase == LeaderPhase.Promising);
        Check.That(Leader is not null || _reads.Count == 0);
    }

    private bool Leads(Term term)
    {
        if (Leader is null) return false;
        return term == Leader.Term || (term < Leader.Term && _context.Has(ReplicationBugs.StaleTermAnswersCounted));
    }

    /// <summary>
    /// The term rule: nothing of a term below the promise is taken; a higher one is promised, on disk before any
    /// answer, and ends this node's own leadership.
    /// </summary>
    private bool Admit(NodeId from, Term term, bool bySeal, Effects effects)
    {
        if (term < _member.Promised)
        {
            effects.SendOnceDurable(_member.PromiseToken, from, new Refuse(_context.Id, _member.Promised));
            return false;
        }

        if (Leader is not null && Leader.Term == term) return false;
        if (term > _member.Promised)
        {
            var bound = !_context.Has(ReplicationBugs.LeaderSelfUnbound);
            if (Leader is not null && bound) StepDown($"{from} seals {term}");
            _member.WriteOut(effects);
            _member.Raise(term, bySeal, effects);
        }

        if (_member.LeaderNode != from) _context.Output(new GroupOutput.LeaderChanged(term, from));
        _member.HeardLeader(from);
        _candidate.LeaderHeard();
        return true;
    }

    private void OnAppend(NodeId from, Append append, Effects effects)
    {
        var ignores = _context.Has(ReplicationBugs.PromiseIgnoredOnAppend) && append.Term < _member.Promised;
        if (_context.Has(ReplicationBugs.PromiseByEntryTerm) && IsByOldEntries(append)) return;
        if (!ignores && !Admit(from, append.Term, bySeal: false, effects)) return;
        _context.Haste = append.Haste;
        var ack = _member.OnAppend(append, effects);
        if (append.Haste == AckHaste.Fsync && _member.IsSyncing(append, ack)) return;
        effects.SendOnceDurable(_member.PromiseToken, from, ack);
    }

    private bool IsByOldEntries(Append append)
    {
        foreach (var part in append.Parts)
            if (part.Entries.Count > 0 && part.Entries[0].Term < _member.Promised) return true;
        return false;
    }

    private void OnSeal(NodeId from, Seal seal, Effects effects)
    {
        if (!Admit(from, seal.Term, bySeal: true, effects) || _member.IsCorrupt) return;
        _member.WriteOut(effects);
        // After everything so far: whoever seals may count on what the answer lists to be on disk.
        var after = _context.Has(ReplicationBugs.FetchIgnoresLife) ? DurableToken.Zero : effects.LastToken;
        effects.SendOnceDurable(after, from, _member.AnswerSeal(seal.Term));
    }

    private void OnFetch(NodeId from, Fetch fetch, Effects effects)
    {
        if (fetch.Term == _member.Promised && Leader is null) _fetches.OnFetch(from, fetch, effects);
    }

    private void OnInstall(NodeId from, Install install, Effects effects)
    {
        if (!Admit(from, install.Term, bySeal: false, effects)) return;
        effects.SendOnceDurable(_member.PromiseToken, from, _member.OnInstall(install, effects));
    }

    private void OnProbe(NodeId from, Probe probe, Effects effects)
    {
        if (!Admit(from, probe.Term, bySeal: false, effects)) return;
        effects.SendOnceDurable(
            _member.PromiseToken, from, new ProbeAck(_context.Id, probe.Term, _context.Life, probe.Round));
    }

    private void OnAsk(NodeId from, AskSuspicion ask, Effects effects)
    {
        if (ask.Term > Term) _readDueMicros = _context.NowMicros;
        // The leader's node asks in a later life: its leadership ended with the earlier one.
        if (Record is { } record && record.Leader == from && ask.Life > record.LeaderLife && record.Term == Term)
            _candidate.LeaderIsGone();
        var suspects = Leader is null && ask.Term >= Term && _candidate.Suspects;
        effects.Send(from, new TellSuspicion(_context.Id, ask.Term, ask.Round, suspects));
    }

    private void OnDesk(DeskResult result, Effects effects)
    {
        if (result.Outcome == DeskOutcome.None || _failed) return;
        if (result.Outcome == DeskOutcome.Unknown)
        {
            OnDeskUnknown(result, effects);
            return;
        }

        if (result.Record is not { } record)
        {
            OnAbsent(effects);
            return;
        }

        var isNews = Record is not null && record.Term > Term;
        if (result.Version >= _version) Learn(record, result.Version);
        if (_context.IsMine(record) && record.Term > _ledTerm && result.Version >= _version)
        {
            Lead(record, result.Version, effects);
            return;
        }

        var resumes = _context.Has(ReplicationBugs.LeaderResumesTerm) && record.Leader == _context.Self;
        if (resumes && Leader is null && record.Term >= _member.Promised && record.Term > _ledTerm)
            Lead(record, result.Version, effects);
        else if (result.Outcome == DeskOutcome.Lost && _context.Has(ReplicationBugs.BlindCompareAndSet))
            _desk.Write(result.Sent!, result.Version, effects);
        else if (Leader is not null && result.Version >= _version)
            Leader.OnRecord(record, result.Version, _durable, effects);
        else if (result.Outcome == DeskOutcome.Seen && result.Version >= _version)
            _candidate.OnRecord(record, result.Version, isNews, effects);
        else
            _candidate.BackOff();
        Settle();
    }

    private void OnDeskUnknown(DeskResult result, Effects effects)
    {
        if (result.Sent is { } sent && _context.IsMine(sent) && sent.Term > _ledTerm
            && _context.Has(ReplicationBugs.UnknownProposalAssumedWon))
        {
            Lead(sent, _version + 1, effects);
            return;
        }

        if (Leader is not null) Leader.OnUnknown();
        else _candidate.BackOff();
        // Only the record tells what became of a write; until then nothing may be built on it.
        _readDueMicros = _context.NowMicros + _context.Options.RetryMicros;
    }

    private void OnAbsent(Effects effects)
    {
        _candidate.BackOff();
        if (_birth is not { } birth) return;
        var record = GroupRecord.Born(birth);
        if (birth.FixedLeader == _context.Self) record = _context.Propose(record, birth.Config);
        else if (!birth.FixedLeader.IsNone) return;
        _desk.Write(record, expectedVersion: 0, effects);
    }

    private void Learn(GroupRecord record, long version)
    {
        var wasClosed = Record is { IsClosed: true };
        var before = LeaderNode;
        Record = record;
        _version = version;
        if (record.IsClosed && !wasClosed) _context.Output(new GroupOutput.Closed(record.Term));
        if (LeaderNode != before && !LeaderNode.IsNone)
            _context.Output(new GroupOutput.LeaderChanged(record.Term, LeaderNode));
        // Led by an earlier life of this node, which nobody will hear of again: no need to wait for its silence.
        var wasMine = record.Leader == _context.Self && record.LeaderLife < _context.Life;
        if (record.Term == Term.Zero || wasMine) _candidate.LeaderIsGone();
    }

    /// <summary>Begins to lead the term that the record names, as the record has it: never as it was last asked for.
    /// </summary>
    private void Lead(GroupRecord record, long version, Effects effects)
    {
        if (_context.Has(ReplicationBugs.ActOnOwnProposal) && _context.LastProposal is { } proposal) record = proposal;
        // A later leader has spoken already: this term is over before it began.
        if (record.Term <= _member.Promised && !_context.Has(ReplicationBugs.LeaderResumesTerm))
        {
            _candidate.BackOff();
            return;
        }

        _ledTerm = record.Term;
        _candidate.Rest();
        _member.WriteOut(effects);
        Leader?.End();
        Leader = new Leader(_context, _member, _desk, _reads, record, version);
        Leader.Begin(_durable, effects);
        Settle();
    }

    private void Settle()
    {
        if (Leader?.Ended is { } reason) StepDown(reason);
    }

    private void StepDown(string reason)
    {
        var leader = Leader!;
        leader.End();
        Leader = null;
        _reads.Clear();
        // It opened: what kept earlier attempts from it is over.
        if (leader.IsOpen) _candidate.LeaderHeard();
        _candidate.Rest();
        _context.Output(new GroupOutput.SteppedDown(leader.Term, reason));
    }
}
