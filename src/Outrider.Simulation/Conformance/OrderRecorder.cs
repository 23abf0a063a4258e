using System.Globalization;
using Outrider.Core;
using Outrider.Core.Tracing;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>
/// The order of a log as a run of <c>models/fix-ante</c>. A slot of the model is what a sub-log gives to one row of the
/// order: nothing, where it has no quota. The orderer is the committed ordering stream, told when the first node
/// applies an entry of it; every node is a reader of its cuts.
/// </summary>
internal sealed class OrderRecorder(int linesMax) : ModelRecorder
{
    private readonly SubLogDisks _disks = new();
    private readonly List<Action<OrderLines>> _told = [];
    private readonly SortedDictionary<NodeId, (long Rows, SortedDictionary<Rid, long> Failed)> _known = [];
    private readonly Dictionary<Rid, Lsn> _reported = [];
    private readonly HashSet<NodeId> _leaders = [];
    private long _rows;
    private long _view;
    private int _rids;
    private int _nodes;

    public override bool IsFull => _told.Count >= linesMax;

    public override void Started(SimNode node, Recovered recovered)
    {
        _nodes = Math.Max(_nodes, node.Id.Value);
        _disks.Started(node.Id, recovered);
    }

    public override void Stepped(SimNode node, in Event e)
    {
        _disks.Stepped(node);
        if (node.Machine is LogNode { LeadsOrder: true }) _leaders.Add(node.Id);
    }

    public override void Synced(SimNode node, DurableToken upTo) => _disks.Synced(node.Id, upTo);

    /// <summary>A report counts when the disks bear it out at the moment it leaves.</summary>
    public override void Left(SimNode node, Message message)
    {
        if (message is not Report report || !_disks.AllHold(report.Rid, report.Durable)) return;
        if (report.Durable > _reported.GetValueOrDefault(report.Rid)) _reported[report.Rid] = report.Durable;
    }

    public override void Written(ControlValue value)
    {
        if (GroupRecord.TryParseKey(value.Key, out var group) && GroupRecord.Decode(value.Value) is { } record)
            _disks.Written(group, record);
    }

    /// <summary>A node has applied an entry of the ordering stream.</summary>
    public override void Observed(SimNode node, ModelPoint point)
    {
        // What is told makes a line at least.
        if (point.Step != "Apply" || _told.Count >= linesMax || node.Machine is not LogNode machine) return;
        var state = machine.State;
        _rids = Math.Max(_rids, state.Rids.Count);
        if (state.View.Value > _view || state.TailRowNumber > _rows) Order(state);
        Read(node.Id, state);
    }

    public override void Save(string folder, ulong seed)
    {
        if (_told.Count == 0) return;
        Directory.CreateDirectory(folder);
        var lines = new OrderLines(Math.Max(1, _rids), _nodes);
        foreach (var tell in _told) tell(lines);
        var name = string.Create(CultureInfo.InvariantCulture, $"seed-{seed:D5}-order.jsonl");
        File.WriteAllLines(Path.Combine(folder, name), lines.All.Take(linesMax));
    }

    private void Order(OrderingState state)
    {
        for (; _view < state.View.Value; _view++)
        {
            if (state.FailedIn(new View(_view + 1)) is not { } rid) continue;
            var kept = KeptRows(state, state.Find(rid)!);
            var isHeld = kept == 0 || _disks.AnyHolds(rid, state.Windows.EndAtRow(rid, kept - 1));
            _told.Add(lines => lines.Fails(rid, kept, isHeld));
        }

        var from = _rows;
        _rows = Math.Max(_rows, state.TailRowNumber);
        if (_rows > from)
        {
            var held = new List<(Rid Rid, long Rows)>();
            foreach (var rid in state.Rids.Where(r => !r.Failed))
            {
                var rows = from;
                while (rows < _rows && Holds(state, rid, rows)) rows++;
                held.Add((rid.Rid, rows));
            }

            var to = _rows;
            _told.Add(lines => lines.Commits(to, held));
        }

        _told.Add(lines => lines.Cuts());
    }

    /// <summary>
    /// What a sub-log gives to a row was rightly reported; that may be nothing. A report to the own node is no message.
    /// </summary>
    private bool Holds(OrderingState state, RidState rid, long row)
    {
        var end = state.Windows.EndAtRow(rid.Rid, row);
        return end <= _reported.GetValueOrDefault(rid.Rid)
            || (_leaders.Contains(rid.Node) && _disks.AllHeld(rid.Rid, end));
    }

    /// <summary>Rows in which all that a failed sub-log gives is kept.</summary>
    private static long KeptRows(OrderingState state, RidState rid)
    {
        if (!state.HasWindow) return 0;
        var last = state.Windows.Last;
        var end = last.FirstRow + (last.Count == 0 ? 0 : last.Rows);
        // The entry that ends it may commit its rows as well, so the tail says nothing of what was kept.
        var rows = 0L;
        while (rows < end && state.Windows.EndAtRow(rid.Rid, rows) <= rid.Keep!.Value) rows++;
        return rows;
    }

    /// <summary>A life reads the stream from its beginning; what its node knew before is not told again.</summary>
    private void Read(NodeId node, OrderingState state)
    {
        if (!_known.TryGetValue(node, out var known)) known = (0, []);
        var failed = new SortedDictionary<Rid, long>();
        foreach (var rid in state.Rids)
            if (rid.Failed)
                failed[rid.Rid] = known.Failed.TryGetValue(rid.Rid, out var kept) ? kept : KeptRows(state, rid);
        var rows = state.TailRowNumber;
        var isNews = rows > known.Rows || failed.Count > known.Failed.Count;
        if (!isNews || rows < known.Rows || failed.Count < known.Failed.Count) return;
        _known[node] = (rows, failed);
        _told.Add(lines => lines.Reads(node, rows, failed));
    }
}
