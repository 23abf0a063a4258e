using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Explain;

/// <summary>
/// A step that mattered, why it mattered, and the step that it mattered for (null for the asked fact).
/// </summary>
public sealed record Cause(int Step, string Because, int? For);

/// <summary>The steps of a run without which a fact would not hold, in the order of the run.</summary>
public sealed record CausalChain(Run Run, string Fact, bool Holds, IReadOnlyList<Cause> Causes)
{
    /// <summary>One-based numbers of the steps in the chain.</summary>
    public IReadOnlySet<int> Steps => new SortedSet<int>(Causes.Select(c => c.Step));
}
