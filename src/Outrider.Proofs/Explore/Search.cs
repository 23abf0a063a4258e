namespace Outrider.Proofs.Explore;

/// <summary>
/// Breadth-first search from the initial states of one choice of sizes; runs come out shortest first.
/// </summary>
internal sealed class Search(
    Protocol protocol, IReadOnlyList<State> initial, string sizes, Checks checks, ExploreOptions options,
    WorkClock clock)
{
    private readonly Dictionary<State, int> seen = [];
    private readonly List<(State State, int Parent, StepLabel? Step, int Depth)> nodes = [];
    private Symmetry? symmetry;
    private int next;
    private bool cut;

    public string Sizes => sizes;

    public Violation? Violation { get; private set; }

    public long Transitions { get; private set; }

    /// <summary>Whether states wait to be looked at within the longest run.</summary>
    public bool Open { get; private set; } = true;

    public SearchSummary Summary => new(
        sizes, nodes.Count, Transitions, nodes[^1].Depth, !Open && !cut && Violation == null, symmetry?.Names ?? []);

    /// <summary>Goes on until so many states are known, none is left, or a violation is found.</summary>
    public void Continue(int maxStates)
    {
        if (nodes.Count == 0)
        {
            Begin();
        }

        while (next < nodes.Count && Violation == null)
        {
            var (state, _, _, depth) = nodes[next];
            if (nodes.Count >= maxStates || clock.Elapsed.TotalSeconds > options.MaxSeconds * options.BreadthShare)
            {
                return;
            }

            next++;
            if (depth >= options.MaxSteps)
            {
                cut = true;
                continue;
            }

            foreach (var t in protocol.Successors(state))
            {
                Transitions++;
                if (!checks.Within(t.Next))
                {
                    cut = true;
                    continue;
                }

                Add(t.Next, next - 1, t.Label, depth + 1);
                if (Violation != null)
                {
                    break;
                }
            }
        }

        Open = false;
    }

    private void Begin()
    {
        if (options.UseSymmetry)
        {
            symmetry = Symmetry.Find(protocol, initial, Sample());
        }

        foreach (var s in initial)
        {
            Add(s, -1, null, 0);
        }
    }

    private List<State> Sample()
    {
        var random = new SplitMix(options.Seed);
        var sample = new List<State>();
        for (var walk = 0; walk < 6; walk++)
        {
            var s = initial[random.Below(initial.Count)];
            for (var i = 0; i < 14; i++)
            {
                sample.Add(s);
                var all = protocol.Successors(s);
                if (all.Count == 0)
                {
                    break;
                }

                s = all[random.Below(all.Count)].Next;
            }
        }

        return sample;
    }

    private void Add(State state, int parent, StepLabel? step, int depth)
    {
        var key = symmetry?.Representative(state) ?? state;
        if (!seen.TryAdd(key, nodes.Count))
        {
            return;
        }

        nodes.Add((state, parent, step, depth));
        var at = nodes.Count - 1;
        var broken = checks.Broken(state, parent < 0 ? null : nodes[parent].State, step, () => PathTo(at));
        if (broken is { } b)
        {
            Violation = new Violation(b.Predicate, PathTo(at), sizes, b.Detail);
        }
    }

    private Run PathTo(int node)
    {
        var states = new List<State>();
        var steps = new List<StepLabel>();
        for (var i = node; i >= 0; i = nodes[i].Parent)
        {
            states.Add(nodes[i].State);
            if (nodes[i].Step is { } step)
            {
                steps.Add(step);
            }
        }

        states.Reverse();
        steps.Reverse();
        return new Run(states, steps);
    }
}

/// <summary>A small deterministic generator: the same seed gives the same walks everywhere.</summary>
internal sealed class SplitMix(ulong seed)
{
    private ulong state = seed;

    public int Below(int n)
    {
        state = unchecked(state + 0x9E3779B97F4A7C15);
        var z = state;
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return (int)((z ^ (z >> 31)) % (ulong)n);
    }
}
