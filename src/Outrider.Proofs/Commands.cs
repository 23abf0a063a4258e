using System.Text.Json;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs;

/// <summary>
/// Verbs of <c>prove</c>. Exit codes: 0 proved, 1 refuted or failed, 2 usage or a text that cannot be read,
/// 6 input or output, 7 tool missing.
/// </summary>
public static class Commands
{
    private static readonly (string Name, string Text, Func<Proving.VerbLine, int> Run)[] Verbs =
    [
        ("gen", "gen DIR [--profile compat|readable] [--out DIR] [--system]", Proving.GenCommand.Run),
        ("verify", "verify DIR [--resource-limit N] [--jobs N] [--seeds K] [--from-scratch] [--json]",
            Proving.VerifyCommand.Run),
        ("run", "run DIR [--chase] [--from-scratch] [--json]  generate, verify all, attempt what is open, report",
            Proving.RunCommand.Run),
        ("new", "new NAME  a protocol to start from, which verifies", Proving.NewCommand.Run),
        ("doctor", "doctor [--fetch]  what is found of Dafny and Z3, and what to do", Proving.DoctorCommand.Run),
    ];

    public static int Run(string[] args, TextWriter stdout, TextWriter stderr)
    {
        if (args.Length == 0 || args[0] is "--help" or "-h" or "help")
        {
            stdout.WriteLine("prove: from a protocol in Dafny to its invariants, its proof or its counterexample");
            foreach (var (_, text, _) in Verbs)
            {
                stdout.WriteLine("  prove " + text);
            }

            foreach (var (_, text, _) in ExplorationCommands.Verbs)
            {
                stdout.WriteLine("  " + text);
            }

            return args.Length == 0 ? 2 : 0;
        }

        try
        {
            return ExplorationCommands.Run(args, stdout) ?? RunVerb(args, stdout, stderr);
        }
        catch (UnreadableException e)
        {
            foreach (var error in e.Errors)
            {
                stderr.WriteLine(error);
            }

            if (args.Contains("--json"))
            {
                stdout.WriteLine(JsonSerializer.Serialize(
                    new { verdict = "unreadable", errors = e.Errors.Select(d => d.ToString()) }));
            }

            return 2;
        }
        catch (Exception e) when (e is UsageException or ProtocolException or NotExecutable)
        {
            stderr.WriteLine("prove: " + (e is NotExecutable ? "cannot run this protocol: " : "") + e.Message);
            return 2;
        }
        catch (ToolMissingException e)
        {
            stderr.WriteLine("prove: " + e.Message);
            return 7;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            stderr.WriteLine("prove: " + e.Message);
            return 6;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The rim: whoever runs a tool is not to read its stack.
            stderr.WriteLine($"prove: internal error: {e.Message}");
            stderr.WriteLine("  This is a defect of 'prove'; please report it together with the protocol.");
            return 70;
        }
    }

    private static int RunVerb(string[] args, TextWriter stdout, TextWriter stderr)
    {
        var verb = Array.Find(Verbs, v => v.Name == args[0]);
        if (verb.Run == null)
        {
            stderr.WriteLine($"prove: there is no '{args[0]}'; 'prove --help' lists what there is");
            return 2;
        }

        if (args.Contains("--help"))
        {
            stdout.WriteLine("prove " + verb.Text);
            return 0;
        }

        return verb.Run(new Proving.VerbLine(verb.Text, args[1..], stdout, stderr));
    }
}
