using Outrider.Proofs.Eval;
using Outrider.Proofs.Explain;
using Outrider.Proofs.Explore;
using Outrider.Proofs.Mutate;
using Outrider.Proofs.Trace;

namespace Outrider.Proofs;

/// <summary>The verbs of <c>prove</c> that run a protocol instead of proving it.</summary>
public static class ExplorationCommands
{
    /// <summary>Usage of each verb, and what carries it out.</summary>
    internal static IReadOnlyList<(string Name, string Text, Func<IReadOnlyList<string>, TextWriter, int> Run)> Verbs
    { get; } =
    [
        ("explore", ExploreCommand.Usage, ExploreCommand.Run),
        ("why", WhyCommand.Usage, WhyCommand.Run),
        ("trace", TraceCommand.Usage, TraceCommand.Run),
        ("mutate", MutateCommand.Usage, MutateCommand.Run),
    ];

    /// <summary>Carries the verb out, or answers null when it is none of these.</summary>
    public static int? Run(string[] args, TextWriter stdout, TextWriter stderr)
    {
        var (_, usage, verb) = Verbs.FirstOrDefault(v => v.Name == args.FirstOrDefault());
        if (verb == null)
        {
            return null;
        }

        if (args.Contains("--help"))
        {
            stdout.WriteLine(usage);
            return 0;
        }

        try
        {
            return verb(args[1..], stdout);
        }
        catch (Exception e) when (e is UsageException or ProtocolException)
        {
            stderr.WriteLine("prove: " + e.Message);
            return 2;
        }
        catch (NotExecutable e)
        {
            stderr.WriteLine($"prove: cannot run this protocol: {e.Message}");
            return 2;
        }
        catch (ToolMissingException e)
        {
            stderr.WriteLine("prove: " + e.Message);
            return 7;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            stderr.WriteLine("prove: " + e.Message);
            return 6;
        }
    }
}
