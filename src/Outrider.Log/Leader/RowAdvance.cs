using Outrider.Core;

namespace Outrider.Log;

/// <summary>Finds how far the order can be committed, from what the participants have reported. Pure.</summary>
internal static class RowAdvance
{
    /// <summary>
    /// The furthest tail within the tail's own window; equal to the present one if nothing moved. A participant that
    /// failed has every row: its slots are no-ops.
    /// </summary>
    public static Tail Next(
        OrderingState state, Func<Rid, Lsn> reported, bool stagger, LogBugs bugs = LogBugs.None)
    {
        var tail = state.Tail;
        var window = state.Windows[tail.Window];
        if (window.Count == 0) return tail;
        var row = window.Rows;
        for (var place = 0; place < window.Count; place++)
        {
            var held = RowsHeld(state, window, place, reported, bugs);
            if (held < row) row = held;
        }

        Check.That(row >= tail.Row);
        if (row == window.Rows || !stagger) return row > tail.Row ? new(tail.Window, row, 0) : tail;
        var first = 0;
        // Only a prefix of the row's own order: it leaves no gap, and what comes later is placed later.
        if (bugs.HasFlag(LogBugs.PrefixAny))
            first = CountHolding(state, window, row, reported);
        else if (bugs.HasFlag(LogBugs.PrefixUnrotated))
            while (RowsHeld(state, window, first, reported) > row) first++;
        else
            while (RowsHeld(state, window, window.PlaceInRow(row, first), reported, bugs) > row) first++;
        var next = new Tail(tail.Window, row, first);
        return next > tail ? next : tail;
    }

    private static int CountHolding(OrderingState state, Window window, long row, Func<Rid, Lsn> reported) =>
        Enumerable.Range(0, window.Count).Count(place => RowsHeld(state, window, place, reported) > row);

    /// <summary>Rows of a window that a participant has filled on all its copies.</summary>
    public static long RowsHeld(
        OrderingState state, Window window, int place, Func<Rid, Lsn> reported, LogBugs bugs = LogBugs.None)
    {
        var rid = window.Part(place);
        if (state.Find(rid)!.Failed && !bugs.HasFlag(LogBugs.FailedStillNeeded)) return window.Rows;
        var held = reported(rid);
        var committed = state.CommittedOf(rid);
        if (committed > held && !bugs.HasFlag(LogBugs.ForgetCommittedReports)) held = committed;
        var rows = (held - window.FirstLsnAt(place)) / window.QuotaAt(place);
        if (bugs.HasFlag(LogBugs.QuotaCountedTwice) && rows > 0) rows++;
        return Math.Clamp(rows, 0, window.Rows);
    }
}
