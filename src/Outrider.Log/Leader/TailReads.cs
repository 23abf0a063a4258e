using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// Answers what the confirmed tail is, proven newest: a commit quorum of the ordering group has answered since the
/// question came. Whatever was acknowledged before it lies below the answer.
/// </summary>
internal sealed class TailReads(LogContext context)
{
    private readonly SortedTable<long, (NodeId From, long Number)> _waiting = [];

    public void Ask(Group group, NodeId from, long number)
    {
        if (group.ConfirmRead(LogContext.Stream, out var ticket)) _waiting[ticket] = (from, number);
        else context.Send(from, new ForwardedReply(number, null));
    }

    public void Take(Group group, OrderingLeader? leader)
    {
        for (var i = 0; i < group.Outputs.Count; i++)
        {
            switch (group.Outputs[i])
            {
                case GroupOutput.ReadConfirmed read when _waiting.Remove(read.Ticket, out var asked):
                    // This role runs after the step's entries have been applied.
                    var known = leader is not null && context.Applied >= read.UpTo;
                    context.Send(asked.From, new ForwardedReply(
                        asked.Number, known ? LogStatusView.Tail(context, leader!) : null));
                    break;
                case GroupOutput.SteppedDown:
                    foreach (var (from, number) in _waiting.Values) context.Send(from,
                        new ForwardedReply(number, null));
                    _waiting.Clear();
                    break;
            }
        }
    }
}
