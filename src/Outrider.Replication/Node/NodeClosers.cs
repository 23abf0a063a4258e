using Outrider.Core;

namespace Outrider.Replication;

/// <summary>The closings that one node carries out on request.</summary>
internal sealed class NodeClosers(GroupSet set, GroupOptions options)
{
    private readonly List<Closing> _closings = [];

    public void Begin(RequestId request, CloseGroupRequest ask, long nowMicros, Effects effects)
    {
        var closer = new GroupCloser(ask.Group, set, ask.Stream);
        _closings.Add(new Closing(request, closer, nowMicros));
        closer.Start(nowMicros, effects);
    }

    /// <summary>True if the event was an answer to a closer and to nobody else.</summary>
    public bool Step(in Event e, Effects effects)
    {
        var taken = false;
        for (var i = _closings.Count - 1; i >= 0; i--)
        {
            var closing = _closings[i];
            taken |= closing.Closer.Step(in e, effects);
            // Every copy if it can be had; after a while those that answered.
            var all = closing.Closer.Sealed.Count == closing.Closer.Copies.Count;
            if (closing.Closer.Phase == CloserPhase.Sealing
                && (all || e.NowMicros - closing.SinceMicros > 4 * options.SuspectMicros))
                closing.Closer.Level(e.NowMicros, effects);
            if (closing.Closer.Phase is not (CloserPhase.Done or CloserPhase.Failed)) continue;
            _closings.RemoveAt(i);
            effects.Reply(closing.Request, Reply(closing.Closer));
        }

        return taken;
    }

    private static NodeReply Reply(GroupCloser closer)
    {
        if (closer.Phase == CloserPhase.Failed)
            return new NodeReply.Unknown("another closer has taken over, or there is no such group");
        var end = 0L;
        foreach (var copy in closer.Sealed) end = Math.Max(end, copy.EndSlot);
        return new NodeReply.GroupClosed(closer.Leveled, end);
    }

    private readonly record struct Closing(RequestId Request, GroupCloser Closer, long SinceMicros);
}
