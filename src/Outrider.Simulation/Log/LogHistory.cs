using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// What has been shown as final, to anybody, and what was acknowledged. The first sight of a position is the truth;
/// everything later is compared with it at once, so that a violation is reported where it happens.
/// </summary>
internal sealed class LogHistory(World world)
{
    private readonly List<Cell> _cells = [];
    private readonly Dictionary<RecordMark, long> _placed = [];
    private readonly Dictionary<(ulong, long), Append> _appends = [];
    private readonly List<(long Tail, long View, long Windows)?> _order = [];

    private enum Seen : byte { Nothing, Empty, Record }

    private readonly record struct Cell(Seen Seen, RecordMark Mark, string Key);

    /// <summary>An append as its client saw it.</summary>
    public sealed class Append
    {
        public required RecordMark First;
        public required string Key;
        public required int Count;
        public required long InvokedMicros;
        public long AckedMicros = -1;
        public IReadOnlyList<Position> Positions = [];

        /// <summary>Refused at the first attempt: it must never turn up.</summary>
        public bool NeverHappened;
    }

    public long Facts { get; private set; }

    /// <summary>The highest position acknowledged; -1 before.</summary>
    public long LastAcknowledged { get; private set; } = -1;
    public long OrderFacts { get; private set; }
    public long SpeculativeFacts { get; private set; }
    public long Revoked { get; private set; }

    public Append Invoke(ulong producer, long sequence, string key, int count)
    {
        var append = new Append
        {
            First = new(producer, sequence, 0), Key = key, Count = count, InvokedMicros = world.NowMicros,
        };
        _appends.Add((producer, sequence), append);
        return append;
    }

    public void Acknowledge(Append append, IReadOnlyList<Position> positions, NodeId by)
    {
        append.AckedMicros = world.NowMicros;
        append.Positions = positions;
        if (positions.Count > 0) LastAcknowledged = Math.Max(LastAcknowledged, positions[^1].Value);
        if (positions.Count != append.Count)
        {
            Fail("acknowledged", $"{append.First}: {positions.Count} positions for {append.Count} records, by {by}");
            return;
        }

        for (var i = 0; i < positions.Count; i++)
        {
            if (i > 0 && positions[i] <= positions[i - 1]) Fail("order", $"{append.First}: positions not ascending");
            Final(positions[i], append.First with { Item = i }, append.Key, $"acknowledged by {by}");
        }
    }

    /// <summary>A position was shown as final with a record.</summary>
    public void Final(LogRecord record, string by) => Final(record.Position, RecordMark.Of(record), record.Key, by);

    /// <summary>A position was shown as final with nothing in it (to a reader of all keys).</summary>
    public void FinalEmpty(long position, string by)
    {
        Facts++;
        var cell = At(position);
        if (cell.Seen == Seen.Record) Fail("agreement", $"position {position} is {cell.Mark}, but empty by {by}");
        else _cells[(int)position] = new(Seen.Empty, default, "");
    }

    private void Final(Position position, RecordMark mark, string key, string by)
    {
        Facts++;
        var cell = At(position.Value);
        if (cell.Seen == Seen.Empty || (cell.Seen == Seen.Record && cell.Mark != mark))
        {
            var was = cell.Seen == Seen.Empty ? "empty" : cell.Mark.ToString();
            Fail("agreement", $"position {position} was {was}, now {mark} by {by}");
            return;
        }

        if (_placed.TryGetValue(mark, out var before) && before != position.Value)
            Fail("duplicate", $"{mark} is at {before} and at {position} by {by}");
        _placed[mark] = position.Value;
        _cells[(int)position.Value] = new(Seen.Record, mark, key);
        if (!_appends.TryGetValue((mark.Producer, mark.Sequence), out var append))
            Fail("origin", $"{mark} at {position} was never appended");
        else if (append.Key != key) Fail("origin", $"{mark} at {position} has key {key}, not {append.Key}");
        else if (append.NeverHappened) Fail("refused", $"{mark} at {position} had been refused");
    }

