using Outrider.Proofs.Syntax;

namespace Outrider.Proofs;

/// <summary>
/// The text cannot be read as a protocol: it does not resolve, or breaks a convention that everything rests on. Nothing
/// was said of the protocol, so this is no negative answer: it ends with exit code 2.
/// </summary>
public sealed class UnreadableException(IReadOnlyList<Diagnostic> errors)
    : Exception(string.Join(Environment.NewLine, errors.Take(UnreadableException.Told)))
{
    private const int Told = 20;

    public IReadOnlyList<Diagnostic> Errors { get; } = errors;

    /// <summary>Passes a text on that resolves.</summary>
    /// <exception cref="UnreadableException">It does not.</exception>
    public static ProgramText Demand(ProgramText text) => text.Ok
        ? text
        : throw new UnreadableException(text.Diagnostics.Where(d => d.Severity == Severity.Error).ToList());
}
