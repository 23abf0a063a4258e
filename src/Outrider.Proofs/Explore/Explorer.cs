using System.Diagnostics;

namespace Outrider.Proofs.Explore;

/// <summary>
/// Looks for a run that breaks a protocol: breadth-first over growing numbers of hosts, then random runs at the largest.
/// </summary>
public sealed class Explorer(Protocol protocol, ExploreOptions options)
{
    private const int MaxAutoSize = 3;

    private const int FirstRound = 3_000;

    /// <exception cref="ProtocolException">No initial state exists for the sizes, or a group has no such name.</exception>
    public Findings Run()
    {
        var clock = Stopwatch.StartNew();
        var checks = new Checks(protocol);
        var searches = new List<Search>();
        var (violation, largest, largestSizes) = BreadthFirst(checks, searches, clock);
        long steps = 0;
        if (violation == null && options.RandomRuns > 0)
        {
            (violation, steps) = Walk(checks, largest, largestSizes, clock);
        }

        return new Findings(
            [.. searches.Select(s => s.Summary)], violation ?? checks.Secondary, checks.Goals, checks.Names, steps);
    }

    // All sizes a little, few hosts first; then what is still open further, many hosts first: a fault that needs few
    // steps of many hosts is found before long runs of few hosts have used up the time.
    private (Violation?, IReadOnlyList<State>, string) BreadthFirst(
        Checks checks, List<Search> searches, Stopwatch clock)
    {
        IReadOnlyList<State> largest = [];
        var largestSizes = "";
        var limit = Math.Min(FirstRound, options.MaxStates);
        foreach (var sizes in SizeChoices())
        {
            if (clock.Elapsed.TotalSeconds > options.MaxSeconds)
            {
                break;
            }

            var initial = protocol.Initial(sizes);
            if (initial.Count > 0)
            {
                (largest, largestSizes) = (initial, Describe(sizes));
                searches.Add(new Search(protocol, initial, largestSizes, checks, options, clock));
                checks.Sizes = largestSizes;
                searches[^1].Continue(limit);
                if (searches[^1].Violation is { } found)
                {
                    return (found, largest, largestSizes);
                }
            }
        }

        if (searches.Count == 0)
        {
            throw new ProtocolException(
                "no initial state with these numbers of hosts; give others with --size group=n");
        }

        while (limit < options.MaxStates && clock.Elapsed.TotalSeconds < options.MaxSeconds)
        {
            limit = Math.Min(limit * 3, options.MaxStates);
            foreach (var search in Enumerable.Reverse(searches).Where(s => s.Open))
            {
                checks.Sizes = search.Sizes;
                search.Continue(limit);
                if (search.Violation is { } found)
                {
                    return (found, largest, largestSizes);
                }
            }
        }

        return (null, largest, largestSizes);
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
    internal IEnumerable<int[]> SizeChoices()
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
