using Outrider.Core;

namespace Outrider.Simulation;

internal enum SimEventKind : byte
{
    /// <summary>A message arrives at a node, whatever life that node is in by then.</summary>
    Deliver = 1,
    Timer,
    SyncEnds,
    ReadEnds,
    ControlAnswered,
    ControlChanged,
    Requested,
    Cancelled,
    /// <summary>Something of the world itself: a fault, a client, a control-plane step.</summary>
    Action,
}

/// <summary>One thing that will happen. Only the fields of its kind are set.</summary>
internal sealed class SimEvent
{
    public SimEventKind Kind;
    public SimNode? Node;

    /// <summary>The life of the node it belongs to; 0 for those that any life may see.</summary>
    public long Life;

    public object? Body;
    public NodeId From;
    public TimerKey Timer;
    public long Number;
    public ulong Digest;
}
