using Outrider.Proofs;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;

namespace Outrider.Tests.Proofs.Generate;

/// <summary>A copy of one of the odd protocols, with what they share, in a directory whose name holds spaces.</summary>
internal sealed class OddCopy : IDisposable
{
    private readonly string root = Path.Combine(Path.GetTempPath(), $"odd shapes {Guid.NewGuid():N}");

    public OddCopy(string name)
    {
        Home = Path.Combine(root, name);
        var inputs = Path.Combine(AppContext.BaseDirectory, "inputs");
        foreach (var part in new[] { name, "shared things" })
        {
            foreach (var file in Directory.GetFiles(
                Path.Combine(inputs, part), "*.dfy", SearchOption.AllDirectories))
            {
                var target = Path.Combine(root, Path.GetRelativePath(inputs, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }
    }

    public string Home { get; }

    public (int Code, string Errors) Prove(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (Commands.Run(args, output, error), error.ToString());
    }

    public string? Explore()
    {
        var protocol = ProtocolLoader.Load(Home, new Limits(), false);
        // Three kinds of hosts have 27 choices of sizes: one of them tells enough.
        var sizes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var group in protocol.Groups.Where(_ => protocol.Groups.Count > 2))
        {
            sizes[group.Field] = 2;
        }

        var options = new ExploreOptions
        {
            Sizes = sizes,
            MaxStates = 1500,
            MaxSeconds = 600,
            RandomRuns = 60,
            MaxSteps = 30,
        };
        return new Explorer(protocol, options).Run().Violation?.Predicate;
    }

    public void Dispose() => Directory.Delete(root, true);
}
