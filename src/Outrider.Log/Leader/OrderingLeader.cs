using System.Globalization;
using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// Decides the order: commits rows as they are reported, fixes windows ahead of need, admits replica ids and ends those
/// of silent nodes. Lives for one open term of the ordering group; whatever a later leader needs is in the stream.
/// </summary>
/// <remarks>
/// Everything is decided on the proposed state, that is, the committed one with this leader's own entries in flight.
/// </remarks>
internal sealed class OrderingLeader
{
    private readonly LogContext _context;
    private readonly Group _group;
    private readonly OrderingState _proposed;
    private readonly List<RidProgress> _progress = [];
    private readonly LeaderSuspicion _suspicion;
    private readonly OrderTrimmer _trimmer;
    private readonly Admission _admission;
    private readonly Queue<LogIndex> _inFlight = new();
    private readonly SortedSet<NodeId> _drained = [];
    private readonly List<OrderingChange> _changes = [];
    // Made once: they are asked for in every step.
    private readonly Action<RidOrigin> _admit;
    private readonly Func<Rid, Lsn> _reported;
    private readonly Func<RidState, int> _quota;
    private readonly long _startedMicros;
    private long _proposedMicros = long.MinValue / 2;
    private Position _trimAsked;
    private LogLose? _loseAsked;

    public OrderingLeader(LogContext context, Group group)
    {
        _context = context;
        _group = group;
        _startedMicros = context.NowMicros;
        // The group is open and everything in it has been applied: windows adopted from the last leader are binding.
        _proposed = context.State.Clone();
        _suspicion = new(context, _proposed);
        _trimmer = new(context, group);
        _admission = new(context, _proposed, _suspicion, _drained);
        _admit = origin => Decide(_changes, new OrderingChange.Admit(origin));
        (_reported, _quota) = (ReportedOf, QuotaOf);
    }

    /// <summary>
    /// An append was refused after it had been decided: what is proposed is no longer what will happen.
    /// </summary>
    public bool Broken { get; private set; }

    public OrderingState Proposed => _proposed;
    public LeaderSuspicion Suspicion => _suspicion;

    public bool Owns(in Event e) => _suspicion.Owns(in e);

    public void OnFollow(NodeId node, Follow follow) => _suspicion.Heard(node, follow.Life);

    /// <summary>Bytes of batches placed since it leads, as far as it was told.</summary>
    public long Bytes { get; private set; }

    public void OnReport(NodeId from, Report report)
    {
        if (_proposed.Find(report.Rid) is not { } rid || rid.Node != from || rid.Failed) return;
        _suspicion.Heard(from, default);
        var progress = ProgressOf(report.Rid);
        Bytes -= progress.Bytes;
        progress.Take(report, _context.NowMicros);
        Bytes += progress.Bytes;
    }

    public void OnForwarded(NodeId from, Forwarded forwarded)
    {
        if (forwarded.Ask is LogTrim { Below: var below })
        {
            // Answered by the asking node when the trim has come to it.
            if (below > _trimAsked) _trimAsked = below;
            return;
        }

        if (forwarded.Ask is LogLose lose)
        {
            // Likewise. One at a time: whoever asked for another asks again.
            _loseAsked = lose;
            return;
        }

        var drain = (LogDrain)forwarded.Ask;
        if (drain.Drain) _drained.Add(drain.Node);
        else _drained.Remove(drain.Node);
        _context.Send(from, new ForwardedReply(forwarded.Number, new LogReply.Done()));
    }

    /// <summary>This node has applied an entry of the stream.</summary>
    public void OnCommitted(LogIndex index)
    {
        while (_inFlight.TryPeek(out var first) && first <= index) _inFlight.Dequeue();
    }

    /// <summary>Proposes what can be decided now. Called once at the end of each step.</summary>
    public void Advance()
    {
        if (Broken || !_group.IsOpen || _inFlight.Count >= _context.Options.EntriesInFlight) return;
        var changes = _changes;
        changes.Clear();
        if (!_proposed.Opened)
            Decide(changes, new OrderingChange.Open(_context.Options.Parameters(_context.Topology.SeatsPerShard)));
        _admission.Decide(_admit);
        Fail(changes);
        if (_trimAsked > _proposed.Trimmed)
        {
            var below = _trimAsked < _proposed.TailPosition ? _trimAsked : _proposed.TailPosition;
            if (below > _proposed.Trimmed) Decide(changes, new OrderingChange.Trim(below));
        }

        if (_loseAsked is { } lose && _proposed.MayLose(lose.Rid, lose.From))
        {
            _context.Effects.Sometimes(true, "log.slots.declared-lost");
            Decide(changes, new OrderingChange.Lose(lose.Rid, lose.From));
        }

        _loseAsked = null;
        var urgent = changes.Count > 0;
        if (_proposed.Parameters!.Mode == OrderingMode.Eager) EagerOrder.Decide(this, changes, PaceAllows());
        else
        {
            urgent |= Fix(changes);
            if (urgent || PaceAllows()) Order(changes);
        }

        if (changes.Count > 0) Propose(changes);
        _trimmer.Advance();
        Nudging.Send(this, _context);
    }

