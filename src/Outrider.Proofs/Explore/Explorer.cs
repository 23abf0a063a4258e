using System.Diagnostics;

namespace Outrider.Proofs.Explore;

/// <summary>
/// Looks for a run that breaks a protocol: breadth-first over growing numbers of hosts, then random runs at the largest.
/// </summary>
public sealed class Explorer(Protocol protocol, ExploreOptions options)
{
    private const int MaxAutoSize = 3;

    public Findings Run()
    {
        var clock = Stopwatch.StartNew();
        var checks = new Checks(protocol);
        var searches = new List<SearchSummary>();
        Violation? violation = null;
        IReadOnlyList<State> largest = [];
        var largestSizes = "";
        foreach (var sizes in SizeChoices())
        {
            if (clock.Elapsed.TotalSeconds > options.MaxSeconds)
            {
                break;
            }

            var initial = protocol.Initial(sizes);
            if (initial.Count == 0)
            {
                continue;
            }

            largest = initial;
            largestSizes = Describe(sizes);
            var search = new Search(protocol, checks, options, clock);
            searches.Add(search.Start(initial, largestSizes));
            violation = search.Violation;
            if (violation != null)
            {
                break;
            }
        }

        if (searches.Count == 0)
        {
            throw new ProtocolException(
                "no initial state with these numbers of hosts; give others with --size group=n");
        }

        long steps = 0;
        if (violation == null && options.RandomRuns > 0)
        {
            (violation, steps) = Walk(checks, largest, largestSizes, clock);
        }

        return new Findings(searches, violation, checks.Goals, checks.Names, steps);
    }

    private (Violation? Violation, long Steps) Walk(
        Checks checks, IReadOnlyList<State> initial, string sizes, Stopwatch clock)
    {
        var random = new SplitMix(options.Seed);
        long steps = 0;
        for (var walk = 0; walk < options.RandomRuns; walk++)
        {
            var states = new List<State> { initial[random.Below(initial.Count)] };
            var labels = new List<StepLabel>();
            while (labels.Count < options.MaxSteps)
            {
                if (clock.Elapsed.TotalSeconds > options.MaxSeconds * 1.2)
                {
                    return (null, steps);
                }

                var all = protocol.Successors(states[^1]);
                if (all.Count == 0)
                {
                    break;
                }

                var t = all[random.Below(all.Count)];
                steps++;
                states.Add(t.Next);
                labels.Add(t.Label);
                var broken = checks.Broken(
                    t.Next, states[^2], t.Label, () => new Run([.. states], [.. labels]));
                if (broken is { } b)
                {
                    return (new Violation(b.Predicate, new Run([.. states], [.. labels]), sizes, b.Detail), steps);
                }
            }
        }

        return (null, steps);
    }

    /// <summary>Numbers of hosts for each group, few hosts first.</summary>
    private IEnumerable<int[]> SizeChoices()
    {
        var groups = protocol.Groups;
        foreach (var name in options.Sizes.Keys)
        {
            if (protocol.FindGroup(name) == null)
            {
                throw new ProtocolException(
                    $"no host group '{name}'; there are {string.Join(", ", groups.Select(g => g.Field))}");
            }
        }

        var all = new List<int[]> { Array.Empty<int>() };
        foreach (var group in groups)
        {
            var named = options.Sizes.FirstOrDefault(s => protocol.FindGroup(s.Key) == group);
            var sizes = named.Key != null ? [named.Value] : Enumerable.Range(1, MaxAutoSize).ToArray();
            all = [.. all.SelectMany(a => sizes.Select(n => (int[])[.. a, n]))];
        }

        return all.OrderBy(a => a.Sum()).ThenBy(a => a.Max());
    }

    private string Describe(int[] sizes) =>
        string.Join(" ", protocol.Groups.Select((g, i) => $"{g.Field}={sizes[i]}"));
}
