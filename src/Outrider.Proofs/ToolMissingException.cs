namespace Outrider.Proofs;

/// <summary>A program this one needs is absent; the message says how to get it. Ends with exit code 7.</summary>
public sealed class ToolMissingException(string message) : Exception(message);
