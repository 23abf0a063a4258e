using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Bench.Scale;

/// <summary>Which messages are the ordering layer's.</summary>
internal static class Ordering
{
    // The group of the ordering stream; sub-logs have their own.
    private static readonly GroupId Group = new(1);

    public static bool IsOf(Message message) => message switch
    {
        Append append => append.Id == Group,
        AppendAck ack => ack.Id == Group,
        Log.Report or Feed or Follow or Nudge => true,
        _ => false,
    };
}
