using Outrider.Log;

namespace Outrider.Tests.Unit.Log.Groups;

/// <summary>One group of one key, as simply as can be: lists and loops. Judges every answer in the order of the
/// log.</summary>
internal sealed class NaiveGroup(long leaseMs, int deliveriesMax)
{
    private readonly List<Entry> _pending = [];
    private readonly SortedSet<Position> _given = [];
    private Position _next;

    public List<Position> Dead { get; } = [];

    public IReadOnlyList<Entry> Pending => _pending;

    /// <summary>Facts compared so far.</summary>
    public int Judged { get; private set; }

    public sealed class Entry
    {
        public required Position Position;
        public required string Consumer;
        public required long DeliveredMs;
        public required int Deliveries;
        public required long Generation;
    }

    public void Read(GroupRead read, IReadOnlyList<GroupDelivery> answer, IReadOnlyList<LogRecord> stream)
    {
        var expected = new List<(Position, int)>();
        var idle = _pending.Where(e => read.NowMs() - e.DeliveredMs >= leaseMs).OrderBy(e => e.Position).ToList();
        var spent = idle.Take(Math.Max(GroupRules.LettersMax, read.Count))
            .Where(e => deliveriesMax > 0 && e.Deliveries >= deliveriesMax).ToList();
        foreach (var entry in spent)
        {
            _pending.Remove(entry);
            Dead.Add(entry.Position);
        }

        foreach (var entry in idle.Take(read.Count).Except(spent))
        {
            (entry.Consumer, entry.DeliveredMs, entry.Deliveries) = (read.Consumer, read.NowMs(), entry.Deliveries + 1);
            expected.Add((entry.Position, entry.Deliveries));
        }

        var fresh = answer.Select(d => d.Record.Position).Where(p => p >= _next).ToList();
        // How many were there when it looked is its own affair; that none is skipped or given twice is not.
        var there = stream.Select(r => r.Position).Skip(_given.Count).Take(fresh.Count).ToList();
        Assert.Equal(there, fresh);
        foreach (var position in fresh)
        {
            Assert.True(_given.Add(position), $"{position} was given as new twice");
            _pending.Add(new()
            {
                Position = position,
                Consumer = read.Consumer,
                DeliveredMs = read.NowMs(),
                Deliveries = 1,
                Generation = 0,
            });
            expected.Add((position, 1));
            _next = position.Next();
        }

        Assert.Equal(expected, answer.Select(d => (d.Record.Position, d.Deliveries)));
        foreach (var delivery in answer) _pending.First(e => e.Position == delivery.Record.Position).Generation =
            delivery.Generation;
        Judged += 1 + answer.Count;
    }

    public void Acknowledge(IReadOnlyList<Held> held, long answer)
    {
        var gone = _pending
            .Where(e => held.Any(h => h.Position == e.Position && h.Generation == e.Generation)).ToList();
        Assert.Equal(gone.Count, answer);
        foreach (var entry in gone) _pending.Remove(entry);
        Judged++;
    }

    public void Claim(
        string consumer, IReadOnlyList<Position> ids, long minIdleMs, long nowMs, IReadOnlyList<Held> answer)
    {
        var taken = _pending.Where(e => ids.Contains(e.Position) && nowMs - e.DeliveredMs >= minIdleMs)
            .OrderBy(e => e.Position).ToList();
        foreach (var entry in taken)
            (entry.Consumer, entry.DeliveredMs, entry.Deliveries) = (consumer, nowMs, entry.Deliveries + 1);
        Assert.Equal(taken.Select(e => (e.Position, e.Deliveries)), answer.Select(h => (h.Position, h.Deliveries)));
        foreach (var held in answer) _pending.First(e => e.Position == held.Position).Generation = held.Generation;
        Judged += 1 + answer.Count;
    }

    public void Look(int pending)
    {
        Assert.Equal(_pending.Count, pending);
        Judged++;
    }
}
