namespace Outrider.Cli;

internal static class HelpVerb
{
    public static int ExitCodes(TextWriter output)
    {
        foreach (var (code, meaning) in Cli.ExitCodes.Table) output.WriteLine($"{code,4}  {meaning}");
        return Cli.ExitCodes.Ok;
    }
}
