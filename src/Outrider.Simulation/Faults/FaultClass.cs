namespace Outrider.Simulation;

/// <summary>
/// The structural faults: each changes who is up, who hears whom or what a disk holds, is counted, has an identity
/// and can be left out alone when a failing seed is shrunk.
/// </summary>
public enum FaultClass : byte
{
    /// <summary>A node dies without a step and comes back 1 to 3,000 ms later.</summary>
    Crash,
    /// <summary>A node closes its journal and starts again.</summary>
    CleanRestart,
    /// <summary>A node stands still and then goes on where it was.</summary>
    Pause,
    /// <summary>Some links are cut, in one or both directions.</summary>
    Partition,
    /// <summary>One link, or all that lead away from a leader, hold their messages back for a while.</summary>
    Clog,
    /// <summary>Nodes are clogged one by one and freed in another order.</summary>
    SwizzleClog,
    /// <summary>The control plane is not reached, by one node or by all.</summary>
    ControlOutage,
    /// <summary>Syncs take 10 to 1,000 times as long.</summary>
    SlowDisk,
    FullDisk,
    /// <summary>The device refuses a write or a sync.</summary>
    DiskError,
    /// <summary>A bit flips at rest, or a write lands in the wrong place.</summary>
    Rot,
    /// <summary>A node's clock jumps or changes its rate.</summary>
    ClockJump,
    /// <summary>A node loses its disk for good; a new id takes its place.</summary>
    Wipe,
    /// <summary>Crash in the window between a send and the sync of what was written with it.</summary>
    CrashUnsynced,
    /// <summary>Crash right after a control-plane answer, an acknowledgement or a new role has been acted on.</summary>
    CrashAfterActing,
    /// <summary>Links of a node are cut right after it has promised or taken a new role.</summary>
    CutAfterActing,
    /// <summary>An episode: a leader is held back until it has a successor, then heard again.</summary>
    HeldLeader,
    /// <summary>An episode: much is in memory only when the power goes.</summary>
    Forgetting,
    /// <summary>An episode: two sides, of which one reaches the control plane.</summary>
    Isolation,
    /// <summary>An episode: turning points are deadly.</summary>
    Succession,
    /// <summary>A play: one run of events that shows one rule to be needed; in directed workloads only.</summary>
    Play,
}

/// <summary>A structural fault that happened.</summary>
/// <param name="Id">Its identity in this seed: the same in every run of it, whatever else is left out.</param>
public sealed record Fault(FaultId Id, long AtMicros, string Text);

/// <summary>
/// Scheduled faults count from 0; those set off by what a node does name the node and count its occasions.
/// </summary>
public readonly record struct FaultId(FaultClass Class, int Node, int Number) : IComparable<FaultId>
{
    public int CompareTo(FaultId other) =>
        (Class, Node, Number).CompareTo((other.Class, other.Node, other.Number));

    public override string ToString() => $"{Class}.{Node}.{Number}";

    public static bool TryParse(string text, out FaultId id)
    {
        id = default;
        var parts = text.Split('.');
        if (parts.Length != 3 || !Enum.TryParse<FaultClass>(parts[0], out var kind)) return false;
        if (!int.TryParse(parts[1], out var node) || !int.TryParse(parts[2], out var number)) return false;
        id = new FaultId(kind, node, number);
        return true;
    }
}
