using System.Globalization;
using System.Text;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// What a consumer group promises, judged by folding its operations once more, as simply as can be. Nothing is skipped
/// or given to two at once, what is acknowledged never comes again, counts only grow, each letter is sent once, and
/// every answer is that of one group in the order of the log.
/// </summary>
internal sealed class GroupCheckers
{
    private readonly GroupHistory _history;
    private readonly GroupPolicy _policy;
    private readonly IReadOnlyList<SeenRecord> _entries;
    private readonly IReadOnlyList<SeenRecord> _letters;
    private readonly Position _seenTo;
    private readonly bool _complete;
    private readonly SortedDictionary<Position, Claim> _pending = [];
    private readonly SortedSet<Position> _buried = [];
    private SortedDictionary<Position, long> _released = [];
    private Position _next;
    private int _entryAt;
    private long _facts;
    private string? _problem;

    private GroupCheckers(GroupHistory history, GroupPolicy policy, ConfirmedStretch all, bool complete)
    {
        (_history, _policy, _complete) = (history, policy, complete);
        _entries = [.. all.Items.Where(i => i.Key == history.Key)];
        _letters = [.. all.Items.Where(i => i.Key == GroupDraw.DeadKey && Field(i, "dead-letter-key") == history.Key)];
        _seenTo = all.To;
    }

    /// <param name="histories">By group.</param>
    /// <param name="policy">Of all groups.</param>
    /// <param name="all">What the follower of all keys has seen.</param>
    /// <param name="complete">The run came to its end and everything is worked off.</param>
    public static CheckerReport Judge(
        IReadOnlyList<GroupHistory> histories, GroupPolicy policy, ConfirmedStretch all, bool complete)
    {
        var facts = 0L;
        string? problem = null;
        foreach (var history in histories)
        {
            var checker = new GroupCheckers(history, policy, all, complete);
            checker.Judge();
            facts += checker._facts;
            problem ??= checker._problem is { } found ? $"group of {history.Key}: {found}" : null;
        }

        return new CheckerReport("groups", facts, problem);
    }

    private void Judge()
    {
        var answers = _history.Answers.OrderBy(a => a.Ordinal).ToList();
        var at = 0;
        for (var ordinal = 0; ordinal <= _history.Ops.Count; ordinal++)
        {
            if (ordinal > 0) Apply(ordinal, _history.Ops[ordinal - 1].What);
            for (; at < answers.Count && answers[at].Ordinal == ordinal; at++) Check(answers[at]);
        }

        // In a run that was broken off, the newest operations have been seen by nobody yet.
        if (at < answers.Count && _complete)
            Fail($"an answer rests on operation {answers[at].Ordinal}, of {_history.Ops.Count} there are");
        Fresh();
        Unasked();
        if (_complete) Letters();
    }

    private void Apply(int ordinal, GroupOp op)
    {
        _released = [];
        switch (op)
        {
            case GroupOp.Deliver deliver:
                Deliver(ordinal, deliver);
                break;
            case GroupOp.Take take:
                foreach (var item in take.Items) Take(ordinal, take, item);
                break;
            case GroupOp.Release release:
                foreach (var id in release.Ids) Release(ordinal, id);
                break;
            case GroupOp.Bury bury:
                foreach (var id in bury.Ids) Bury(ordinal, id);
                break;
        }
    }

    /// <summary>Exactly the entries that stand between what was given before and what is given now.</summary>
    private void Deliver(int ordinal, GroupOp.Deliver deliver)
    {
        _facts++;
        foreach (var id in deliver.Ids)
        {
            if (id < _next) Fail($"operation {ordinal} gives {id} to {deliver.Consumer} as new, and it is not");
            _pending[id] = new(deliver.Consumer, deliver.NowMs, 1, ordinal);
        }

        _next = deliver.Next;
        if (_seenTo < _next) return;
        var expected = new List<Position>();
        for (; _entryAt < _entries.Count && _entries[_entryAt].Position < _next; _entryAt++)
            expected.Add(_entries[_entryAt].Position);
        expected.RemoveAll(id => id < _history.TrimmedAtBirth && !deliver.Ids.Contains(id));
        if (!expected.SequenceEqual(deliver.Ids))
            Fail($"operation {ordinal} gives {string.Join(' ', deliver.Ids)} up to {_next}; there stand " +
                string.Join(' ', expected));
    }

    private void Take(int ordinal, GroupOp.Take take, GroupOp.Taken item)
    {
        _facts++;
        if (!_pending.TryGetValue(item.Position, out var claim))
        {
            Fail($"operation {ordinal} gives {item.Position} to {take.Consumer}, which is done with");
            return;
        }

        var idle = take.NowMs - claim.DeliveredMs;
        if (idle < _policy.LeaseMs)
            Fail($"operation {ordinal} gives {item.Position} to {take.Consumer}, {claim.Consumer} has had it for " +
                $"{idle} ms");
        if (item.Deliveries != claim.Deliveries + 1)
            Fail($"operation {ordinal} counts delivery {item.Deliveries} of {item.Position} after " +
                $"{claim.Deliveries}");
        _pending[item.Position] = new(take.Consumer, item.DeliveredMs, item.Deliveries, ordinal);
    }

    private void Release(int ordinal, Position id)
    {
        _facts++;
        if (_pending.Remove(id, out var claim)) _released[id] = claim.Generation;
        else Fail($"operation {ordinal} acknowledges {id}, which nobody holds");
    }

    private void Bury(int ordinal, Position id)
    {
        _facts++;
        if (!_pending.Remove(id, out var claim) || claim.Deliveries < _policy.DeliveriesMax)
            Fail($"operation {ordinal} gives up {id} after {claim?.Deliveries} deliveries");
        if (!_buried.Add(id)) Fail($"operation {ordinal} gives up {id} for the second time");
    }

