namespace Outrider.Proofs.Syntax;

public enum Severity
{
    Warning,
    Error,
}

/// <summary>What is wrong, where, and (in the message) what to do about it.</summary>
public sealed record Diagnostic(Severity Severity, Place At, string Message)
{
    public override string ToString() =>
        $"{At}: {(Severity == Severity.Error ? "error" : "warning")}: {Message}";
}
