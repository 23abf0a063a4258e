using Outrider.Core;

namespace Outrider.Replication;

public enum CloserPhase : byte
{
    /// <summary>Writing "closed" into the group's record.</summary>
    Closing = 1,
    /// <summary>Asking the copies of the current configuration for their tails.</summary>
    Sealing,
    /// <summary>Bringing the answered copies to the longest tail, on disk.</summary>
    Leveling,
    Done,
    /// <summary>A later closer has taken over, or there is no such group.</summary>
    Failed,
}

/// <summary>A sealed copy: it was on disk when it answered and accepts nothing of an earlier term.</summary>
/// <param name="EndSlot">Slots it holds.</param>
public sealed record SealedCopy(NodeId Node, Incarnation Life, LogIndex LastIndex, Term LastTerm, long EndSlot);

/// <summary>
/// Ends a group for good: closes it by compare-and-set, seals the copies of its current configuration, and levels those
/// that answered. Runs on any node, member or not; another closer may take over at any time and comes to a tail at
/// least as long as one that was levelled.
/// </summary>
/// <remarks>
/// A closer is the leader of a term in which nothing is ever appended. Its owner passes it every event before the group
/// set; a tick of the node's periodic timer drives its retries.
/// </remarks>
public sealed class GroupCloser
{
    private readonly GroupContext _context;
    private readonly RecordDesk _desk;
    private readonly List<Copy> _copies = [];
    private Levelling? _levelling;
    private GroupRecord? _record;
    private bool _readsAgain;
    private long _sealedMicros;

    /// <param name="stream">The one stream that matters to the owner; the catalogue ends with it.</param>
    public GroupCloser(GroupId group, GroupSet node, StreamId stream)
    {
        Stream = stream;
        _context = node.NewContext(group, "close");
        _desk = new RecordDesk(_context);
    }

    public GroupId Group => _context.Id;
    public StreamId Stream { get; }
    public CloserPhase Phase { get; private set; } = CloserPhase.Closing;

    /// <summary>The copies asked: the members of the newest active configuration; empty until closed.</summary>
    public IReadOnlyList<NodeId> Copies => _record?.Newest.Members ?? [];

    /// <summary>Those that have answered and were not given up since, ascending by node.</summary>
    public IReadOnlyList<SealedCopy> Sealed
    {
        get
        {
            var answered = new List<SealedCopy>();
            foreach (var copy in _copies)
            {
                if (copy.Ack is not { } ack) continue;
                var tail = copy.Tail(Stream);
                answered.Add(new SealedCopy(copy.Node, ack.Life, tail.Last, tail.LastTerm, tail.EndSlot));
            }

            return answered;
        }
    }

    /// <summary>The copies that hold the longest tail on disk.</summary>
    public IReadOnlyList<NodeId> Leveled
    {
        get
        {
            var nodes = new List<NodeId>();
            foreach (var copy in _copies)
                if (_levelling is not null && _levelling.IsLevel(copy)) nodes.Add(copy.Node);
            return nodes;
        }
    }

    public void Start(long nowMicros, Effects effects)
    {
        Check.That(Phase == CloserPhase.Closing && _record is null);
        _context.NowMicros = nowMicros;
        _desk.Read(effects);
    }

    /// <summary>Stops waiting for further copies and levels those that answered up to the longest tail.</summary>
    public void Level(long nowMicros, Effects effects)
    {
        if (Phase != CloserPhase.Sealing || Sealed.Count == 0) return;
        _context.NowMicros = nowMicros;
        Phase = CloserPhase.Leveling;
        BeginLevelling(effects);
    }

    /// <summary>Takes answers and ticks. False if others have to see the event too.</summary>
    public bool Step(in Event e, Effects effects)
    {
        _context.NowMicros = e.NowMicros;
        if (Phase is CloserPhase.Done or CloserPhase.Failed) return false;
        switch (e.Kind)
        {
            case EventKind.TimerFired when e.Timer == ReplicationTimers.Tick:
                Tick(effects);
                return false;
            case EventKind.ControlAnswered:
                return OnDesk(_desk.On(e.Answer), effects);
            case EventKind.Received when e.Message.Group == Group:
                return OnMessage(e.From, e.Message, effects);
            default:
                return false;
        }
    }

