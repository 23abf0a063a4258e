using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Http;
using Outrider.Server.Nodes;

namespace Outrider.Server.Embedding;

/// <summary>What no copy answers for, and giving it up, for the HTTP port.</summary>
internal static class MissingSlotsAdmin
{
    /// <summary>Null: no node answers.</summary>
    public static async Task<object?> ListAsync(INodeDoor? door, Layout layout, CancellationToken cancellation)
    {
        if (door is null) return null;
        var reply = await door.AskFreelyAsync(new LogMissing(), cancellation).ConfigureAwait(false);
        return reply is LogReply.Missing missing ? new
        {
            missing = missing.Items.Select(slots => new
            {
                rid = slots.Rid.Value,
                shard = slots.Shard.Value,
                from = slots.From.Value,
                to = slots.To.Value,
                first = slots.First?.Value,
                last = slots.Last?.Value,
                silent = slots.Silent.Select(node => NameOf(layout, node)).ToArray(),
                without = slots.Without.Select(node => NameOf(layout, node)).ToArray(),
            }).ToArray(),
        } : null;
    }

    public static async Task<ActOutcome> GiveUpAsync(
        INodeDoor? door, int rid, bool force, EventLog events, CancellationToken cancellation)
    {
        if (door is null) return new ActOutcome.Refused("no node runs that could decide it");
        var reply = await door.AskFreelyAsync(new LogGiveUp(new(rid), force), cancellation).ConfigureAwait(false);
        switch (reply)
        {
            case LogReply.Missing given:
                var count = given.Items.Sum(slots => slots.To - slots.From);
                events.Add("", $"{count} slots of rid{rid} declared lost");
                return new ActOutcome.Done($"{count} slots of rid{rid} are lost; its shard goes on");
            case LogReply.Refused { Code: LogRefusal.Invalid } refused:
                return new ActOutcome.Refused(refused.Reason);
            case LogReply.Refused late:
                return new ActOutcome.TimedOut(late.Reason);
            default:
                return new ActOutcome.TimedOut("no outcome in time; see `outrider log missing`");
        }
    }

    private static string NameOf(Layout layout, NodeId node) => layout.Find(node)?.Name ?? node.ToString();
}