    /// <summary>A speculative reader was told that what it had seen there is final.</summary>
    public void Confirmed(Position position, RecordMark mark, string key, string by)
    {
        SpeculativeFacts++;
        Final(position, mark, key, by);
    }

    /// <summary>A speculative reader was told that what it had seen there never happened.</summary>
    public void Revocation(Position position, RecordMark mark, string by)
    {
        SpeculativeFacts++;
        Revoked++;
        var cell = At(position.Value);
        if (cell.Seen == Seen.Record) Fail("revocation", $"{mark} at {position} revoked by {by}, but final as {cell.Mark}");
        else _cells[(int)position.Value] = new(Seen.Empty, default, "");
    }

    /// <summary>What a node's ordering state said after an index of the stream.</summary>
    public void Order(LogIndex index, OrderingState state, NodeId node)
    {
        while (_order.Count <= index.Value) _order.Add(null);
        var seen = (state.TailPosition.Value, state.View.Value, state.Windows.Count);
        OrderFacts++;
        if (_order[(int)index.Value] is { } first && first != seen)
            Fail("order", $"{node} at {index}: {seen}, others {first}");
        else _order[(int)index.Value] = seen;
    }

    /// <summary>Judged at the end: nothing acknowledged is missing, and real time is respected.</summary>
    public (long Facts, string? Problem) Linearizable()
    {
        var acked = _appends.Values.Where(a => a.AckedMicros >= 0).ToList();
        var byAck = acked.OrderBy(a => a.AckedMicros).ThenBy(a => a.First.Producer).ThenBy(a => a.First.Sequence).ToList();
        var byInvoke = acked.OrderBy(a => a.InvokedMicros).ThenBy(a => a.First.Producer)
            .ThenBy(a => a.First.Sequence).ToList();
        var (next, highest) = (0, -1L);
        Append? of = null;
        foreach (var append in byInvoke)
        {
            for (; next < byAck.Count && byAck[next].AckedMicros < append.InvokedMicros; next++)
            {
                var last = byAck[next].Positions[^1].Value;
                if (last > highest) (highest, of) = (last, byAck[next]);
            }

            if (append.Positions[0].Value < highest)
                return (acked.Count, $"{append.First} at {append.Positions[0]} was invoked at {append.InvokedMicros} us, " +
                    $"after {of!.First} at {highest} had been acknowledged at {of.AckedMicros} us");
        }

        return (acked.Count, null);
    }

    /// <summary>Compares with a reading of the whole log after the end.</summary>
    /// <param name="from">Where the reading began: what has been trimmed is nobody's.</param>
    /// <param name="to">Where it ended.</param>
    public (long Facts, string? Problem) NothingLost(IReadOnlyList<LogRecord> all, long from, long to)
    {
        var found = new Dictionary<RecordMark, long>();
        foreach (var record in all)
        {
            var mark = RecordMark.Of(record);
            if (!found.TryAdd(mark, record.Position.Value))
                return (found.Count, $"{mark} is at {found[mark]} and at {record.Position}");
        }

        var facts = 0L;
        foreach (var append in _appends.Values)
        {
            for (var i = 0; i < append.Positions.Count; i++)
            {
                if (append.Positions[i].Value < from) continue;
                facts++;
                var mark = append.First with { Item = i };
                if (!found.TryGetValue(mark, out var at) || at != append.Positions[i].Value)
                    return (facts, $"{mark} was acknowledged at {append.Positions[i]} and is not there");
            }
        }

        for (var i = (int)from; i < Math.Min(to, _cells.Count); i++)
        {
            if (_cells[i].Seen != Seen.Record) continue;
            facts++;
            if (!found.TryGetValue(_cells[i].Mark, out var at) || at != i)
                return (facts, $"{_cells[i].Mark} was final at {i} and is not there");
        }

        return (facts, null);
    }

    private Cell At(long position)
    {
        while (_cells.Count <= position) _cells.Add(default);
        return _cells[(int)position];
    }

    public void Fail(string checker, string text) => world.Fail(ViolationKind.Safety, checker, text);
}
