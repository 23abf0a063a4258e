using Outrider.Core;

namespace Outrider.Runtime;

public enum NodeState : byte
{
    Starting,
    Running,
    Paused,
    /// <summary>The disk failed: the node promises nothing any more, reads go on.</summary>
    DiskFailed,
    Stopped,
    Killed,
    /// <summary>An assertion failed: a bug. The node has stopped itself.</summary>
    Broken,
}

/// <summary>A node's health at one instant.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Reason">Why, when it is not running.</param>
/// <param name="Incarnation">Its life's number.</param>
/// <param name="TurnAgeMs">How long ago the pump turned last; it turns at least every second unless paused.</param>
/// <param name="Steps">Events handled in this life.</param>
public sealed record NodeHealth(
    NodeState State, string Reason, Incarnation Incarnation, long TurnAgeMs, long Steps)
{
    /// <summary>A pump that has not turned for this long hangs.</summary>
    public const long HangMs = 10_000;

    /// <summary>The process does its work (it may be unable to serve).</summary>
    public bool IsLive => State is not (NodeState.Broken or NodeState.Stopped or NodeState.Killed)
        && (State == NodeState.Paused || TurnAgeMs < HangMs);

    /// <summary>The node can serve: running, its disk takes writes.</summary>
    public bool IsReady => State == NodeState.Running && TurnAgeMs < HangMs;
}
