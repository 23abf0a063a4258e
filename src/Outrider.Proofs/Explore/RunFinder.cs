namespace Outrider.Proofs.Explore;

/// <summary>Finds a shortest run to a state of interest.</summary>
public sealed class RunFinder(Protocol protocol, ExploreOptions options)
{
    /// <summary>
    /// The first run, breadth-first over growing sizes, whose last state satisfies the predicate; it also gets the
    /// initial state of the run. Null when there is none within the options.
    /// </summary>
    public Run? Find(Func<State, State, bool> wanted)
    {
        var clock = new WorkClock();
        var limit = 2_000;
        while (limit <= options.MaxStates && clock.Elapsed.TotalSeconds < options.MaxSeconds)
        {
            foreach (var sizes in new Explorer(protocol, options).SizeChoices())
            {
                foreach (var initial in protocol.Initial(sizes))
                {
                    if (From(initial, s => wanted(s, initial), limit, clock) is { } run)
                    {
                        return run;
                    }
                }
            }

            limit *= 8;
        }

        return null;
    }

    private Run? From(State initial, Func<State, bool> wanted, int limit, WorkClock clock)
    {
        var nodes = new List<(State State, int Parent, StepLabel? Step)> { (initial, -1, null) };
        var seen = new HashSet<State> { initial };
        if (wanted(initial))
        {
            return Path(nodes, 0);
        }

        for (var at = 0; at < nodes.Count && nodes.Count < limit; at++)
        {
            if (clock.Elapsed.TotalSeconds > options.MaxSeconds)
            {
                return null;
            }

            foreach (var t in protocol.Successors(nodes[at].State))
            {
                if (seen.Add(t.Next))
                {
                    nodes.Add((t.Next, at, t.Label));
                    if (wanted(t.Next))
                    {
                        return Path(nodes, nodes.Count - 1);
                    }
                }
            }
        }

        return null;
    }

    private static Run Path(List<(State State, int Parent, StepLabel? Step)> nodes, int node)
    {
        var states = new List<State>();
        var steps = new List<StepLabel>();
        for (var i = node; i >= 0; i = nodes[i].Parent)
        {
            states.Insert(0, nodes[i].State);
            if (nodes[i].Step is { } step)
            {
                steps.Insert(0, step);
            }
        }

        return new Run(states, steps);
    }
}