    public void Decide(List<OrderingChange> changes, OrderingChange change)
    {
        var applied = _proposed.Apply(change);
        Check.That(applied);
        changes.Add(change);
    }

    public RidProgress ProgressOf(Rid rid)
    {
        while (_progress.Count <= rid.Value)
            _progress.Add(new(
                _context.Has(LogBugs.ForgetCommittedReports) ? default : _proposed.CommittedOf(new(_progress.Count)),
                _context.NowMicros));
        return _progress[rid.Value];
    }

    public Lsn ReportedOf(Rid rid) => ProgressOf(rid).Reported;

    /// <summary>Somebody without a quota in the last window has something to place.</summary>
    public bool WakePending
    {
        get
        {
            if (!_proposed.HasWindow) return false;
            for (var i = 0; i < _proposed.Current.Count; i++)
            {
                var rid = _proposed.Current[i];
                if (!rid.Live || _suspicion.IsFailing(rid.Rid)) continue;
                if (_proposed.Windows.Last.PlaceOf(rid.Rid) >= 0) continue;
                if (ProgressOf(rid.Rid).Slots > _proposed.Windows.EndOf(rid.Rid)) return true;
            }

            return false;
        }
    }

    /// <summary>Somebody is to join or leave at the next border.</summary>
    public bool MembersWait => Joins().Count > 0 || Leaves().Count > 0;

    private void Fail(List<OrderingChange> changes)
    {
        foreach (var flow in _suspicion.Poll(_reported))
        {
            if (_proposed.Find(flow.Rid)!.Failed) continue;
            var keep = flow.Keep!.Value;
            var committed = _proposed.CommittedOf(flow.Rid);
            // All copies of something committed are gone or damaged: it stays in the order, and readers wait for it.
            _context.Effects.Sometimes(keep < committed, "log.failure.shorter-than-committed");
            if (keep < committed || _context.Options.FailureRule == FailureRule.Paper) keep = committed;
            _context.Effects.Sometimes(keep > committed, "log.failure.keeps-uncommitted");
            _context.Effects.Sometimes(flow.Abandoned, "log.failure.abandoned");
            Decide(changes, new OrderingChange.Fail(flow.Rid, keep));
        }
    }

    /// <summary>What the next row waits for, and who is being ended.</summary>
    public override string ToString()
    {
        var text = new System.Text.StringBuilder("leads");
        if (_proposed.HasWindow)
        {
            var window = _proposed.Windows[_proposed.Tail.Window];
            text.Append(CultureInfo.InvariantCulture, $" window {window.Index} of {_proposed.Windows.Count}");
            for (var place = 0; place < window.Count; place++)
            {
                var progress = ProgressOf(window.Part(place));
                if (RowAdvance.RowsHeld(_proposed, window, place, _reported) > _proposed.Tail.Row) continue;
                text.Append(CultureInfo.InvariantCulture,
                    $", awaits {window.Part(place)} ({progress.Reported} reported of {progress.Slots})");
            }
        }

        foreach (var rid in _suspicion.Failing) text.Append(", ends ").Append(_suspicion.FlowOf(rid));
        return text.Append(_inFlight.Count > 0 ? ", in flight; " : "; ").ToString();
    }

    /// <summary>True if a window was fixed.</summary>
    private bool Fix(List<OrderingChange> changes)
    {
        var joins = Joins();
        if (!_proposed.HasWindow && !Gathered(joins)) return false;
        var members = new WindowMembers(joins, Leaves(), _suspicion.Failing);
        var fix = WindowPlan.Next(_proposed, members, WakePending, _quota, _context.Bugs);
        if (fix is null) return false;
        fix = Shortened(fix);
        _context.Effects.Sometimes(fix.RowsOfPrevious < _proposed.Parameters!.RowsPerWindow, "log.window.early-close");
        _context.Effects.Sometimes(fix.Quotas.Count == 0, "log.window.all-parked");
        Decide(changes, fix);
        for (var i = 0; i < _progress.Count; i++) _progress[i].StartWindow();
        return true;
    }

