namespace Outrider.Core;

/// <summary>
/// Protocol code: one door in, one out. A machine sees only values and returns only values, so the same compiled class
/// runs over real sockets and disks, in the simulator, and under the trace checker.
/// </summary>
public abstract class Machine
{
    /// <summary>Takes one event and appends what follows from it to <paramref name="effects"/>.</summary>
    public abstract void Step(in Event e, Effects effects);

    /// <summary>Asserts what must hold between steps; the simulator calls it after each one.</summary>
    public abstract void CheckInvariants();
}
