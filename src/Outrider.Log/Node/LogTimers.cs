using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Timers of the log's roles. Kinds start at 100 and the scope is -1, so that they never meet those of replication.
/// </summary>
internal static class LogTimers
{
    public const int FirstKind = 100;
    private const long Scope = -1;

    public static readonly TimerKey Tick = new(100, Scope);
    public static readonly TimerKey LeaderPace = new(101, Scope);

    /// <summary>Of no delay: it fires when all that came together has been taken.</summary>
    public static readonly TimerKey Gathered = new(104, Scope);

    public static TimerKey Fill(Rid rid) => new(102, Scope, rid.Value);
    public static TimerKey ReportPace(Rid rid) => new(103, Scope, rid.Value);

    public static bool IsOurs(TimerKey key) => key.Scope == Scope && key.Kind >= FirstKind;
}
