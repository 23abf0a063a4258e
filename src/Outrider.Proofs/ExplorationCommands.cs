using Outrider.Proofs.Eval;
using Outrider.Proofs.Explain;
using Outrider.Proofs.Explore;
using Outrider.Proofs.Mutate;
using Outrider.Proofs.Trace;

namespace Outrider.Proofs;

/// <summary>The verbs of <c>prove</c> that run a protocol instead of proving it.</summary>
public static class ExplorationCommands
{
    /// <summary>Carries the verb out, or answers null when it is none of these.</summary>
    public static int? Run(string[] args, TextWriter stdout, TextWriter stderr)
    {
        Func<IReadOnlyList<string>, TextWriter, int>? verb = args.FirstOrDefault() switch
        {
            "explore" => ExploreCommand.Run,
            "why" => WhyCommand.Run,
            "trace" => TraceCommand.Run,
            "mutate" => MutateCommand.Run,
            _ => null,
        };
        if (verb == null)
        {
            return null;
        }

        try
        {
            return verb(args[1..], stdout);
        }
        catch (Exception e) when (e is UsageException or ProtocolException)
        {
            stderr.WriteLine(e.Message);
            return 2;
        }
        catch (NotExecutable e)
        {
            stderr.WriteLine($"cannot run this protocol: {e.Message}");
            return 2;
        }
        catch (ToolMissingException e)
        {
            stderr.WriteLine(e.Message);
            return 7;
        }
        catch (IOException e)
        {
            stderr.WriteLine(e.Message);
            return 6;
        }
    }
}
