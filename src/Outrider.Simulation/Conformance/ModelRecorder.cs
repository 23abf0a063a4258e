using Outrider.Core;
using Outrider.Core.Tracing;

namespace Outrider.Simulation;

/// <summary>
/// Looks on while nodes run and writes what they do as steps of a protocol model, in the order in which it happened.
/// It changes nothing: a seed runs the same with and without it.
/// </summary>
public abstract class ModelRecorder
{
    /// <summary>Nothing that happens from here on is written.</summary>
    public abstract bool IsFull { get; }

    /// <summary>A life begins with what its journal held.</summary>
    public virtual void Started(SimNode node, Recovered recovered) { }

    /// <summary>A machine is about to take an event.</summary>
    public virtual void Stepping(SimNode node, in Event e) { }

    /// <summary>A machine says where it is, from within its step.</summary>
    public virtual void Observed(SimNode node, ModelPoint point) { }

    /// <summary>A machine has taken an event; what it wants done has not begun.</summary>
    public virtual void Stepped(SimNode node, in Event e) { }

    /// <summary>All that a node wrote up to a token is on its disk; nothing that waited for it has left.</summary>
    public virtual void Synced(SimNode node, DurableToken upTo) { }

    /// <summary>A message leaves its node.</summary>
    public virtual void Left(SimNode node, Message message) { }

    /// <summary>The control plane holds a new value.</summary>
    public virtual void Written(ControlValue value) { }

    /// <summary>Writes the traces of a run, one file each.</summary>
    public abstract void Save(string folder, ulong seed);
}
