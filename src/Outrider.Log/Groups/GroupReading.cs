using Outrider.Core;

namespace Outrider.Log;

/// <summary>One read by a consumer.</summary>
/// <param name="Count">Entries at most.</param>
/// <param name="NoAck">What is new is given for good; nothing is redelivered.</param>
/// <param name="NowMs">Tells the time: a lease begins when it is decided, not when it was asked for.</param>
/// <param name="MinIdleMs">Also entries whose claim is so old; null: as the group's lease says.</param>
public sealed record GroupRead(
    string Group, string Consumer, int Count, bool NoAck, Func<long> NowMs, long? MinIdleMs);

/// <summary>An entry given to a consumer.</summary>
public sealed record GroupDelivery(LogRecord Record, long Generation, int Deliveries);

/// <summary>
/// Reads new entries for a consumer, and before them those whose lease has run out. Entries are read first and then
/// decided on: what was given to somebody else meanwhile is left out, and if nothing is left it reads again. Were they
/// read after the decision, a lease could be over by then, and consumers would take entries from one another for ever.
/// </summary>
public sealed class GroupReading(GroupDesk desk, GroupRead read, Action<GroupEnd<IReadOnlyList<GroupDelivery>?>> done)
{
    private const int TriesMax = 32;
    // All that stood there was given to others: the answer is that there is nothing, unless more has come at once.
    private const int TriesAtEndMax = 3;
    private const int PageMax = 1024;
    private readonly long _askedMs = read.NowMs();
    private readonly List<LogRecord> _fresh = [];
    // Null: trimmed since.
    private readonly SortedDictionary<Position, LogRecord?> _old = [];
    private Position _from;
    private int _tries;
    private bool _atEnd;

    private readonly record struct Plan(bool NoGroup, bool Again, IReadOnlyList<Held> Fresh, IReadOnlyList<Held> Old);

