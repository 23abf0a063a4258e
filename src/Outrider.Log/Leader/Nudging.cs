namespace Outrider.Log;

/// <summary>
/// Tells participants that hold others up how far to fill their rows: SpecLog's lag fix, and under the peer policy the
/// only reason to fill a row that nobody has anything in.
/// </summary>
internal static class Nudging
{
    private const int TimerLagRows = 3;

    public static void Send(OrderingLeader leader, LogContext context)
    {
        var state = leader.Proposed;
        if (!state.HasWindow || state.Parameters!.Mode == OrderingMode.Eager) return;
        var demand = Demand(leader, state);
        var lag = context.Options.Fill == FillPolicy.Timer ? TimerLagRows : 1;
        for (var w = state.Tail.Window; w < state.Windows.Count; w++)
        {
            var window = state.Windows[w];
            for (var place = 0; place < window.Count; place++)
            {
                var rid = window.Part(place);
                if (state.Find(rid)!.Failed || leader.Suspicion.IsFailing(rid)) continue;
                var progress = leader.ProgressOf(rid);
                var have = Math.Max(progress.Reported.Value, state.CommittedOf(rid).Value);
                var first = window.FirstLsnAt(place).Value;
                var rows = Math.Clamp((have - first) / window.QuotaAt(place), 0, window.Rows);
                var target = Math.Min(demand, window.FirstRow + window.Rows - 1);
                if (rows == window.Rows || target - (window.FirstRow + rows) + 1 < lag) continue;
                if (progress.NudgedRow >= target
                    && context.NowMicros - progress.NudgedMicros < context.Options.RetryMicros) continue;
                progress.NudgedRow = target;
                progress.NudgedMicros = context.NowMicros;
                context.Send(state.Find(rid)!.Node, new Nudge(rid, target));
            }
        }
    }

    /// <summary>The last row that somebody is waiting for; below the tail's if nobody is.</summary>
    private static long Demand(OrderingLeader leader, OrderingState state)
    {
        var last = state.Windows.Last;
        var end = last.FirstRow + (last.Count == 0 ? 0 : last.Rows) - 1;
        // A sleeper or a newcomer gets its window after all rows that are fixed: those have to be filled first.
        if (leader.WakePending || leader.MembersWait) return end;
        var demand = state.TailRowNumber - 1;
        for (var i = 0; i < state.Current.Count; i++)
        {
            var rid = state.Current[i];
            if (!rid.Joined) continue;
            // The shard of a leaver takes nothing until its last row is placed: nobody else may ask for that row.
            var slots = rid.Failed || rid.Leaving ? state.EndOf(rid) : leader.ProgressOf(rid.Rid).Slots;
            if (slots.Value == 0 || slots <= state.CommittedOf(rid.Rid)) continue;
            var row = slots >= state.Windows.EndOf(rid.Rid) && state.Windows.EndOf(rid.Rid).Value > 0
                ? RowOfEnd(state, rid.Rid)
                : state.Windows.RowNumber(rid.Rid, new(slots.Value - 1));
            if (row > demand) demand = row;
        }

        return Math.Min(demand, end);
    }

    private static long RowOfEnd(OrderingState state, Rid rid) =>
        state.Windows.RowNumber(rid, new(state.Windows.EndOf(rid).Value - 1));
}
