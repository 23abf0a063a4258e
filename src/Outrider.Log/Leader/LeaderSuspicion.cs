using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// Who is alive, and whose replica ids are being ended: those of silent nodes, of nodes that live again under a new
/// incarnation, and those whose group somebody has closed already.
/// </summary>
internal sealed class LeaderSuspicion
{
    private readonly LogContext _context;
    private readonly OrderingState _proposed;
    private readonly SortedTable<NodeId, (Incarnation Life, long Micros)> _seen = [];
    private readonly SortedTable<Rid, FailFlow> _flows = [];
    private readonly long _startedMicros;
    private readonly List<FailFlow> _done = [];
    private long _listCall;

    public LeaderSuspicion(LogContext context, OrderingState proposed)
    {
        _context = context;
        _proposed = proposed;
        _startedMicros = context.NowMicros;
        // Whoever led before has been silent for a while already: that counts.
        var (leader, micros) = context.LeaderHeard;
        if (!leader.IsNone && leader != context.Self) _seen[leader] = (default, micros);
        if (!context.Has(LogBugs.ForgetClosedGroups)) AskForClosedGroups();
    }

    public IReadOnlyCollection<Rid> Failing => _flows.Count == 0 ? [] : _flows.Keys.ToArray();

    public FailFlow FlowOf(Rid rid) => _flows[rid];

    public bool IsFailing(Rid rid) => _flows.ContainsKey(rid);

    /// <summary>The newest incarnation heard of, if any.</summary>
    public Incarnation? LifeOf(NodeId node) =>
        _seen.TryGetValue(node, out var seen) && seen.Life.Value > 0 ? seen.Life : null;

    public bool IsAlive(NodeId node) =>
        node == _context.Self
        || (_seen.TryGetValue(node, out var seen) && _context.NowMicros - seen.Micros < _context.Options.SuspectMicros);

    /// <summary>Silent for as long as it takes to be suspected; a new leader has to wait that long to know.</summary>
    public bool IsSilent(NodeId node) =>
        !IsAlive(node) && (_seen.ContainsKey(node)
            || _context.NowMicros - _startedMicros >= _context.Options.SuspectMicros);

    public void Heard(NodeId node, Incarnation life)
    {
        var known = _seen.TryGetValue(node, out var seen) ? seen.Life : default;
        // A message of an earlier life that was long under way must not bring it back.
        if (life.Value > 0 && life < known) return;
        _seen[node] = (life > known ? life : known, _context.NowMicros);
    }

    /// <summary>A primary asks to be ended.</summary>
    public void GiveUp(NodeId from, Rid rid)
    {
        if (_proposed.Find(rid) is not { Failed: false } state || state.Node != from || IsFailing(rid)) return;
        if (_context.Has(LogBugs.ForgetClosedGroups)) return;
        _context.Effects.Sometimes(true, "log.primary.gives-up");
        Start(state);
    }

    /// <summary>Whether an event is an answer to a question of this role's.</summary>
    public bool Owns(in Event e)
    {
        if (e.Kind == EventKind.ControlAnswered && e.Answer.Id == _listCall)
        {
            TakeRecords(e.Answer);
            return true;
        }

        foreach (var flow in _flows.Values)
            if (flow.Step(in e)) return true;
        return false;
    }

    /// <summary>
    /// Starts what has to be ended; returns the flows whose kept length is known, until the next call.
    /// </summary>
    public List<FailFlow> Poll(Func<Rid, Lsn> reported)
    {
        _done.Clear();
        if (_flows.Count > 0)
            foreach (var rid in Failing.Where(rid => _proposed.Find(rid)!.Failed)) _flows.Remove(rid);
        for (var i = 0; i < _proposed.Current.Count; i++)
        {
            var rid = _proposed.Current[i];
            if (rid.Failed) continue;
            if (!_flows.ContainsKey(rid.Rid) && IsSuspect(rid)) Start(rid);
            if (!_flows.TryGetValue(rid.Rid, out var flow)) continue;
            flow.Poll(IsAlive, reported(rid.Rid));
            if (flow.Keep is not null) _done.Add(flow);
        }

        return _done;
    }

    private bool IsSuspect(RidState rid)
    {
        // A leaver counts until its last window is committed; so does one that never got to report.
        if (rid.Leaving && _proposed.Ended(rid)) return false;
        return IsSilent(rid.Node)
            || (_seen.TryGetValue(rid.Node, out var seen) && seen.Life > rid.Origin.Incarnation
                && !_context.Has(LogBugs.ResumeAfterRestart));
    }

    private void Start(RidState rid)
    {
        if (_context.Effects.Tracing) _context.Effects.Trace($"suspect {rid.Rid} of {rid.Node}");
        _flows.Add(rid.Rid, new(_context, rid));
    }

    private void AskForClosedGroups()
    {
        _listCall = _context.Groups.Calls.Next();
        _context.Effects.Control(new ControlCall.List(_listCall, "groups/"));
    }

    private void TakeRecords(ControlAnswer answer)
    {
        if (answer is not ControlAnswer.Values values)
        {
            AskForClosedGroups();
            return;
        }

        for (var i = 0; i < values.Items.Count; i++)
        {
            if (!GroupRecord.TryParseKey(values.Items[i].Key, out var group)) continue;
            if (!LogContext.TryRid(group, out var rid) || _proposed.Find(rid) is not { Failed: false } state) continue;
            if (GroupRecord.Decode(values.Items[i].Value) is not { IsClosed: true }) continue;
            // Its leader died between closing it and saying so; the primary can do nothing any more.
            _context.Effects.Sometimes(true, "log.leader.resumes-closed-group");
            if (!_flows.ContainsKey(rid)) Start(state);
        }
    }
}
