using Outrider.Core;

namespace Outrider.Replication;

internal enum CandidatePhase : byte
{
    Idle = 1,
    /// <summary>Reading the record: who leads, and which configurations count?</summary>
    Reading,
    /// <summary>Asking all of them whether they too suspect the leader; nobody promises anything.</summary>
    Asking,
    /// <summary>Writing the proposal.</summary>
    Proposing,
}

/// <summary>
/// Suspects a silent leader and proposes a term, but only when a seal quorum suspects too and a commit quorum of the
/// new configuration answers: a member that is cut off alone can disturb nobody.
/// </summary>
internal sealed class Candidate
{
    private readonly GroupContext _context;
    private readonly RecordDesk _desk;
    private readonly SortedTable<NodeId, bool> _told = [];
    private GroupRecord? _record;
    private long _version;
    private long _round;
    private long _deadlineMicros;
    private long _notBefore;
    private long _backoffMicros;
    private long _leaderHeardMicros;
    private long _patienceMicros;
    private bool _leaderIsGone;

    public Candidate(GroupContext context, RecordDesk desk)
    {
        _context = context;
        _desk = desk;
        _backoffMicros = context.Options.BackoffMicros;
    }

    public CandidatePhase Phase { get; private set; } = CandidatePhase.Idle;

    public void Start()
    {
        _leaderHeardMicros = _context.NowMicros;
        // Nodes that start together should not all ask at once.
        _notBefore = _context.NowMicros + _context.Rng.Below(_context.Options.BackoffMicros);
        DrawPatience();
    }

    /// <summary>The leader of the promised term, or of a later one, has spoken.</summary>
    public void LeaderHeard()
    {
        _leaderHeardMicros = _context.NowMicros;
        _leaderIsGone = false;
        _backoffMicros = _context.Options.BackoffMicros;
        if (Phase is CandidatePhase.Asking) Phase = CandidatePhase.Idle;
    }

    /// <summary>There never was a leader, or its node speaks in a later life: no need to wait in silence.</summary>
    public void LeaderIsGone() => _leaderIsGone = true;

    public bool Suspects => _leaderIsGone || _context.NowMicros - _leaderHeardMicros > _patienceMicros;

    public void Tick(Effects effects)
    {
        if (Phase == CandidatePhase.Asking && _context.NowMicros >= _deadlineMicros)
        {
            TryPropose(late: true, effects);
            if (Phase == CandidatePhase.Asking) BackOff();
        }

        if (Phase != CandidatePhase.Idle || !Suspects || _context.NowMicros < _notBefore || _desk.IsBusy) return;
        Phase = CandidatePhase.Reading;
        _desk.Read(effects);
    }

    /// <summary>The record as just read; <paramref name="isNews"/> when it names a term not heard of before.</summary>
    public void OnRecord(GroupRecord record, long version, bool isNews, Effects effects)
    {
        if (Phase != CandidatePhase.Reading) return;
        _record = record;
        _version = version;
        if (record.IsFixed || record.IsClosed || !record.Newest.Contains(_context.Self))
        {
            BackOff();
            return;
        }

        if (isNews && record.Term > Term.Zero)
        {
            // A leader that was just chosen has to be given the time to speak.
            _leaderHeardMicros = _context.NowMicros;
            _leaderIsGone = false;
            Phase = CandidatePhase.Idle;
            return;
        }

        Phase = CandidatePhase.Asking;
        _told.Clear();
        _told.Add(_context.Self, true);
        // The back-off on top: where answers take longer than thought, each attempt waits longer for them.
        _deadlineMicros = _context.NowMicros + _context.Options.SuspectMicros + _backoffMicros;
        var ask = new AskSuspicion(_context.Id, record.Term, _context.Life, ++_round);
        var asked = new SortedSet<NodeId>();
        foreach (var active in record.Active)
            foreach (var node in active.Config.Members) asked.Add(node);
        foreach (var node in record.Full.Members) asked.Add(node);
        foreach (var node in asked)
            if (node != _context.Self) effects.Send(node, ask);
        TryPropose(late: false, effects);
    }

    public void OnTold(NodeId from, TellSuspicion told, Effects effects)
    {
        if (Phase != CandidatePhase.Asking || told.Round != _round || told.Term != _record!.Term) return;
        _told[from] = told.Suspects;
        TryPropose(late: false, effects);
    }

    /// <summary>The proposal, or the reading before it, came to nothing.</summary>
    public void BackOff()
    {
        Phase = CandidatePhase.Idle;
        _notBefore = _context.NowMicros + _context.Rng.Between(_backoffMicros / 2, _backoffMicros);
        _backoffMicros = Math.Min(_backoffMicros * 2, _context.Options.BackoffMaxMicros);
        DrawPatience();
    }

    /// <summary>This node leads now, or has just ceased to.</summary>
    public void Rest()
    {
        Phase = CandidatePhase.Idle;
        _leaderHeardMicros = _context.NowMicros;
        _leaderIsGone = false;
        DrawPatience();
    }

    private void TryPropose(bool late, Effects effects)
    {
        var record = _record!;
        if (_desk.IsBusy || NewConfig(record, late) is not { } config) return;
        if (config.Count < record.MinCopies || !config.Contains(_context.Self)) return;
        if (!Quorum.Seals(_context, record.Active, node => _told.GetValueOrDefault(node))) return;
        if (!Quorum.Commits(config, _told.ContainsKey)) return;
        Phase = CandidatePhase.Proposing;
        _desk.Write(_context.Propose(record, config), _version, effects);
    }

    /// <summary>
    /// Under majority the members stay. Under all those that did not answer in time are left out; wanted members that
    /// were left out before and answer come back, or two that fail in turn could keep the group below its minimum.
    /// </summary>
    private GroupConfig? NewConfig(GroupRecord record, bool late)
    {
        var newest = record.Newest;
        if (newest.Policy == QuorumPolicy.Majority) return newest;
        var answered = new List<NodeId>();
        var missing = false;
        foreach (var node in newest.Members)
        {
            if (_told.ContainsKey(node)) answered.Add(node);
            else missing = true;
        }

        if (missing && !late) return null;
        foreach (var node in record.Full.Members)
            if (missing && !newest.Contains(node) && _told.ContainsKey(node)) answered.Add(node);
        return new GroupConfig(answered, newest.Policy);
    }

    private void DrawPatience() =>
        _patienceMicros = _context.Options.SuspectMicros + _context.Rng.Below(_context.Options.SuspectMicros / 2 + 1);
}
