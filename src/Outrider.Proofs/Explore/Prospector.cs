using Outrider.Proofs.Eval;

namespace Outrider.Proofs.Explore;

/// <summary>
/// What random runs have come by, one state for each kind, so that later runs begin there and not at the beginning
/// again: a run of thirty steps of which each is one among many is hardly ever drawn whole.
/// </summary>
/// <remarks>
/// Two states are of one kind when their hosts are alike up to their order, the members of sets and the larger
/// numbers. Source of the idea: Go-Explore (Ecoffet et al. 2021), and coverage-guided fuzzing before it.
/// </remarks>
internal sealed class Prospector(SplitMix random)
{
    private const int Candidates = 5;
    private const long NumbersTold = 7;
    private readonly HashSet<ulong> known = [];
    private readonly List<Place> places = [];

    /// <summary>A state and how it was reached.</summary>
    internal sealed class Place(State state, Place? before, StepLabel? step)
    {
        public State State => state;

        public int Depth { get; } = before == null ? 0 : before.Depth + 1;

        public int Visits { get; set; }

        public Run Path()
        {
            var states = new List<State>();
            var steps = new List<StepLabel>();
            for (var at = this; at != null; at = at.Before)
            {
                states.Add(at.State);
                if (at.Step != null)
                {
                    steps.Add(at.Step);
                }
            }

            states.Reverse();
            steps.Reverse();
            return new Run(states, steps);
        }

        private Place? Before => before;

        private StepLabel? Step => step;
    }

    /// <summary>Keeps the place if none of its kind is known.</summary>
    public void Note(Place place)
    {
        if (known.Add(Kind(place.State)))
        {
            places.Add(place);
        }
    }

    /// <summary>Where to go on: of a few the one that was seldom gone on from, the deepest of these.</summary>
    public Place Choose()
    {
        var best = places[random.Below(places.Count)];
        for (var i = 1; i < Candidates; i++)
        {
            var other = places[random.Below(places.Count)];
            if (other.Visits < best.Visits || (other.Visits == best.Visits && other.Depth > best.Depth))
            {
                best = other;
            }
        }

        best.Visits++;
        return best;
    }

    private static ulong Kind(State state)
    {
        var kind = 17UL;
        foreach (var group in state.Hosts.Args)
        {
            // Hosts in any order: a sum does not tell them apart.
            var sum = 0UL;
            foreach (var host in ((SeqValue)group).Items)
            {
                sum += Spread(Kind(host));
            }

            kind = Spread(kind + sum);
        }

        return kind;
    }

    private static ulong Kind(Value value)
    {
        switch (value)
        {
            case IntValue number:
                return (ulong)Math.Clamp(number.Number, -1, NumbersTold) + 3;
            case SetValue set:
                return Spread((ulong)set.Items.Count + 101);
            case MapValue map:
                var sum = (ulong)map.Keys.Count + 211;
                foreach (var one in map.Values)
                {
                    sum += Spread(Kind(one));
                }

                return Spread(sum);
            case SeqValue sequence:
                return Ordered((ulong)sequence.Items.Count + 307, sequence.Items);
            case CtorValue made:
                return Ordered((ulong)made.Shape.Index + 401, made.Args);
            default:
                return (uint)value.GetHashCode();
        }
    }

    private static ulong Ordered(ulong kind, IReadOnlyList<Value> parts)
    {
        foreach (var part in parts)
        {
            kind = Spread((kind * 31) + Kind(part));
        }

        return kind;
    }

    private static ulong Spread(ulong z)
    {
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}
