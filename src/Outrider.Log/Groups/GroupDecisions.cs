namespace Outrider.Log;

/// <summary>What claiming looks for.</summary>
/// <param name="MinIdleMs">Only what was delivered so long ago.</param>
/// <param name="Count">At most so many.</param>
public readonly record struct ClaimRule(long MinIdleMs, long NowMs, int Count);

/// <summary>What a claim by id asks for beyond moving the entries.</summary>
/// <param name="DeliveredMs">Counted as delivered then; null: now.</param>
/// <param name="Deliveries">Counted as delivered so often; null: once more.</param>
/// <param name="Force">Also what is not pending.</param>
/// <param name="KeepCount">It is no delivery: only ids are asked for.</param>
public sealed record ClaimHow(long? DeliveredMs, int? Deliveries, bool Force, bool KeepCount)
{
    public static readonly ClaimHow Plain = new(null, null, false, false);
}

/// <summary>An entry that a consumer now holds.</summary>
public readonly record struct Held(Position Position, long Generation, int Deliveries);

/// <summary>The decisions of groups: pure functions of the state. Null answers: there is no such group.</summary>
public static class GroupDecisions
{
    public static GroupDecision<bool> Create(
        ConsumerGroups state, string group, Position next, long? read, GroupPolicy policy) =>
        state.Find(group) is not null || state.Groups.Count >= ConsumerGroups.GroupsMax
            ? GroupDecision<bool>.Only(false)
            : new(true, [new GroupOp.Create(group, next, read, policy)]);

    public static GroupDecision<bool> Destroy(ConsumerGroups state, string group) =>
        state.Find(group) is null ? GroupDecision<bool>.Only(false) : new(true, [new GroupOp.Destroy(group)]);

    public static GroupDecision<bool> Move(ConsumerGroups state, string group, Position next, long? read) =>
        state.Find(group) is null ? GroupDecision<bool>.Only(false) : new(true, [new GroupOp.Move(group, next, read)]);

    public static GroupDecision<bool?> AddConsumer(ConsumerGroups state, string group, string consumer, long nowMs)
    {
        if (state.Find(group) is not { } found) return GroupDecision<bool?>.Only(null);
        return found.Consumers.ContainsKey(consumer) || state.Consumers >= ConsumerGroups.ConsumersMax
            ? GroupDecision<bool?>.Only(false)
            : new(true, [new GroupOp.AddConsumer(group, consumer, nowMs)]);
    }

    public static GroupDecision<long?> RemoveConsumer(ConsumerGroups state, string group, string consumer)
    {
        if (state.Find(group) is not { } found) return GroupDecision<long?>.Only(null);
        if (!found.Consumers.ContainsKey(consumer)) return GroupDecision<long?>.Only(0);
        var pending = 0L;
        foreach (var (_, claim) in found.Pending)
            if (claim.Consumer == consumer) pending++;
        return new(pending, [new GroupOp.RemoveConsumer(group, consumer)]);
    }

    /// <summary>How many were pending and no longer are.</summary>
    public static GroupDecision<long> Acknowledge(
        ConsumerGroups state, string group, IReadOnlyList<Position> ids)
    {
        if (state.Find(group) is not { } found) return GroupDecision<long>.Only(0);
        var done = new SortedSet<Position>();
        foreach (var id in ids)
            if (found.Pending.ContainsKey(id)) done.Add(id);
        return done.Count == 0 ? GroupDecision<long>.Only(0)
            : new(done.Count, [new GroupOp.Release(group, [.. done])]);
    }

    /// <summary>As <see cref="Acknowledge"/>, but only what nobody was given since.</summary>
    public static GroupDecision<long> AcknowledgeHeld(
        ConsumerGroups state, string group, IReadOnlyList<Held> held, GroupBugs bugs = GroupBugs.None)
    {
        if (state.Find(group) is not { } found) return GroupDecision<long>.Only(0);
        var done = new SortedSet<Position>();
        foreach (var one in held)
        {
            if (!found.Pending.TryGetValue(one.Position, out var claim)) continue;
            if (claim.Generation == one.Generation || bugs.HasFlag(GroupBugs.AckAnyGeneration)) done.Add(one.Position);
        }

        return done.Count == 0 ? GroupDecision<long>.Only(0)
            : new(done.Count, [new GroupOp.Release(group, [.. done])]);
    }

