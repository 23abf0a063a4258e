using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Tells the ordering leader what every copy of a sub-log holds, in whole rows, and what has been taken beyond: again
/// and again until it is committed, for a leader may be new.
/// </summary>
internal sealed class Reporter(LogContext context, SubLogPrimary primary)
{
    private Lsn _sentDurable = new(-1);
    private long _sentRow = -1;
    private bool _sentWake;
    private long _sentMicros = long.MinValue / 2;
    private NodeId _sentTo;
    private bool _armed;

    public void Send(bool timer)
    {
        if (timer) _armed = false;
        if (!primary.IsOpen || context.Leader.IsNone) return;
        var state = context.State;
        if (!primary.State.Joined)
        {
            // Says that the group is ready; joins at the next border.
            if (context.Leader != _sentTo || Elapsed(context.Options.RetryMicros)) SendNow(default);
            return;
        }

        // A new leader knows no more than what is committed.
        if (context.Leader != _sentTo && primary.Slots > state.CommittedOf(primary.Rid)) Repeat();

        if (!state.HasWindow) return;
        var eager = state.Parameters!.Mode == OrderingMode.Eager;
        var durable = eager ? primary.OnAllCopies : state.Windows.RowEndAtOrBelow(primary.Rid, primary.OnAllCopies);
        if (context.Has(LogBugs.ReportTaken)) durable = state.Windows.RowEndAtOrBelow(primary.Rid, primary.Slots);
        var wake = !eager && primary.Slots > state.Windows.EndOf(primary.Rid);
        var moved = durable > _sentDurable && durable > state.CommittedOf(primary.Rid);
        if (moved && !(eager && !context.Options.EagerOnEvent))
        {
            SendNow(durable);
            return;
        }

        var row = eager || primary.Slots.Value == 0
            ? -1 : state.Windows.RowNumber(primary.Rid, new(primary.Slots.Value - 1));
        var demand = !eager && primary.Slots > state.CommittedOf(primary.Rid)
            && (row > _sentRow || (wake && !_sentWake));
        if (!moved && !demand) return;
        // Others can fill their rows while this one is still on its way to the disks; but not for every record.
        var gap = eager ? context.Options.IntervalMicros : context.Options.IntervalMicros / 4;
        if (timer || Elapsed(gap)) SendNow(durable);
        else Arm(gap);
    }

    /// <summary>Repeats what has not been committed for a while.</summary>
    public void Tick()
    {
        if (!primary.IsOpen || context.Leader.IsNone || !Elapsed(context.Options.RetryMicros)) return;
        if (!primary.State.Joined || primary.Slots <= context.State.CommittedOf(primary.Rid)) return;
        if (context.Has(LogBugs.WakeSentOnce) && _sentWake) return;
        Repeat();
    }

    private void Repeat() => SendNow(_sentDurable.Value < 0 ? default : _sentDurable);

    private void SendNow(Lsn durable)
    {
        Check.That(durable <= primary.Slots);
        if (durable > _sentDurable) _sentDurable = durable;
        var windows = context.State.Windows;
        _sentRow = primary.Slots.Value == 0 ? -1 : windows.RowNumber(primary.Rid, new(primary.Slots.Value - 1));
        _sentWake = primary.Slots > windows.EndOf(primary.Rid);
        _sentMicros = context.NowMicros;
        _sentTo = context.Leader;
        context.Send(context.Leader, new Report(
            primary.Rid, durable, primary.Slots, primary.Records, primary.Bytes));
    }

    private void Arm(long gap)
    {
        if (_armed) return;
        _armed = true;
        context.Effects.SetTimer(LogTimers.ReportPace(primary.Rid),
            Math.Max(0, gap - (context.NowMicros - _sentMicros)));
    }

    private bool Elapsed(long micros) => context.NowMicros - _sentMicros >= micros;
}
