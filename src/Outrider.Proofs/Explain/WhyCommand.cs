using System.Text.Json;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Explain;

/// <summary>
/// <c>prove why DIR FACT</c>: explains a fact at the end of a recorded run, or of the shortest run found that makes it
/// true. Exit code 1 when the fact holds nowhere that was looked.
/// </summary>
public static class WhyCommand
{
    internal const string Usage = "prove why DIR FACT [--run FILE] [--svg FILE] [--size group=n,...] [--steps N] "
        + "[--seconds N] [--json]";

    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        var line = new CommandLine(
            args, Usage, ["--run", "--svg", "--size", "--steps", "--states", "--seconds", "--atoms", "--numbers"],
            ["--json"]);
        if (line.Positional.Count != 2)
        {
            throw new UsageException("usage: " + Usage);
        }

        var protocol = ProtocolLoader.Load(line.Positional[0], ExploreCommand.LimitsOf(line), false);
        var fact = Fact.Parse(protocol, line.Positional[1]);
        var run = line.Text("--run") is { } file
            ? RunFile.Read(protocol, ReadFile(file))
            : Find(protocol, fact, ExploreCommand.OptionsOf(line));
        if (run != null && fact.IndexIsBeyond(run.States[0]))
        {
            throw new UsageException($"the run has no {fact.Group.Field}[{fact.Index}]: indices begin at 0");
        }

        if (run == null)
        {
            output.WriteLine(
                $"{fact} holds in no state that was reached; allow more with --steps, --seconds or --size");
            return 1;
        }

        var chain = new Why(protocol, run).Explain(fact);
        if (line.Text("--svg") is { } svg)
        {
            File.WriteAllText(svg, RunDiagram.Draw(protocol, run, chain.Steps, null));
        }

        output.WriteLine(line.Has("--json")
            ? JsonSerializer.Serialize(new
            {
                fact = chain.Fact,
                holds = chain.Holds,
                causes = chain.Causes.Select(c => new
                {
                    step = c.Step,
                    label = run.Steps[c.Step - 1].ToString(),
                    because = c.Because,
                    forStep = c.For,
                }),
            })
            : RunText.Of(chain).TrimEnd());
        return chain.Holds ? 0 : 1;
    }

    private static Run? Find(Protocol protocol, Fact fact, ExploreOptions options)
    {
        // Told at once: a search would end with nothing after its whole time.
        var named = options.Sizes.Where(s => protocol.FindGroup(s.Key) == fact.Group).Select(s => s.Value).ToList();
        var largest = named.Count > 0 ? named[0] : options.MaxSize;
        return fact.Index < largest ? new RunFinder(protocol, options).Find(fact.HoldsIn)
            : throw new UsageException($"there is no {fact.Group.Field}[{fact.Index}] in the runs that are searched, "
                + $"which have at most {largest}: indices begin at 0; for more, "
                + $"--size {fact.Group.Field}={fact.Index + 1}");
    }

    internal static string ReadFile(string path) => File.Exists(path)
        ? File.ReadAllText(path)
        : throw new UsageException($"there is no file '{path}'");
}
