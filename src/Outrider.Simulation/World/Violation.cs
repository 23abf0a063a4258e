namespace Outrider.Simulation;

/// <summary>How a run can go wrong, with the exit code that says so.</summary>
public enum ViolationKind
{
    None = 0,
    /// <summary>An assertion of a machine or of the world failed, or a machine threw.</summary>
    Assert = 80,
    /// <summary>The healed core did not come back to work in time.</summary>
    Liveness = 81,
    /// <summary>A checker refuted a promise.</summary>
    Safety = 82,
    /// <summary>Two runs of one seed differed.</summary>
    Nondeterminism = 83,
}

/// <param name="Checker">Which check spoke; shrinking keeps to the same kind and checker.</param>
public sealed record Violation(ViolationKind Kind, string Checker, string Text, long AtMicros);
