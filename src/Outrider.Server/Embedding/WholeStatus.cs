using Outrider.Core;
using Outrider.Log;

namespace Outrider.Server.Embedding;

/// <summary>
/// One account of the log from those of several nodes: each knows the order as far as it has come, and of a sub-log the
/// members and the holes only if it holds a copy.
/// </summary>
internal static class WholeStatus
{
    public static LogStatus? Of(IReadOnlyList<(NodeId Node, LogStatus? Status)> answers)
    {
        LogStatus? newest = null;
        foreach (var (_, status) in answers)
            if (status is not null && (newest is null || IsNewer(status, newest))) newest = status;
        if (newest is null) return null;
        return newest with { Rids = [.. newest.Rids.Select(rid => Detailed(rid, answers))] };
    }

    private static bool IsNewer(LogStatus one, LogStatus other) =>
        one.View > other.View || (one.View == other.View && one.Confirmed > other.Confirmed);

    private static RidStatus Detailed(RidStatus rid, IReadOnlyList<(NodeId Node, LogStatus? Status)> answers)
    {
        var best = rid;
        var byPrimary = false;
        foreach (var (node, status) in answers)
        {
            // Its primary knows best who holds copies; failing it, anyone who counts its records.
            var isPrimary = node == rid.Primary;
            if (byPrimary || status?.Rids.FirstOrDefault(own => own.Rid == rid.Rid) is not { Holes: not null } own)
                continue;
            if (!isPrimary && best.Holes is not null && own.Committed <= best.Committed) continue;
            best = rid with { Holes = own.Holes, Copies = own.Copies };
            byPrimary = isPrimary;
        }

        return best;
    }
}
