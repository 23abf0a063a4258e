namespace Outrider.Log;

/// <summary>Gives up slots of its primary so that rows complete: by timer, because others wait, or at once.</summary>
internal sealed class RowFiller(LogContext context, SubLogPrimary primary)
{
    private long _wantedRow = -1;
    private Lsn _rowEnd = new(-1);
    private long _rowSinceMicros;
    private bool _armed;

    private Rid Rid => primary.Rid;

    /// <summary>
    /// The leader asks for rows up to this one. Best effort: what does not fit now is filled as the tail moves.
    /// </summary>
    public void OnNudge(long rowNumber)
    {
        if (rowNumber > _wantedRow) _wantedRow = rowNumber;
        Advance();
    }

    public void OnTimer()
    {
        _armed = false;
        if (Due(out var end, out var delay) && end == _rowEnd
            && context.NowMicros - _rowSinceMicros >= delay) FillTo(end);
    }

    public void Advance()
    {
        var state = context.State;
        if (!state.HasWindow || state.Parameters!.Mode == OrderingMode.Eager || !primary.IsOpen) return;
        if (_wantedRow >= state.TailRowNumber) FillTo(state.Windows.EndAtRow(Rid, _wantedRow));
        if (context.Options.Fill == FillPolicy.Eager && MidRow(out var rest)) FillTo(rest);
        if (!Due(out var end, out var delay)) return;
        if (end != _rowEnd)
        {
            _rowEnd = end;
            _rowSinceMicros = context.NowMicros;
        }

        if (_armed) return;
        _armed = true;
        // Not below half an interval: a row that may not be filled yet is looked at again, but not all the time.
        var left = Math.Max(delay - (context.NowMicros - _rowSinceMicros), context.Options.IntervalMicros / 2);
        context.Effects.SetTimer(LogTimers.Fill(Rid), left);
    }

    /// <summary>The row that a timer should complete, and how long it may stand.</summary>
    private bool Due(out Lsn end, out long delayMicros)
    {
        delayMicros = context.Options.IntervalMicros;
        if (MidRow(out end)) return true;
        delayMicros += delayMicros / 2;
        return context.Options.Fill == FillPolicy.Timer
            && context.State.Windows.TryRowEndAfter(Rid, primary.Slots, out end);
    }

    private bool MidRow(out Lsn end) =>
        context.State.Windows.TryRowEndAfter(Rid, primary.Slots, out end)
        && context.State.Windows.RowEndAtOrBelow(Rid, primary.Slots) < primary.Slots;

    private void FillTo(Lsn end)
    {
        if (context.Has(LogBugs.LeaverStops) && primary.State.Leaving) return;
        var state = context.State;
        var bound = state.Windows.EndAtRow(Rid, state.TailRowNumber + state.Parameters!.RunAheadRows - 1);
        if (end > bound) end = bound;
        if (end > primary.Slots) primary.AppendHoles((int)Math.Min(end - primary.Slots, int.MaxValue));
    }
}
