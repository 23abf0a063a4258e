using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Asks every node what it holds of sub-logs that have ended, and tells which slots no copy answers for. On the way to
/// give some up, it is what the declaration rests on.
/// </summary>
/// <remarks>
/// Slots are missing only where a node that serves the shard cannot read on: what is trimmed and carried is not missed.
/// Copies are prefixes, so that the end of the longest that answers is where the missing ones begin.
/// </remarks>
internal sealed class MissingJob(LogContext context, Gateway gateway, Action<IReadOnlyList<MissingSlots>> done)
{
    private readonly SortedDictionary<NodeId, LogReply.Held> _answers = [];
    private int _open;

    public void Run()
    {
        var nodes = context.Topology.Layout.Nodes;
        _open = nodes.Count;
        Check.That(_open > 0);
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i].Id;
            gateway.Ask(new HeldAsk(node), reply => Take(node, reply));
        }
    }

    private void Take(NodeId node, LogReply reply)
    {
        Check.That(_open > 0);
        if (reply is LogReply.Held held) _answers.Add(node, held);
        if (--_open == 0) done(Judge());
    }

    private List<MissingSlots> Judge()
    {
        var longest = new SortedDictionary<Rid, Lsn>();
        var missing = new SortedSet<Rid>();
        foreach (var answer in _answers.Values)
        {
            foreach (var item in answer.Items)
            {
                if (item.IsMissing) missing.Add(item.Rid);
                if (!item.IsDamaged && item.End > longest.GetValueOrDefault(item.Rid)) longest[item.Rid] = item.End;
            }
        }

        var found = new List<MissingSlots>();
        foreach (var id in missing)
        {
            // This node may have read less of the order than the one that misses it.
            if (context.State.Find(id) is not { } rid) continue;
            var from = longest.GetValueOrDefault(id);
            if (context.State.MayLose(id, from)) found.Add(Describe(rid, from));
        }

        return found;
    }

    private MissingSlots Describe(RidState rid, Lsn from)
    {
        var (silent, without) = (new List<NodeId>(), new List<NodeId>());
        foreach (var node in context.Topology.HoldersOf(rid))
        {
            if (!_answers.TryGetValue(node, out var answer)) silent.Add(node);
            else if (answer.Items.Any(item => item.Rid == rid.Rid && item.IsDamaged)) silent.Add(node);
            else if (!answer.Items.Any(item => item.Rid == rid.Rid && item.End.Value > 0)) without.Add(node);
        }

        var to = context.State.ReadableEndOf(rid);
        return new(rid.Rid, rid.Shard, from, to, PositionOf(rid, from), PositionOf(rid, new(to.Value - 1)), silent,
            without);
    }

    private Position? PositionOf(RidState rid, Lsn lsn) =>
        context.State.Windows.TryPosition(rid.Rid, lsn, out var position) && position >= context.State.Trimmed
            ? position : null;
}

/// <summary>Gives up what no copy of one sub-log answers for.</summary>
internal sealed class GiveUpJob(LogContext context, Gateway gateway, LogGiveUp ask, Action<LogReply> done)
{
    public void Run() => new MissingJob(context, gateway, Decide).Run();

    private void Decide(IReadOnlyList<MissingSlots> found)
    {
        if (found.FirstOrDefault(item => item.Rid == ask.Rid) is not { } slots)
        {
            Refuse($"nothing of {ask.Rid} is missing now: see what is with `outrider log missing`");
            return;
        }

        if (slots.Silent.Count > 0 && !ask.Force)
        {
            var names = string.Join(", ", slots.Silent.Select(
                node => context.Topology.Layout.Find(node)?.Name ?? node.ToString()));
            Refuse($"{names} may hold a copy of {ask.Rid} and cannot be asked: bring it back; or, if its disk is lost, "
                + $"`outrider log give-up {ask.Rid} --yes --force`");
            return;
        }

        gateway.Ask(new LogLose(slots.Rid, slots.From), reply =>
            done(reply is LogReply.Done ? new LogReply.Missing([slots]) : reply));
    }

    private void Refuse(string why) => done(new LogReply.Refused(LogRefusal.Invalid, why));
}
