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
    public static int? Run(string[] args, TextWriter stdout)
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

        return verb(args[1..], stdout);
    }
}
