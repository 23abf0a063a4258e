using Outrider.Proofs.Eval;

namespace Outrider.Proofs.Explore;

/// <summary>Random runs, for what lies deeper than breadth-first search gets; a violating run is shortened.</summary>
internal sealed class Walker(Protocol protocol, Checks checks, ExploreOptions options, WorkClock clock)
{
    private const int SameWeights = 12;
    private static readonly int[] Paces = [0, 1, 1, 4];

    // Terms and ballots that may always grow outrun what needs two hosts in the same small one.
    private static readonly long[] Caps = [2, 3, 5, long.MaxValue];

    private const int LegSteps = 12;
    private const int Legs = 6;

    private readonly SplitMix random = new(options.Seed);
    private readonly Dictionary<(string Sizes, long Cap), Prospector> prospectors = [];
    private long cap = long.MaxValue;

    public long Steps { get; private set; }

    /// <summary>
    /// Walks from the given initial states in turn, until the time is up or the runs are done; every second time from
    /// places that earlier runs have come by.
    /// </summary>
    public Violation? Walk(IReadOnlyList<(IReadOnlyList<State> Initial, string Sizes)> starts, double untilSeconds)
    {
        // One host of a kind hides what two do to each other, and two have no majority but both. Of the choices beyond
        // that the larger ones are no better: their runs are longer.
        var telling = starts.Where(s => Sizes(s.Initial[0]) is var n && n.Min() > 1 && n.Max() > 2).ToList();
        for (var walk = 0; walk < options.RandomRuns && clock.Elapsed.TotalSeconds < untilSeconds; walk++)
        {
            var among = walk % 4 < 3 && telling.Count > 0 ? telling : starts;
            var (initial, sizes) = among[random.Below(among.Count)];
            checks.Sizes = sizes;
            cap = Caps[random.Below(Caps.Length)];
            var violation = walk % 2 == 0
                ? One(initial[random.Below(initial.Count)], sizes, untilSeconds)
                : Prospect(initial, sizes, untilSeconds);
            if (violation != null)
            {
                return violation;
            }
        }

        return null;
    }

    private int[] Sizes(State state) =>
        [.. Enumerable.Range(0, protocol.Groups.Count).Select(g => protocol.Size(state, g))];

    private Violation? One(State initial, string sizes, double untilSeconds)
    {
        var states = new List<State> { initial };
        var labels = new List<StepLabel>();
        var weights = new int[protocol.StepChoices(initial)];
        while (labels.Count < options.MaxSteps && clock.Elapsed.TotalSeconds < untilSeconds)
        {
            if (labels.Count % SameWeights == 0)
            {
                Weigh(weights);
            }

            var all = Next(states[^1], [.. weights]);
            if (all.Count == 0)
            {
                return null;
            }

            var t = Pick(all);
            Steps++;
            states.Add(t.Next);
            labels.Add(t.Label);
            if (checks.Broken(t.Next, states[^2], t.Label, () => new Run([.. states], [.. labels])) is { } b)
            {
                var run = Shorten(new Run(states, labels), b.Predicate);
                return new Violation(b.Predicate, run, sizes, b.Detail);
            }
        }

        return null;
    }

    private Violation? Prospect(IReadOnlyList<State> initial, string sizes, double untilSeconds)
    {
        if (!prospectors.TryGetValue((sizes, cap), out var prospector))
        {
            prospectors.Add((sizes, cap), prospector = new Prospector(random));
            foreach (var state in initial)
            {
                prospector.Note(new Prospector.Place(state, null, null));
            }
        }

        for (var leg = 0; leg < Legs; leg++)
        {
            var at = prospector.Choose();
            var weights = new int[protocol.StepChoices(at.State)];
            Weigh(weights);
            for (var i = 0; i < LegSteps && at.Depth < options.MaxSteps; i++)
            {
                var all = Next(at.State, [.. weights]);
                if (all.Count == 0 || clock.Elapsed.TotalSeconds >= untilSeconds)
                {
                    break;
                }

                var t = Pick(all);
                Steps++;
                var before = at.State;
                at = new Prospector.Place(t.Next, at, t.Label);
                if (checks.Broken(t.Next, before, t.Label, at.Path) is { } b)
                {
                    return new Violation(b.Predicate, Shorten(at.Path(), b.Predicate), sizes, b.Detail);
                }

                prospector.Note(at);
            }
        }

        return null;
    }

    // A system whose hosts all move at the same pace hides what needs one of them to be late: for some steps each host
    // is slow, asleep or in a hurry.
    private void Weigh(int[] weights)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Paces[random.Below(Paces.Length)];
        }
    }

    /// <summary>The steps of an actor that has any, drawn by weight; those that weigh nothing come last.</summary>
    private List<Transition> Next(State state, int[] weights)
    {
        for (var left = weights.Length; left > 0; left--)
        {
            var total = weights.Where(w => w > 0).Sum();
            var awake = total > 0;
            var draw = random.Below(awake ? total : left);
            var choice = Array.FindIndex(weights, w => w >= 0 && (draw -= awake ? w : 1) < 0);
            weights[choice] = -1;
            var all = protocol.Successors(state, choice)
                .Where(t => !t.Next.Equals(state) && Largest(t.Next.Hosts) <= cap && checks.Within(t.Next)).ToList();
            if (all.Count > 0)
            {
                return all;
            }
        }

        return [];
    }

    private static long Largest(Value value) => value switch
    {
        IntValue number => number.Number,
        CtorValue made => Largest(made.Args),
        SeqValue sequence => Largest(sequence.Items),
        SetValue set => Largest(set.Items),
        MapValue map => Math.Max(Largest(map.Keys), Largest(map.Values)),
        _ => 0,
    };

    private static long Largest(IReadOnlyList<Value> values)
    {
        var largest = 0L;
        for (var i = 0; i < values.Count; i++)
        {
            largest = Math.Max(largest, Largest(values[i]));
        }

        return largest;
    }

    // First who does what, then with which message or choice: else the step with the most choices drowns the others.
    private Transition Pick(IReadOnlyList<Transition> all)
    {
        var kinds = all.GroupBy(t => (t.Label.Group, t.Label.Actor, t.Label.Transition)).ToList();
        var kind = kinds[random.Below(kinds.Count)].ToList();
        return kind[random.Below(kind.Count)];
    }

    /// <summary>Leaves out steps, last first, as long as the rest can still be taken and still ends badly.</summary>
    private Run Shorten(Run run, string predicate)
    {
        var again = true;
        while (again)
        {
            again = false;
            for (var i = run.Length - 2; i >= 0 && clock.Elapsed.TotalSeconds < options.MaxSeconds * 1.5; i--)
            {
                if (Without(run, i, predicate) is { } shorter)
                {
                    run = shorter;
                    again = true;
                    i = Math.Min(i, run.Length - 1);
                }
            }
        }

        return run;
    }

    private Run? Without(Run run, int skipped, string predicate)
    {
        var states = run.States.Take(skipped + 1).ToList();
        var labels = run.Steps.Take(skipped).ToList();
        for (var i = skipped + 1; i < run.Length; i++)
        {
            var wanted = run.Steps[i].ToString();
            var taken = protocol.Successors(states[^1]).FirstOrDefault(t => t.Label.ToString() == wanted);
            if (taken == null)
            {
                return null;
            }

            states.Add(taken.Next);
            labels.Add(taken.Label);
            if (checks.Fails(predicate, states))
            {
                return new Run(states, labels);
            }
        }

        return null;
    }
}
