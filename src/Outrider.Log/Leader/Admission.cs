using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Who is to get a replica id: the founders that a shard's seats are designed for, and for one that is away a node of
/// the same region that was added later. It stands in until the founder takes part again.
/// </summary>
internal sealed class Admission(
    LogContext context, OrderingState proposed, LeaderSuspicion suspicion, IReadOnlySet<NodeId> drained)
{
    /// <summary>Calls for each that can be admitted now; each is part of the proposed state before the next.</summary>
    public void Decide(Action<RidOrigin> admit)
    {
        Check.That(proposed.Opened);
        for (var s = 0; s < proposed.Parameters!.Shards; s++)
        {
            var place = context.Topology.Shard(new(s));
            for (var seat = 0; seat < place.Homes.Count; seat++)
            {
                if (OriginOf(place, seat, place.Homes[seat]) is { } origin) admit(origin);
                if (StandIn(place, seat) is { } instead) admit(instead);
            }
        }
    }

    /// <summary>
    /// Stands in for a founder that takes part again: it leaves in order, and its seats go back with the window.
    /// </summary>
    public bool IsRelieved(RidState rid)
    {
        var place = context.Topology.Shard(rid.Shard);
        if (place.IsHome(rid.Node) || rid.Origin.Seat >= place.Homes.Count) return false;
        var founder = place.Homes[rid.Origin.Seat];
        if (IsAway(founder)) return false;
        for (var i = 0; i < proposed.Current.Count; i++)
        {
            var other = proposed.Current[i];
            if (other.Node == founder && other.Shard == rid.Shard && other.Live && !suspicion.IsFailing(other.Rid))
                return true;
        }

        return false;
    }

    private RidOrigin? StandIn(ShardPlace place, int seat)
    {
        var spares = context.Topology.SparesOf(place.Shard);
        if (spares.Count == 0 || !IsAway(place.Homes[seat])) return null;
        for (var i = 0; i < proposed.Current.Count; i++)
        {
            var other = proposed.Current[i];
            if (other.Shard == place.Shard && other.Origin.Seat == seat && TakesPart(other)
                && !place.IsHome(other.Node)) return null;
        }

        for (var i = 0; i < spares.Count; i++)
        {
            if (Serves(spares[i], place.Shard) || OriginOf(place, seat, spares[i]) is not { } origin) continue;
            context.Effects.Sometimes(true, "log.admission.stands-in");
            return origin;
        }

        return null;
    }

    private bool IsAway(NodeId founder) => drained.Contains(founder) || suspicion.IsSilent(founder);

    private bool TakesPart(RidState rid) => !rid.Failed && !rid.Leaving && !suspicion.IsFailing(rid.Rid);

    /// <summary>One sub-log a node and shard, as the founders have it.</summary>
    private bool Serves(NodeId node, ShardId shard)
    {
        for (var i = 0; i < proposed.Current.Count; i++)
            if (proposed.Current[i] is var rid && rid.Node == node && rid.Shard == shard && TakesPart(rid)) return true;
        return false;
    }

    private RidOrigin? OriginOf(ShardPlace place, int seat, NodeId node)
    {
        if (drained.Contains(node) || suspicion.LifeOf(node) is not { } life) return null;
        if (!suspicion.IsAlive(node) || !proposed.MayAdmit(node, place.Shard, seat, life)) return null;
        return CopiesFor(place, node) is { } copies ? new(place.Shard, seat, node, life, copies) : null;
    }

    /// <summary>
    /// The copies to begin with; null while there are too few. One of two designed copies begins alone only once the
    /// other has been silent for long: it may go on alone, so it may also begin so, or the restart of the one node left
    /// would stop the shard. Where designed ones are away for long, nodes that were added make up for them.
    /// </summary>
    private List<RidCopy>? CopiesFor(ShardPlace place, NodeId node)
    {
        var copies = new List<RidCopy>();
        var waits = false;
        foreach (var copy in place.Copies.Order())
        {
            if (copy == node || suspicion.IsAlive(copy)) copies.Add(new(copy, place.IsHome(copy)));
            else waits |= !suspicion.IsSilent(copy);
        }

        // Added nodes have the highest numbers: the copies stay in their order.
        var spares = context.Topology.SparesOf(place.Shard);
        for (var i = 0; i < spares.Count; i++)
        {
            var makesUp = !waits && copies.Count < place.Copies.Count && suspicion.IsAlive(spares[i]);
            if (spares[i] == node || makesUp) copies.Add(new(spares[i], Home: true));
        }

        Check.That(copies.Count <= Limits.MembersMax + 1);
        if (copies.Count > Limits.MembersMax) return null;
        if (copies.Count >= Math.Min(2, place.Copies.Count)) return copies;
        return copies.Count >= CopyKeeper.MinCopies(place.Copies.Count) && !waits ? copies : null;
    }
}
