namespace Outrider.Proofs;

/// <summary>The command or its input is not usable; the message says what to do. Ends with exit code 2.</summary>
public sealed class UsageException(string message) : Exception(message);
