namespace Outrider.Proofs.Verify;

public enum ObligationOutcome
{
    Correct,
    Failed,
    OutOfResource,
    Crashed,
}

/// <summary>The result of one declaration's proof; the resource count is Z3's.</summary>
public sealed record Obligation(
    string File, string Symbol, ObligationOutcome Outcome, long ResourceCount, bool Cached);

/// <summary>An error as Dafny reports it, with the places it points to.</summary>
public sealed record ProofError(string File, int Line, int Column, string Message, IReadOnlyList<string> Related)
{
    public override string ToString() =>
        $"{File}:{Line}:{Column}: error: {Message}" + string.Concat(Related.Select(r => "\n    " + r));
}