    private bool OnMessage(NodeId from, Message message, Effects effects)
    {
        if (_record is not { } record || Find(from) is not { } copy) return false;
        switch (message)
        {
            case SealAck ack when ack.Term == record.Term:
                OnSealAck(copy, ack, effects);
                return true;
            case FetchAck ack when ack.Term == record.Term && ack.Stream == Stream:
                copy.HeardMicros = _context.NowMicros;
                _levelling?.OnFetchAck(copy, ack, effects);
                return true;
            case AppendAck ack when ack.Term == record.Term:
                copy.HeardMicros = _context.NowMicros;
                _levelling?.OnAppendAck(copy, ack, effects);
                Settle();
                return true;
            case Refuse refuse when refuse.Promised > record.Term:
                Phase = CloserPhase.Failed;
                return false;
            default:
                return false;
        }
    }

    private void OnSealAck(Copy copy, SealAck ack, Effects effects)
    {
        copy.HeardMicros = _context.NowMicros;
        if (copy.Ack is { } known && known.Life >= ack.Life) return;
        copy.Ack = ack;
        copy.Match = copy.Fsync = LogIndex.Zero;
        if (Phase == CloserPhase.Leveling) BeginLevelling(effects);
    }

    private bool OnDesk(DeskResult result, Effects effects)
    {
        switch (result.Outcome)
        {
            case DeskOutcome.None:
                return false;
            case DeskOutcome.Unknown:
                _readsAgain = true;
                return true;
        }

        if (result.Record is not { } record) Phase = CloserPhase.Failed;
        else if (_context.IsMine(record)) Seal(record, effects);
        else _desk.Write(_context.Propose(record, record.Newest) with { IsClosed = true }, result.Version, effects);
        return true;
    }

    private void Seal(GroupRecord record, Effects effects)
    {
        _record = record;
        _sealedMicros = _context.NowMicros;
        Phase = CloserPhase.Sealing;
        _copies.Clear();
        foreach (var node in record.Newest.Members) _copies.Add(new Copy(node));
        SendSeals(effects);
    }

    private void SendSeals(Effects effects)
    {
        _sealedMicros = _context.NowMicros;
        foreach (var copy in _copies)
            if (copy.Ack is null) effects.Send(copy.Node, new Seal(Group, _record!.Term));
    }

    private void Tick(Effects effects)
    {
        OnDesk(_desk.Expire(), effects);
        if (_readsAgain && !_desk.IsBusy)
        {
            _readsAgain = false;
            _desk.Read(effects);
        }

        if (_record is null) return;
        if (_context.NowMicros - _sealedMicros >= _context.Options.RetryMicros) SendSeals(effects);
        if (Phase != CloserPhase.Leveling) return;
        GiveUpSilent(effects);
        _levelling?.Tick(effects);
        Settle();
    }

    /// <summary>A copy that fell silent while it was levelled counts as one that never answered.</summary>
    private void GiveUpSilent(Effects effects)
    {
        var gone = false;
        foreach (var copy in _copies)
        {
            if (copy.Ack is null || _levelling!.IsLevel(copy)) continue;
            if (_context.NowMicros - copy.HeardMicros < 4 * _context.Options.SuspectMicros) continue;
            copy.Ack = null;
            gone = true;
        }

        if (!gone) return;
        if (Sealed.Count > 0) BeginLevelling(effects);
        else Phase = CloserPhase.Sealing;
    }

    private void BeginLevelling(Effects effects)
    {
        Copy? best = null;
        foreach (var copy in _copies)
        {
            if (copy.Ack is null) continue;
            copy.HeardMicros = _context.NowMicros;
            if (best is null || IsLonger(copy.Tail(Stream), best.Tail(Stream))) best = copy;
        }

        _levelling = new Levelling(_context, _record!.Term, Stream, best!, _copies);
        _levelling.Begin(effects);
        Settle();
    }

    private static bool IsLonger(StreamTail a, StreamTail b)
    {
        var byTerm = a.LastTerm.CompareTo(b.LastTerm);
        return byTerm > 0 || (byTerm == 0 && a.Last > b.Last);
    }

    private void Settle()
    {
        if (Phase == CloserPhase.Leveling && _levelling!.IsDone) Phase = CloserPhase.Done;
    }

    private Copy? Find(NodeId node)
    {
        foreach (var copy in _copies)
            if (copy.Node == node) return copy;
        return null;
    }
}
