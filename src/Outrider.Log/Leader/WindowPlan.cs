namespace Outrider.Log;

/// <summary>Who is to take part in the next window.</summary>
/// <param name="Joins">Ready to join, ascending.</param>
/// <param name="Leaves">Asked to leave, ascending.</param>
/// <param name="Suspects">Being failed: no quota any more, whatever becomes of them.</param>
internal sealed record WindowMembers(
    IReadOnlyList<Rid> Joins, IReadOnlyList<Rid> Leaves, IReadOnlyCollection<Rid> Suspects);

/// <summary>Decides when the next window is fixed, how long the last one is, and the quotas. Pure.</summary>
internal static class WindowPlan
{
    /// <summary>
    /// The next window, if it is time; null otherwise. Judged on the proposed state: entries in flight count, or the
    /// last window could be cut below what they let others speculate on.
    /// </summary>
    public static OrderingChange.FixWindow? Next(
        OrderingState proposed, WindowMembers members, bool wake, Func<RidState, int> quotaOf,
        LogBugs bugs = LogBugs.None)
    {
        var rows = 0L;
        if (!proposed.HasWindow)
        {
            if (members.Joins.Count == 0) return null;
        }
        else if (proposed.Windows.Last.Count == 0 && bugs.HasFlag(LogBugs.ParkedForEver)) return null;
        else if (!TryRows(proposed, members, wake, out rows)) return null;

        var quotas = new List<RidQuota>();
        for (var i = 0; i < proposed.Current.Count; i++)
        {
            var rid = proposed.Current[i];
            var joins = members.Joins.Contains(rid.Rid);
            if (!(rid.Live || joins) || members.Leaves.Contains(rid.Rid)
                || members.Suspects.Contains(rid.Rid)) continue;
            var quota = quotaOf(rid);
            if (joins) quota = Math.Max(1, quota);
            if (quota > 0) quotas.Add(new(rid.Rid, quota));
        }

        return new(proposed.Windows.Count, rows, quotas, members.Joins, members.Leaves);
    }

    private static bool TryRows(OrderingState proposed, WindowMembers members, bool wake, out long rows)
    {
        rows = 0;
        var last = proposed.Windows.Last;
        // One undecided window at a time: with two, a close could reach below rows already given away.
        if (proposed.Tail.Window != last.Index) return false;
        var early = wake || members.Joins.Count > 0 || members.Leaves.Count > 0;
        if (last.Count == 0) return early;
        var ahead = proposed.Parameters!.RunAheadRows;
        if (proposed.Tail.Row + ahead >= last.Rows - 1)
        {
            rows = last.Rows;
            return true;
        }

        if (!early && !AllFailed(proposed, last)) return false;
        // Others may already speculate on that many rows beyond the tail; none of them may be taken away.
        rows = Math.Min(last.Rows, proposed.Tail.Row + ahead);
        return true;
    }

    private static bool AllFailed(OrderingState state, Window window)
    {
        for (var place = 0; place < window.Count; place++)
            if (!state.Find(window.Part(place))!.Failed) return false;
        return true;
    }
}
