namespace Outrider.Proofs.Explore;

/// <summary>
/// Looks for a run that breaks a protocol: breadth-first over growing numbers of hosts, then random runs at the
/// largest.
/// </summary>
public sealed class Explorer(Protocol protocol, ExploreOptions options)
{
    private const int FirstRound = 300;

    /// <exception cref="ProtocolException">No initial state exists for the sizes, or a group has no such
    /// name.</exception>
    public Findings Run()
    {
        var clock = new WorkClock();
        var checks = new Checks(protocol);
        var searches = new List<Search>();
        var starts = new List<(IReadOnlyList<State> Initial, string Sizes)>();
        var violation = BreadthFirst(checks, searches, starts, clock);
        var walker = new Walker(protocol, checks, options, clock);
        if (violation == null && (searches.Exists(s => s.Open) || !checks.AllGoalsReached))
        {
            violation = walker.Walk(starts, options.MaxSeconds);
        }

        return new Findings(
            [.. searches.Select(s => s.Summary)], violation ?? checks.Secondary, checks.Goals, checks.Names,
            walker.Steps);
    }

    // All sizes a little, few hosts first; then what is still open further, many hosts first: a fault that needs few
    // steps of many hosts is found before long runs of few hosts have used up the time.
    private Violation? BreadthFirst(
        Checks checks, List<Search> searches, List<(IReadOnlyList<State> Initial, string Sizes)> starts,
        WorkClock clock)
    {
        var seconds = options.MaxSeconds * options.BreadthShare;
        var limit = Math.Min(FirstRound, options.MaxStates);
        foreach (var sizes in SizeChoices())
        {
            if (clock.Elapsed.TotalSeconds > seconds)
            {
                break;
            }

            var initial = protocol.Initial(sizes);
            if (initial.Count > 0)
            {
                starts.Add((initial, Describe(sizes)));
                checks.Sizes = starts[^1].Sizes;
                searches.Add(new Search(protocol, initial, checks.Sizes, checks, options, clock));
                searches[^1].Continue(limit);
                if (searches[^1].Violation is { } found)
                {
                    return found;
                }
            }
        }

        if (searches.Count == 0)
        {
            throw new ProtocolException(
                "no initial state with these numbers of hosts; give others with --size group=n");
        }

        while (limit < options.MaxStates && clock.Elapsed.TotalSeconds < seconds)
        {
            limit = Math.Min(limit * 3, options.MaxStates);
            foreach (var search in Enumerable.Reverse(searches).Where(s => s.Open))
            {
                checks.Sizes = search.Sizes;
                search.Continue(limit);
                if (search.Violation is { } found)
                {
                    return found;
                }
            }
        }

        return null;
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
            var sizes = named.Key != null ? [named.Value] : Enumerable.Range(1, options.MaxSize).ToArray();
            all = [.. all.SelectMany(a => sizes.Select(n => (int[])[.. a, n]))];
        }

        return all.Where(a => a.Max() >= options.LeastLargest && a.Min() >= options.LeastOfAll)
            .OrderBy(a => a.Sum()).ThenBy(a => a.Max());
    }

    private string Describe(int[] sizes) =>
        string.Join(" ", protocol.Groups.Select((g, i) => $"{g.Field}={sizes[i]}"));
}