    /// <summary>As decided; for planted bugs shorter.</summary>
    private OrderingChange.FixWindow Shortened(OrderingChange.FixWindow fix)
    {
        if (!_proposed.HasWindow || fix.RowsOfPrevious == _proposed.Windows.Last.Rows) return fix;
        var least = _proposed.Tail.Row + (_proposed.Tail.First > 0 ? 1 : 0);
        if (_context.Has(LogBugs.CloseTooShort)) return fix with { RowsOfPrevious = least };
        if (!_context.Has(LogBugs.CloseByCommitted)) return fix;
        var row = _context.State.Tail.Window == _proposed.Tail.Window ? _context.State.Tail.Row : 0;
        return fix with { RowsOfPrevious = Math.Max(least, row + _proposed.Parameters!.RunAheadRows) };
    }

    private void Order(List<OrderingChange> changes)
    {
        while (_proposed.HasWindow)
        {
            var window = _proposed.Tail.Window;
            var next = RowAdvance.Next(_proposed, _reported, _context.Options.Stagger, _context.Bugs);
            if (next == _proposed.Tail) break;
            Decide(changes, new OrderingChange.Commit(next.Window, next.Row, next.First));
            // A sleeper's window has to be the next entry, or the bound on its waking would not hold.
            if (_proposed.Tail.Window == window || WakePending) break;
            Fix(changes);
        }

        Fix(changes);
    }

    private IReadOnlyList<Rid> Joins()
    {
        List<Rid>? joins = null;
        for (var i = 0; i < _proposed.Current.Count; i++)
        {
            var rid = _proposed.Current[i];
            if (rid.Joined || rid.Failed || _suspicion.IsFailing(rid.Rid)) continue;
            if (ProgressOf(rid.Rid).Heard) (joins ??= []).Add(rid.Rid);
        }

        return joins ?? (IReadOnlyList<Rid>)[];
    }

    private IReadOnlyList<Rid> Leaves()
    {
        List<Rid>? leaves = null;
        for (var i = 0; i < _proposed.Current.Count; i++)
        {
            var rid = _proposed.Current[i];
            if (!rid.Live || _suspicion.IsFailing(rid.Rid)) continue;
            if (_drained.Contains(rid.Node) || _admission.IsRelieved(rid)) (leaves ??= []).Add(rid.Rid);
        }

        return leaves ?? (IReadOnlyList<Rid>)[];
    }

    /// <summary>The first window waits a moment for everybody, so that seats start out evenly shared.</summary>
    private bool Gathered(IReadOnlyList<Rid> joins)
    {
        if (_context.NowMicros - _startedMicros >= _context.Options.GatherMicros) return true;
        var wanted = 0;
        for (var s = 0; s < _proposed.Parameters!.Shards; s++) wanted += _context.Topology.Shard(new(s)).Homes.Count;
        return joins.Count >= wanted;
    }

    private int QuotaOf(RidState rid)
    {
        var progress = ProgressOf(rid.Rid);
        if (!rid.Joined) return _context.Options.QuotaInitial;
        var last = _proposed.Windows.Last.PlaceOf(rid.Rid);
        var input = new QuotaInput(
            last < 0 ? 0 : _proposed.Windows.Last.QuotaAt(last),
            progress.RecordsInWindow,
            Math.Max(0, progress.Slots - _proposed.Windows.EndOf(rid.Rid)),
            progress.Rate * _context.Options.IntervalMicros,
            progress.PeriodMicros / _context.Options.IntervalMicros);
        return QuotaController.Next(_context.Options.QuotaRule, input, _context.Options);
    }

    /// <summary>
    /// Commits of rows come at most once an interval while others are in flight, and four times as often otherwise.
    /// </summary>
    private bool PaceAllows()
    {
        var since = _context.NowMicros - _proposedMicros;
        var gap = _inFlight.Count == 0 ? _context.Options.IntervalMicros / 4 : _context.Options.IntervalMicros;
        if (since >= gap) return true;
        _context.Effects.SetTimer(LogTimers.LeaderPace, gap - since);
        return false;
    }

    private void Propose(List<OrderingChange> changes)
    {
        var draft = new EntryDraft(EntryKind.Control, 0, ProducerId.None, 0, OrderingCodec.Encode(changes));
        var outcome = _group.Append(LogContext.Stream, in draft);
        if (outcome.Code != AppendCode.Appended)
        {
            Broken = true;
            return;
        }

        _proposedMicros = _context.NowMicros;
        _inFlight.Enqueue(outcome.Index);
    }
}
