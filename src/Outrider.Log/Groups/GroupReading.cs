using Outrider.Core;

namespace Outrider.Log;

/// <summary>One read by a consumer.</summary>
/// <param name="Count">Entries at most.</param>
/// <param name="NoAck">What is new is given for good; nothing is redelivered.</param>
/// <param name="MinIdleMs">Also entries whose claim is so old; null: as the group's lease says.</param>
public sealed record GroupRead(string Group, string Consumer, int Count, bool NoAck, long NowMs, long? MinIdleMs);

/// <summary>An entry given to a consumer.</summary>
public sealed record GroupDelivery(LogRecord Record, long Generation, int Deliveries);

/// <summary>
/// Reads new entries for a consumer, and before them those whose lease has run out. Entries are read first and then
/// decided on: what was given to somebody else meanwhile is left out, and if nothing is left it reads again.
/// </summary>
public sealed class GroupReading(GroupDesk desk, GroupRead read, Action<GroupEnd<IReadOnlyList<GroupDelivery>?>> done)
{
    private const int TriesMax = 32;
    private readonly List<LogRecord> _fresh = [];
    private Position _from;
    private int _tries;

    private readonly record struct Plan(bool NoGroup, bool Again, IReadOnlyList<Held> Fresh, IReadOnlyList<Held> Old);

    /// <summary>Answers null when there is no such group.</summary>
    public void Run()
    {
        Check.That(read.Count > 0);
        _fresh.Clear();
        if (desk.Known?.Find(read.Group) is { } group)
        {
            ReadFresh(group.Next);
            return;
        }

        desk.Decide(static state => GroupDecision<ConsumerGroups>.Only(state), end =>
        {
            if (end is GroupEnd<ConsumerGroups>.Failed failed)
            {
                Fail(failed.Reply);
                return;
            }

            var looked = (GroupEnd<ConsumerGroups>.Decided)end;
            if (looked.Answer.Find(read.Group) is { } found) ReadFresh(found.Next);
            else done(new GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided(null, looked.Ordinal, Changed: false));
        });
    }

    private void ReadFresh(Position from)
    {
        _from = from;
        desk.Ask(new KeyRead(desk.Key, from, new(long.MaxValue - 1), read.Count, Descending: false), reply =>
        {
            if (reply is not LogReply.Records records)
            {
                Fail((LogReply)reply);
                return;
            }

            _fresh.AddRange(records.Items);
            desk.Decide(Decide, OnDecided);
        });
    }

    private GroupDecision<Plan> Decide(ConsumerGroups state)
    {
        if (state.Find(read.Group) is not { } group)
            return GroupDecision<Plan>.Only(new(NoGroup: true, Again: false, [], []));
        var ops = new List<GroupOp>();
        var old = read.NoAck ? [] : Redeliver(state, group, ops);
        var ids = new List<Position>();
        var room = read.NoAck ? read.Count : ConsumerGroups.PendingMax - state.Pending;
        foreach (var record in _fresh)
        {
            var stale = record.Position < group.Next && !desk.Bugs.HasFlag(GroupBugs.DeliverStale);
            if (!stale && ids.Count < Math.Min(room, read.Count - old.Count)) ids.Add(record.Position);
        }

        // Moved back, or all that was read went to others: what stands there now has not been looked at.
        var again = group.Next < _from || (_fresh.Count > 0 && ids.Count == 0 && old.Count == 0 && room > 0);
        if (again && ++_tries < TriesMax) return GroupDecision<Plan>.Only(new(NoGroup: false, Again: true, [], []));
        if (again) ids.Clear();
        if (ids.Count > 0)
            ops.Add(new GroupOp.Deliver(read.Group, read.Consumer, read.NowMs, ids[^1].Next(), ids, read.NoAck));
        else if (ops.Count == 0 && !group.Consumers.ContainsKey(read.Consumer))
            ops.Add(new GroupOp.AddConsumer(read.Group, read.Consumer, read.NowMs));
        var generation = state.Ordinal + ops.Count;
        return new(new(NoGroup: false, Again: false, ids.ConvertAll(id => new Held(id, generation, 1)), old), ops);
    }

    private List<Held> Redeliver(ConsumerGroups state, ConsumerGroup group, List<GroupOp> ops)
    {
        var held = new List<Held>();
        var lease = read.MinIdleMs ?? (group.Policy.LeaseMs > 0 ? group.Policy.LeaseMs : null);
        if (lease is not { } idle) return held;
        if (desk.Bugs.HasFlag(GroupBugs.IgnoreLease)) idle = 0;
        var dead = new List<Position>();
        var items = new List<GroupOp.Taken>();
        foreach (var id in GroupDecisions.Idle(group, default, new(idle, read.NowMs, read.Count)))
        {
            var claim = group.Pending[id];
            if (group.Policy.DeliveriesMax > 0 && claim.Deliveries >= group.Policy.DeliveriesMax) dead.Add(id);
            else items.Add(new(id, read.NowMs, claim.Deliveries + 1));
        }

        if (dead.Count > 0) ops.Add(new GroupOp.Bury(read.Group, dead));
        if (items.Count > 0) ops.Add(new GroupOp.Take(read.Group, read.Consumer, read.NowMs, items));
        var generation = state.Ordinal + ops.Count;
        foreach (var item in items) held.Add(new(item.Position, generation, item.Deliveries));
        return held;
    }

    private void OnDecided(GroupEnd<Plan> end)
    {
        switch (end)
        {
            case GroupEnd<Plan>.Failed failed:
                Fail(failed.Reply);
                break;
            case GroupEnd<Plan>.Decided { Answer.NoGroup: true } none:
                done(new GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided(null, none.Ordinal, Changed: false));
                break;
            case GroupEnd<Plan>.Decided { Answer.Again: true }:
                Run();
                break;
            case GroupEnd<Plan>.Decided decided:
                Collect(decided);
                break;
        }
    }

    private void Collect(GroupEnd<Plan>.Decided decided)
    {
        var plan = decided.Answer;
        if (plan.Old.Count == 0)
        {
            Finish([], decided);
            return;
        }

        var ids = new List<Position>();
        foreach (var held in plan.Old) ids.Add(held.Position);
        EntryFetch.Run(desk.Ask, desk.Key, ids, (found, failure) =>
        {
            // The claims stand; when their lease has run out they come again.
            if (failure is not null) Fail(failure);
            else Finish(found, decided);
        });
    }

    private void Finish(SortedDictionary<Position, LogRecord> found, GroupEnd<Plan>.Decided decided)
    {
        var plan = decided.Answer;
        var deliveries = new List<GroupDelivery>();
        var gone = new List<Position>();
        foreach (var held in plan.Old)
        {
            if (found.TryGetValue(held.Position, out var record))
                deliveries.Add(new(record, held.Generation, held.Deliveries));
            else gone.Add(held.Position);
        }

        var at = 0;
        foreach (var held in plan.Fresh)
        {
            while (_fresh[at].Position < held.Position) at++;
            Check.That(_fresh[at].Position == held.Position);
            deliveries.Add(new(_fresh[at], held.Generation, held.Deliveries));
        }

        // Trimmed since: nobody can work on them.
        if (gone.Count > 0)
            desk.Decide(state => GroupDecisions.Acknowledge(state, read.Group, gone), static _ => { });
        done(new GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided(deliveries, decided.Ordinal, decided.Changed));
    }

    private void Fail(LogReply reply) => done(new GroupEnd<IReadOnlyList<GroupDelivery>?>.Failed(reply));
}
