namespace Outrider.Log;

internal enum EntryFate : byte
{
    /// <summary>Not all of it is committed, and its sub-log goes on.</summary>
    Undecided = 1,
    Happened,
    /// <summary>Its sub-log ended before all of it had been placed: its slots are no-ops, all of them.</summary>
    Never,
}

/// <summary>
/// A batch happens as a whole. A window's early end can cut the kept part of a failed sub-log in the middle of one;
/// then
/// all its slots are no-ops, which contradicts nobody: it is shown only once all of it may be.
/// </summary>
internal static class SlotFate
{
    public static EntryFate Of(LogContext context, RidState rid, Lsn end)
    {
        var state = context.State;
        if (rid.Keep is { } keep)
        {
            if (end > keep)
                return context.Has(LogBugs.TornBatch | LogBugs.ServeDeadSlots) ? EntryFate.Happened : EntryFate.Never;
            return end <= state.CommittedOf(rid.Rid) ? EntryFate.Happened : EntryFate.Undecided;
        }

        if (end <= state.CommittedOf(rid.Rid) || context.Has(LogBugs.TornBatch)) return EntryFate.Happened;
        return rid.Leaving && state.Ended(rid) ? EntryFate.Never : EntryFate.Undecided;
    }
}
