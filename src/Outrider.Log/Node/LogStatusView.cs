using Outrider.Core;

namespace Outrider.Log;

/// <summary>What operators are told of the log, from one node's state.</summary>
internal static class LogStatusView
{
    public static LogReply.Tail Tail(LogContext context, OrderingLeader leader)
    {
        var state = context.State;
        var end = state.TailPosition;
        for (var i = 0; i < state.Rids.Count; i++)
        {
            if (!state.Rids[i].Live) continue;
            var slots = leader.ProgressOf(new(i)).Slots;
            if (slots.Value == 0 || !state.Windows.TryPosition(new(i), new(slots.Value - 1), out var last)) continue;
            if (last.Next() > end) end = last.Next();
        }

        return new(state.TailPosition, end, state.View);
    }

    public static LogStatus Of(
        LogContext context, Merger merger, Retention retention, Func<ShardId, ShardIndex?> indexOf)
    {
        var state = context.State;
        var rids = new List<RidStatus>();
        for (var i = 0; i < state.Rids.Count; i++)
        {
            var rid = state.Rids[i];
            var quota = state.HasWindow ? state.Windows.QuotaOf(rid.Rid, state.Tail.Window) : 0;
            var copies = new List<NodeId>();
            var config = context.Groups.Find(LogContext.GroupOf(rid.Rid))?.Config;
            if (config is not null) copies.AddRange(config.Members);
            else foreach (var copy in rid.Origin.Copies) copies.Add(copy.Node);
            rids.Add(new(
                rid.Rid, rid.Shard, rid.Node, Name(state, rid, quota), quota, state.CommittedOf(rid.Rid),
                indexOf(rid.Shard)?.HolesOf(rid.Rid), copies)
            {
                Lost = rid.Lost is { } lost ? state.EndOf(rid) - lost : 0,
            });
        }

        var window = state.HasWindow ? state.Windows[state.Tail.Window] : null;
        return new(
            state.View, state.TailPosition, context.Leader, state.HasWindow ? state.Tail.Window : 0, rids,
            merger.RevokedTotal)
        {
            WindowStart = window?.Start ?? default,
            WindowRows = window?.Rows ?? 0,
            RowSlots = window?.RowSlots ?? 0,
            Trimmed = state.Trimmed,
            LostTotal = rids.Sum(rid => rid.Lost),
            RetentionTrims = retention.Trims,
            RetentionHeldBy = retention.HeldBy,
        };
    }

    private static string Name(OrderingState state, RidState rid, int quota)
    {
        if (rid.Failed) return "failed";
        if (!rid.Joined) return "joining";
        if (rid.Leaving) return state.Ended(rid) ? "ended" : "leaving";
        return quota == 0 ? "parked" : "live";
    }
}