    private void Check(GroupAnswer answer)
    {
        _facts++;
        switch (answer)
        {
            case GroupAnswer.Given given:
                foreach (var held in given.Held) CheckGiven(given, held);
                break;
            case GroupAnswer.Acknowledged acked:
                CheckAcknowledged(acked);
                break;
            case GroupAnswer.Pending pending when pending.Count != _pending.Count:
                Fail($"{pending.Count} were said to be pending after operation {pending.Ordinal}, and " +
                    $"{_pending.Count} were");
                break;
        }
    }

    /// <summary>An entry in somebody's hands is given to them by the operation that the answer names.</summary>
    private void CheckGiven(GroupAnswer.Given given, Held held)
    {
        var op = held.Generation >= 1 && held.Generation <= _history.Ops.Count
            ? _history.Ops[(int)held.Generation - 1] : null;
        var gives = op?.Desk == given.Desk && op.What switch
        {
            GroupOp.Deliver deliver => deliver.Consumer == given.Consumer && held.Deliveries == 1
                && deliver.Ids.Contains(held.Position),
            GroupOp.Take take => take.Consumer == given.Consumer
                && take.Items.Any(i => i.Position == held.Position && i.Deliveries == held.Deliveries),
            _ => false,
        };
        if (!gives) Fail($"{given.Consumer} was given {held.Position} for the {held.Deliveries}. time by operation " +
            $"{held.Generation}, which does not say so");
    }

    /// <summary>All that is held and not given to another since, no more.</summary>
    private void CheckAcknowledged(GroupAnswer.Acknowledged acked)
    {
        var own = acked.Changed && _history.Ops[(int)acked.Ordinal - 1].Desk == acked.Desk;
        var count = own ? _released.Count : 0;
        if (count != acked.Count)
            Fail($"{acked.Count} of {acked.Held.Count} were said to be acknowledged by operation {acked.Ordinal}, " +
                $"and {count} were");
        foreach (var held in acked.Held)
        {
            // Given twice to the same consumer, it is acknowledged under both names.
            if (own && _released.TryGetValue(held.Position, out var generation)
                && !acked.Held.Any(h => h.Position == held.Position && h.Generation == generation))
                Fail($"{held.Position} was acknowledged as given by operation {held.Generation}; operation " +
                    $"{generation} has given it to another");
            if (_pending.TryGetValue(held.Position, out var claim) && claim.Generation == held.Generation)
                Fail($"{held.Position} was acknowledged and stays pending after operation {acked.Ordinal}");
        }
    }

    /// <summary>No answer is older than one that somebody had before it was asked for.</summary>
    private void Fresh()
    {
        var told = _history.Answers.OrderBy(a => a.ToldMicros).ToList();
        var (at, newest) = (0, 0L);
        foreach (var answer in _history.Answers.OrderBy(a => a.InvokedMicros))
        {
            for (; at < told.Count && told[at].ToldMicros < answer.InvokedMicros; at++)
                newest = Math.Max(newest, told[at].Ordinal);
            _facts++;
            if (answer.Ordinal < newest)
                Fail($"asked at {answer.InvokedMicros / 1000} ms, it was answered as of operation " +
                    $"{answer.Ordinal}; {newest} was known by then");
        }
    }

    /// <summary>
    /// What a desk gave a consumer without saying so is no more than what that consumer asked it in vain: a question
    /// leads to one delivery and to one redelivery at most.
    /// </summary>
    private void Unasked()
    {
        var untold = new SortedDictionary<(ulong Desk, string Consumer, bool Fresh), int>();
        var claimed = new SortedSet<long>();
        foreach (var answer in _history.Answers.OfType<GroupAnswer.Given>())
            foreach (var held in answer.Held) claimed.Add(held.Generation);
        for (var i = 0; i < _history.Ops.Count; i++)
        {
            var op = _history.Ops[i];
            var receiver = op.What switch
            {
                GroupOp.Deliver deliver => deliver.Consumer,
                GroupOp.Take take => take.Consumer,
                _ => null,
            };
            if (receiver is null || claimed.Contains(i + 1)) continue;
            _facts++;
            var given = (op.Desk, receiver, op.What is GroupOp.Deliver);
            untold[given] = untold.GetValueOrDefault(given) + 1;
            if (untold[given] > _history.Unanswered.GetValueOrDefault((op.Desk, receiver)))
                Fail($"operation {i + 1} gives entries to {receiver}, who was not told");
        }
    }

    /// <summary>Each entry that was given up stands once among the dead letters.</summary>
    private void Letters()
    {
        if (_pending.Count > 0) Fail($"{_pending.Count} entries are still pending");
        var sent = new SortedSet<Position>();
        foreach (var letter in _letters)
        {
            _facts++;
            var id = new Position(long.Parse(Field(letter, "dead-letter-id"), CultureInfo.InvariantCulture));
            if (!sent.Add(id)) Fail($"{id} stands twice among the dead letters");
            if (!_buried.Contains(id)) Fail($"{id} stands among the dead letters and was not given up");
        }

        foreach (var id in _buried)
            if (!sent.Contains(id)) Fail($"{id} was given up and is not among the dead letters");
    }

    private static string Field(in SeenRecord letter, string name)
    {
        foreach (var field in RecordFields.Read(letter.Raw!).Fields)
            if (Encoding.UTF8.GetString(field.Name.Span) == name) return Encoding.UTF8.GetString(field.Value.Span);
        return "";
    }

    private void Fail(string problem) => _problem ??= problem;
}
