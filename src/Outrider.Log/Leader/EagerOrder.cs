namespace Outrider.Log;

/// <summary>
/// The eager mode (Scalog) by the same stream: each cut is a window of one row, fixed afterwards from the reports and
/// committed in the same entry. Nobody knows a position before.
/// </summary>
internal static class EagerOrder
{
    public static void Decide(OrderingLeader leader, List<OrderingChange> changes, bool paceAllows)
    {
        var state = leader.Proposed;
        var joins = new List<Rid>();
        var quotas = new List<RidQuota>();
        for (var i = 0; i < state.Current.Count; i++)
        {
            var rid = state.Current[i];
            if (rid.Failed || leader.Suspicion.IsFailing(rid.Rid)) continue;
            if (!rid.Joined && leader.ProgressOf(rid.Rid).Heard) joins.Add(rid.Rid);
            if (!rid.Live) continue;
            var more = leader.ReportedOf(rid.Rid) - state.Windows.EndOf(rid.Rid);
            if (more > 0) quotas.Add(new(rid.Rid, (int)Math.Min(more, int.MaxValue)));
        }

        if (joins.Count == 0 && (quotas.Count == 0 || !paceAllows)) return;
        var index = state.Windows.Count;
        var rows = state.HasWindow && state.Windows.Last.Count > 0 ? 1 : 0;
        leader.Decide(changes, new OrderingChange.FixWindow(index, rows, quotas, joins, []));
        if (quotas.Count > 0) leader.Decide(changes, new OrderingChange.Commit(index, 1, 0));
    }
}
