namespace Outrider.Proofs.Proving;

/// <summary>Counts lines of proof as the published tables do: neither blank nor only a comment.</summary>
internal static class ProofLines
{
    public static int Count(string text) => text.Split('\n')
        .Select(l => l.Trim())
        .Count(l => l.Length > 0 && !l.StartsWith("//", StringComparison.Ordinal));
}
