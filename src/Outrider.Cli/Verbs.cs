using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Outrider.Cli.Cluster;

namespace Outrider.Cli;

/// <summary>The table of verbs: what each is called, and which file carries it out.</summary>
internal static class Verbs
{
    public static int Run(string[] args, TextWriter output, TextWriter talk)
    {
        try
        {
            return Choose(args, output, talk);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e)
        {
            talk.WriteLine($"A bug of this program: {e}");
            talk.WriteLine("Please report it with the command line and the lines above.");
            return ExitCodes.Bug;
        }
    }

    private static int Choose(string[] args, TextWriter output, TextWriter talk)
    {
        if (args is ["help", "exit-codes", ..]) return HelpVerb.ExitCodes(output);
        if (args is ["help", .. var rest]) args = [.. rest, "--help"];
        if (args.Length > 0 && Forwarded(args[0]) is { } run) return run(args[1..], output, talk);

        var root = new RootCommand(
            "Outrider runs ahead of coordination and keeps only what proves right.");
        root.Add(UpVerb.Create());
        root.Add(DownVerb.Create());
        root.Add(StatusVerb.Create());
        root.Add(NodeVerbs.Create());
        root.Add(ControlVerbs.Create());
        root.Add(ChaosVerbs.Create());
        root.Add(LogVerbs.LogVerbs.Create());
        root.Add(ConfigVerbs.Create());
        root.Add(VersionVerb.Create());
        root.Add(DoctorVerb.Create());
        foreach (var (name, text) in ForwardedHelp) root.Add(new Command(name, text));
        var console = new InvocationConfiguration
        {
            Output = output,
            Error = talk,
            // Its exit code would be that of a negative answer.
            EnableDefaultExceptionHandler = false,
        };
        if (args.Length == 0)
        {
            root.Parse(["--help"]).Invoke(console);
            return ExitCodes.Usage;
        }

        var parsed = root.Parse(args);
        if (parsed.Action is not ParseErrorAction wrong) return parsed.Invoke(console);
        // The whole help would push what is wrong out of sight.
        wrong.ShowHelp = false;
        parsed.Invoke(new InvocationConfiguration { Output = talk, Error = talk });
        talk.WriteLine($"See `outrider {Path(parsed.CommandResult)}--help`.");
        return ExitCodes.Usage;
    }

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)}{command.Command.Name} " : "";

    private static readonly (string Name, string Text)[] ForwardedHelp =
    [
        ("sim", "drive the machines through seeded faults in virtual time (sim --help)"),
        ("prove", "from a protocol in Dafny to its invariants, proof or counterexample (prove --help)"),
        ("bench", "measure against baselines in the same run (bench --help)"),
        ("inspect", "show what a journal file holds, and what would be refused or cut"),
    ];

    /// <summary>Verbs whose library parses its own arguments.</summary>
    private static Func<string[], TextWriter, TextWriter, int>? Forwarded(string verb) => verb switch
    {
        "sim" => Simulation.SimCommand.Run,
        "prove" => Proofs.Commands.Run,
        "bench" => BenchVerb.Run,
        "inspect" => Runtime.InspectCommand.Run,
        _ => null,
    };
}
