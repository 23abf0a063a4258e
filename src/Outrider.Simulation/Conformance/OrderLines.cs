using System.Globalization;
using Outrider.Core;
using Outrider.Core.Tracing;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>Writes a run of the order, once it is known how many sub-logs there were.</summary>
internal sealed class OrderLines
{
    private readonly List<string> _lines = [];
    private readonly ModelTrace _trace;
    private readonly int _rids;
    private readonly long[] _slots;
    private readonly SortedDictionary<Rid, long> _failed = [];
    private long _rows;

    public OrderLines(int rids, int nodes)
    {
        (_rids, _slots) = (rids, new long[rids]);
        _trace = new ModelTrace(_lines.Add);
        _trace.Begin("fix-ante", [("orderers", 1), ("shards", rids), ("readers", nodes)]);
    }

    public IReadOnlyList<string> All => _lines;

    public void Commits(long rows, IReadOnlyList<(Rid Rid, long Rows)> held)
    {
        for (var s = 0; s < _rids; s++)
        {
            var rid = new Rid(s);
            if (_failed.ContainsKey(rid)) continue;
            // One that was not there yet gives nothing to these rows.
            var isThere = held.Any(h => h.Rid == rid);
            var before = _slots[s];
            Fill(rid, isThere ? held.First(h => h.Rid == rid).Rows : rows);
            if (_slots[s] == before) continue;
            var report = TraceValue.Of("Report", ("reporter", Number(s)), ("length", Number(_slots[s])));
            _trace.Step("shards", s, "Report", null, report);
            _trace.Step("orderers", 0, "Gather", report, null);
        }

        for (; _rows < rows; _rows++)
            _trace.Step("orderers", 0, "Commit", null, null, ("rows", Number(_rows + 1)));
    }

    public void Fails(Rid rid, long kept, bool isHeld)
    {
        if (isHeld) Fill(rid, kept);
        var close = TraceValue.Of("Close", ("shard", Number(rid.Value)));
        var closed = TraceValue.Of("Closed", ("closed", Number(rid.Value)), ("length", Number(kept)));
        _trace.Step("orderers", 0, "Close", null, close);
        _trace.Step("shards", rid.Value, "Close", close, closed);
        _trace.Step("orderers", 0, "Fail", closed, null);
        _failed[rid] = kept;
    }

    public void Cuts() => _trace.Step("orderers", 0, "Cut", null, Cut(_rows, _failed));

    public void Reads(NodeId node, long rows, SortedDictionary<Rid, long> failed) =>
        _trace.Step("readers", node.Value - 1, "Confirm", Cut(rows, failed), null, ("rows", Number(rows)));

    private void Fill(Rid rid, long rows)
    {
        for (ref var slots = ref _slots[rid.Value]; slots < rows; slots++)
        {
            var content = string.Create(CultureInfo.InvariantCulture, $"{rid.Value}.{slots}");
            _trace.Step("shards", rid.Value, "Append", null, null, ("slots", TraceValue.Fields(
                ("length", Number(slots + 1)), ("last", TraceValue.Of("Some", ("value", TraceValue.Text(content)))))));
        }
    }

    private static TraceValue Cut(long rows, SortedDictionary<Rid, long> failed) => TraceValue.Of(
        "Cut", ("rows", Number(rows)),
        ("failed", TraceValue.List([.. failed.Select(f => TraceValue.List(Number(f.Key.Value), Number(f.Value)))])));

    private static TraceValue Number(long value) => TraceValue.Number(value);
}
