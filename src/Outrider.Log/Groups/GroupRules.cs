using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Folds operations into the state. Total: an operation that does not fit changes nothing, at every node alike.
/// </summary>
public static class GroupRules
{
    /// <summary>Letters of one burial in one batch: decided with the burial, so that all desks send the same.</summary>
    public const int LettersMax = 64;

    /// <summary>The state after an operation; the same state when the operation is not the next one.</summary>
    public static ConsumerGroups Apply(ConsumerGroups state, long ordinal, GroupOp op)
    {
        // Two nodes that decided at once both say "next": the log's order chooses one.
        if (ordinal != state.Ordinal + 1) return state;
        var next = state with { Ordinal = ordinal };
        if (op is GroupOp.Create create)
        {
            if (state.Find(create.Group) is not null) return next;
            return next.With(create.Group, ConsumerGroup.Of(ordinal, create.Next, create.Read, create.Policy));
        }

        if (state.Find(op.Group) is not { } group) return next;
        if (op is GroupOp.Destroy) return next with { Groups = next.Groups.Remove(op.Group) };
        var changed = Apply(group, ordinal, op);
        Check.That(changed.Born == group.Born);
        return next.With(op.Group, changed);
    }

    private static ConsumerGroup Apply(ConsumerGroup group, long ordinal, GroupOp op) => op switch
    {
        GroupOp.Move move => group with { Next = move.Next, Read = move.Read },
        GroupOp.AddConsumer add => Seen(group, add.Consumer, add.NowMs, active: false),
        GroupOp.RemoveConsumer remove => Without(group, remove.Consumer),
        GroupOp.Deliver deliver => Delivered(group, ordinal, deliver),
        GroupOp.Take take => Taken(group, ordinal, take),
        GroupOp.Release release => group with { Pending = group.Pending.RemoveRange(release.Ids) },
        GroupOp.Bury bury => Buried(group, bury),
        GroupOp.Posted posted => group with { Dead = group.Dead.Remove(posted.Letter) },
        _ => throw Check.Unreachable(op),
    };

    private static ConsumerGroup Seen(ConsumerGroup group, string consumer, long nowMs, bool active)
    {
        var before = group.Consumers.TryGetValue(consumer, out var known) ? known : new(nowMs, -1);
        var after = new GroupConsumer(Math.Max(before.SeenMs, nowMs), active ? nowMs : before.ActiveMs);
        return group with { Consumers = group.Consumers.SetItem(consumer, after) };
    }

    private static ConsumerGroup Without(ConsumerGroup group, string consumer)
    {
        var pending = group.Pending.ToBuilder();
        foreach (var (position, claim) in group.Pending)
            if (claim.Consumer == consumer) pending.Remove(position);
        return group with { Consumers = group.Consumers.Remove(consumer), Pending = pending.ToImmutable() };
    }

    private static ConsumerGroup Delivered(ConsumerGroup group, long ordinal, GroupOp.Deliver deliver)
    {
        group = Seen(group, deliver.Consumer, deliver.NowMs, active: true);
        var pending = group.Pending.ToBuilder();
        if (!deliver.NoAck)
        {
            // A group moved back delivers again what may still be pending: the newest delivery counts.
            foreach (var id in deliver.Ids) pending[id] = new(deliver.Consumer, deliver.NowMs, 1, ordinal);
        }

        return group with
        {
            Next = deliver.Next > group.Next ? deliver.Next : group.Next,
            Read = group.Read + deliver.Ids.Count,
            Pending = pending.ToImmutable(),
        };
    }

    private static ConsumerGroup Taken(ConsumerGroup group, long ordinal, GroupOp.Take take)
    {
        group = Seen(group, take.Consumer, take.NowMs, active: true);
        var pending = group.Pending.ToBuilder();
        foreach (var item in take.Items)
            pending[item.Position] = new(take.Consumer, item.DeliveredMs, item.Deliveries, ordinal);
        return group with { Pending = pending.ToImmutable() };
    }

    private static ConsumerGroup Buried(ConsumerGroup group, GroupOp.Bury bury)
    {
        var pending = group.Pending.ToBuilder();
        var dead = group.Dead.ToBuilder();
        var last = group.LastLetter;
        var first = last + 1;
        foreach (var id in bury.Ids)
        {
            if (!pending.TryGetValue(id, out var claim)) continue;
            pending.Remove(id);
            if (group.Policy.DeadLetterKey is null) continue;
            last++;
            if (!bury.Together || last - first >= LettersMax) first = last;
            dead.Add(last, new(id, claim.Consumer, claim.Deliveries, first));
        }

        return group with { Pending = pending.ToImmutable(), Dead = dead.ToImmutable(), LastLetter = last };
    }
}
