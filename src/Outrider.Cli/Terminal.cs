using Spectre.Console;

namespace Outrider.Cli;

/// <summary>Spectre over the writer a verb was given; plain text where it is not a terminal.</summary>
internal static class Terminal
{
    public static IAnsiConsole For(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        // Piped output has no width of its own; a table that wraps at 80 columns is no longer one row a line.
        if (Console.IsOutputRedirected) console.Profile.Width = 200;
        return console;
    }
}