    /// <summary>Entries whose claim is old enough, ascending.</summary>
    public static List<Position> Idle(ConsumerGroup group, Position from, in ClaimRule rule)
    {
        var found = new List<Position>();
        if (rule.Count <= 0) return found;
        foreach (var (position, claim) in group.Pending)
        {
            if (position < from || rule.NowMs - claim.DeliveredMs < rule.MinIdleMs) continue;
            found.Add(position);
            if (found.Count >= rule.Count) break;
        }

        return found;
    }

    /// <summary>
    /// Claims by id. <paramref name="exists"/>: which of them the log still holds; of the others nothing is left to
    /// claim and they stop being pending.
    /// </summary>
    public static GroupDecision<IReadOnlyList<Held>?> Claim(
        ConsumerGroups state, string group, string consumer, IReadOnlyList<Position> ids,
        Func<Position, bool> exists, in ClaimRule rule, ClaimHow how)
    {
        if (state.Find(group) is not { } found) return GroupDecision<IReadOnlyList<Held>?>.Only(null);
        var taken = new SortedDictionary<Position, GroupOp.Taken>();
        var gone = new SortedSet<Position>();
        foreach (var id in ids)
        {
            found.Pending.TryGetValue(id, out var claim);
            if (claim is null && !how.Force) continue;
            if (!exists(id))
            {
                if (claim is not null) gone.Add(id);
                continue;
            }

            if (claim is not null && rule.NowMs - claim.DeliveredMs < rule.MinIdleMs) continue;
            if (claim is null && state.Pending + taken.Count >= ConsumerGroups.PendingMax) continue;
            var count = how.Deliveries ?? (claim?.Deliveries ?? 0) + (how.KeepCount ? 0 : 1);
            taken[id] = new(id, how.DeliveredMs ?? rule.NowMs, count);
        }

        return Taking(state, group, consumer, rule.NowMs, taken, gone);
    }

    /// <summary>Gives a consumer again what it holds: it has lost its own memory.</summary>
    public static GroupDecision<IReadOnlyList<Held>?> Again(
        ConsumerGroups state, string group, string consumer, IReadOnlyList<Position> ids, Func<Position, bool> exists,
        long nowMs)
    {
        if (state.Find(group) is not { } found) return GroupDecision<IReadOnlyList<Held>?>.Only(null);
        var taken = new SortedDictionary<Position, GroupOp.Taken>();
        foreach (var id in ids)
            if (found.Pending.TryGetValue(id, out var claim) && claim.Consumer == consumer && exists(id))
                taken[id] = new(id, nowMs, claim.Deliveries + 1);
        return Taking(state, group, consumer, nowMs, taken, []);
    }

    private static GroupDecision<IReadOnlyList<Held>?> Taking(
        ConsumerGroups state, string group, string consumer, long nowMs,
        SortedDictionary<Position, GroupOp.Taken> taken, SortedSet<Position> gone)
    {
        var ops = new List<GroupOp>();
        if (gone.Count > 0) ops.Add(new GroupOp.Release(group, [.. gone]));
        if (taken.Count > 0) ops.Add(new GroupOp.Take(group, consumer, nowMs, [.. taken.Values]));
        else if (!state.Find(group)!.Consumers.ContainsKey(consumer))
            ops.Add(new GroupOp.AddConsumer(group, consumer, nowMs));
        // A claim's generation is the ordinal of the operation that made it.
        var generation = state.Ordinal + ops.Count;
        var held = new List<Held>();
        foreach (var (id, item) in taken) held.Add(new(id, generation, item.Deliveries));
        return new(held, ops);
    }
}
