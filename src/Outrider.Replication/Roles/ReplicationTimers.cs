using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Kinds of timers; 100 to 199 are replication's.</summary>
internal static class ReplicationTimers
{
    private const int TickKind = 100;
    private const int TellKind = 101;
    private const int ReadKind = 102;
    private const int GatherKind = 103;

    /// <summary>The node's one periodic timer.</summary>
    public static readonly TimerKey Tick = new(TickKind);

    /// <summary>Ends the gathering of requests; only to have a step in which to flush.</summary>
    public static readonly TimerKey Gather = new(GatherKind);

    public static TimerKey Tell(GroupId group) => new(TellKind, group.Value);

    public static TimerKey Read(GroupId group) => new(ReadKind, group.Value);

    public static bool IsOurs(TimerKey key) => key.Kind is >= 100 and < 200;

    public static bool IsTell(TimerKey key) => key.Kind == TellKind;
}
