namespace Outrider.Server.Commands;

/// <summary>A command that cannot be carried out as written: its message is the error reply.</summary>
public sealed class CommandError(string message) : Exception(message)
{
    public static CommandError Syntax(string hint) => new($"ERR syntax error: {hint}");
}
