namespace Outrider.Proofs.Verify;

/// <summary>A proof that depends on how the question is put: other seeds cost over twice as much or fail.</summary>
public sealed record BrittleProof(
    string File, string Symbol, long LeastResourceCount, long MostResourceCount, bool Fails);

/// <summary>The outcome of verifying a set of files.</summary>
/// <param name="Failure">Something other than the proof went wrong, or null.</param>
/// <param name="CpuMs">Processor time of all processes started, milliseconds.</param>
public sealed record VerifyReport(
    IReadOnlyList<Obligation> Obligations, IReadOnlyList<ProofError> Errors, IReadOnlyList<BrittleProof> Brittle,
    string? Failure, long CpuMs)
{
    public bool Proved => Failure == null && Errors.Count == 0
        && Obligations.All(o => o.Outcome == ObligationOutcome.Correct);

    public int CachedCount => Obligations.Count(o => o.Cached);

    public IEnumerable<Obligation> Open => Obligations.Where(o => o.Outcome != ObligationOutcome.Correct);
}
