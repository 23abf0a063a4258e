namespace Outrider.Proofs.Explore;

/// <summary>How far to look.</summary>
public sealed record ExploreOptions
{
    /// <summary>
    /// Hosts of each group by its name; groups that are not named take each size up to <see cref="MaxSize"/>.
    /// </summary>
    public IReadOnlyDictionary<string, int> Sizes { get; init; } = new SortedDictionary<string, int>();

    /// <summary>Most hosts of a group that is not named.</summary>
    public int MaxSize { get; init; } = 3;

    /// <summary>Choices of sizes whose largest group is smaller are left out.</summary>
    public int LeastLargest { get; init; } = 1;

    /// <summary>Choices of sizes whose smallest group is smaller are left out.</summary>
    public int LeastOfAll { get; init; } = 1;

    /// <summary>Longest run looked at.</summary>
    public int MaxSteps { get; init; } = 80;

    /// <summary>States kept for each choice of sizes.</summary>
    public int MaxStates { get; init; } = 200_000;

    /// <summary>
    /// Time for the whole search, in seconds; what was not reached by then is reported as not reached.
    /// </summary>
    public int MaxSeconds { get; init; } = 25;

    /// <summary>How much of the time breadth-first search may take; the rest is left to random runs.</summary>
    public double BreadthShare { get; init; } = 0.65;

    /// <summary>Random runs, mostly at the largest sizes, when breadth-first search left something open.</summary>
    public int RandomRuns { get; init; } = 5_000;

    public ulong Seed { get; init; } = 1;

    /// <summary>Whether interchangeable hosts are looked for.</summary>
    public bool UseSymmetry { get; init; } = true;
}

/// <summary>A predicate that a run makes false at its end.</summary>
public sealed record Violation(string Predicate, Run Run, string Sizes, string? Detail);

/// <summary>One breadth-first search.</summary>
public sealed record SearchSummary(
    string Sizes, int States, long Transitions, int Depth, bool Exhausted, IReadOnlyList<string> Symmetries);

/// <summary>What exploration found. <see cref="Violation"/> is null when nothing reached breaks anything.</summary>
public sealed record Findings(
    IReadOnlyList<SearchSummary> Searches, Violation? Violation, IReadOnlyDictionary<string, Run?> Goals,
    IReadOnlyList<string> Checked, long RandomSteps)
{
    public int States => Searches.Sum(s => s.States);

    public IEnumerable<string> GoalsMissed => Goals.Where(g => g.Value == null).Select(g => g.Key);
}
