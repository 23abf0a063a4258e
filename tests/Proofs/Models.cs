using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;

namespace Outrider.Tests.Proofs;

/// <summary>The models of the repository, read once each: reading runs Dafny's resolver in a process.</summary>
internal static class Models
{
    private static readonly SortedDictionary<string, Protocol> Loaded = new(StringComparer.Ordinal);

    public static readonly string Root = FindRoot();

    public static string PathOf(string name) => Path.Combine(Root, "models", name);

    public static Protocol Load(string name)
    {
        lock (Loaded)
        {
            if (!Loaded.TryGetValue(name, out var protocol))
            {
                protocol = ProtocolLoader.Load(PathOf(name), new Limits(), false);
                Loaded[name] = protocol;
            }

            return protocol;
        }
    }

    public static Findings Explore(string name, int states, params (string Group, int Count)[] sizes) =>
        new Explorer(Load(name), new ExploreOptions
        {
            Sizes = new SortedDictionary<string, int>(sizes.ToDictionary(s => s.Group, s => s.Count)),
            MaxStates = states,
            MaxSeconds = 600,
            RandomRuns = 0,
        }).Run();

    private static string FindRoot()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Outrider.slnx")))
        {
            at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("not inside the repository");
        }

        return at;
    }
}