    /// <summary>Answers null when there is no such group.</summary>
    public void Run()
    {
        Check.That(read.Count > 0);
        _fresh.Clear();
        if (desk.Known?.Find(read.Group) is { } group)
        {
            ReadOld(group);
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
            if (looked.Answer.Find(read.Group) is { } found) ReadOld(found);
            else done(new GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided(null, looked.Ordinal, Changed: false));
        });
    }

    private void ReadOld(ConsumerGroup group)
    {
        var missing = Idle(group, read.Count).FindAll(id => !_old.ContainsKey(id) && !IsSpent(group, id));
        if (missing.Count == 0)
        {
            ReadFresh(group.Next);
            return;
        }

        EntryFetch.Run(desk.Ask, desk.Key, missing, (found, failure) =>
        {
            if (failure is not null)
            {
                Fail(failure);
                return;
            }

            foreach (var id in missing) _old[id] = found.GetValueOrDefault(id);
            ReadFresh(group.Next);
        });
    }

    /// <summary>Whose lease was over when the consumer asked: what runs out while it waits is for the next.</summary>
    private List<Position> Idle(ConsumerGroup group, int most)
    {
        var lease = read.MinIdleMs ?? (group.Policy.LeaseMs > 0 ? group.Policy.LeaseMs : null);
        if (read.NoAck || lease is not { } idle) return [];
        if (desk.Bugs.HasFlag(GroupBugs.IgnoreLease)) idle = 0;
        return GroupDecisions.Idle(group, default, new(idle, _askedMs, Math.Max(most, read.Count)));
    }

    private static bool IsSpent(ConsumerGroup group, Position id) =>
        group.Policy.DeliveriesMax > 0 && group.Pending[id].Deliveries >= group.Policy.DeliveriesMax;

    private void ReadFresh(Position from)
    {
        _from = from;
        // What others were given meanwhile is passed over: the next try looks further.
        var most = (int)Math.Min((long)read.Count << Math.Min(_tries, 10), Math.Max(read.Count, PageMax));
        desk.Ask(new KeyRead(desk.Key, from, new(long.MaxValue - 1), most, Descending: false), reply =>
        {
            if (reply is not LogReply.Records records)
            {
                Fail((LogReply)reply);
                return;
            }

            _fresh.AddRange(records.Items);
            _atEnd = records.Items.Count < most;
            desk.Decide(Decide, OnDecided);
        });
    }

    private GroupDecision<Plan> Decide(ConsumerGroups state)
    {
        if (state.Find(read.Group) is not { } group)
            return GroupDecision<Plan>.Only(new(NoGroup: true, Again: false, [], []));
        var ops = new List<GroupOp>();
        var nowMs = read.NowMs();
        var missed = false;
        var old = Redeliver(state, group, nowMs, ops, ref missed);
        var ids = new List<Position>();
        var room = read.NoAck ? read.Count : ConsumerGroups.PendingMax - state.Pending;
        foreach (var record in _fresh)
        {
            var stale = record.Position < group.Next && !desk.Bugs.HasFlag(GroupBugs.DeliverStale);
            if (!stale && ids.Count < Math.Min(room, read.Count - old.Count)) ids.Add(record.Position);
        }

        // Moved back, or all that was read went to others: what stands there now has not been looked at.
        var moved = group.Next < _from;
        var taken = _fresh.Count > 0 && ids.Count == 0 && old.Count == 0 && room > 0;
        var most = missed || moved ? TriesMax : taken && _atEnd ? TriesAtEndMax : taken ? TriesMax : 0;
        if (most > 0 && ++_tries < most)
            return GroupDecision<Plan>.Only(new(NoGroup: false, Again: true, [], []));
        if (moved) ids.Clear();
        if (ids.Count > 0)
            ops.Add(new GroupOp.Deliver(read.Group, read.Consumer, nowMs, ids[^1].Next(), ids, read.NoAck));
        else if (ops.Count == 0 && !group.Consumers.ContainsKey(read.Consumer))
            ops.Add(new GroupOp.AddConsumer(read.Group, read.Consumer, nowMs));
        var generation = state.Ordinal + ops.Count;
        return new(new(NoGroup: false, Again: false, ids.ConvertAll(id => new Held(id, generation, 1)), old), ops);
    }

    private List<Held> Redeliver(
        ConsumerGroups state, ConsumerGroup group, long nowMs, List<GroupOp> ops, ref bool missed)
    {
        var (dead, gone, items) = (new List<Position>(), new List<Position>(), new List<GroupOp.Taken>());
        foreach (var id in Idle(group, GroupRules.LettersMax))
            if (IsSpent(group, id)) dead.Add(id);
        foreach (var id in Idle(group, read.Count))
        {
            if (IsSpent(group, id)) continue;
            if (!_old.TryGetValue(id, out var record)) missed = true;
            else if (record is null) gone.Add(id);
            else items.Add(new(id, nowMs, group.Pending[id].Deliveries + 1));
        }

        // Trimmed since: nobody can work on them.
        if (gone.Count > 0) ops.Add(new GroupOp.Release(read.Group, gone));
        if (dead.Count > 0) ops.Add(new GroupOp.Bury(read.Group, dead));
        if (items.Count > 0) ops.Add(new GroupOp.Take(read.Group, read.Consumer, nowMs, items));
        var generation = state.Ordinal + ops.Count;
        return items.ConvertAll(item => new Held(item.Position, generation, item.Deliveries));
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
                Finish(decided);
                break;
        }
    }

    private void Finish(GroupEnd<Plan>.Decided decided)
    {
        var plan = decided.Answer;
        var deliveries = new List<GroupDelivery>();
        foreach (var held in plan.Old)
        {
            var record = _old[held.Position];
            Check.That(record is not null);
            deliveries.Add(new(record, held.Generation, held.Deliveries));
        }

        var at = 0;
        foreach (var held in plan.Fresh)
        {
            while (_fresh[at].Position < held.Position) at++;
            Check.That(_fresh[at].Position == held.Position);
            deliveries.Add(new(_fresh[at], held.Generation, held.Deliveries));
        }

        done(new GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided(deliveries, decided.Ordinal, decided.Changed));
    }

    private void Fail(LogReply reply) => done(new GroupEnd<IReadOnlyList<GroupDelivery>?>.Failed(reply));
}
