namespace Outrider.Simulation;

/// <summary>What one run of one seed came to.</summary>
public sealed record SeedResult(
    ulong Seed,
    Violation? Violation,
    ulong Hash,
    TraceHash Trace,
    long SimulatedMicros,
    long Events,
    long WallMicros,
    IReadOnlyList<Fault> Faults,
    long AcknowledgedOperations,
    long TermChanges,
    IReadOnlyList<CheckerReport> Checkers,
    IReadOnlyDictionary<string, long> Marks,
    int Nodes,
    IReadOnlyList<(int Client, int Number)> Operations)
{
    public int ExitCode => (int)(Violation?.Kind ?? ViolationKind.None);
}
