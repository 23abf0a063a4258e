using Outrider.Proofs.Eval;

namespace Outrider.Proofs.Explore;

/// <summary>
/// Finds which groups of hosts are interchangeable and gives each state a representative. Candidates come from the
/// types; each is tried on sampled states (renaming must commute with stepping) and dropped when it fails. Explored
/// states are always ones that were really reached: a wrong symmetry could hide a state, never invent one.
/// </summary>
internal sealed class Symmetry
{
    private const int MaxRenamings = 48;
    private readonly List<Renaming> renamings = [];
    private readonly Protocol protocol;

    private Symmetry(Protocol protocol) => this.protocol = protocol;

    /// <summary>The names of what is interchangeable, for the report.</summary>
    public List<string> Names { get; } = [];

    public static Symmetry Find(Protocol protocol, IReadOnlyList<State> initial, IReadOnlyList<State> sample)
    {
        var symmetry = new Symmetry(protocol);
        var accepted = new List<(string Name, Axis Axis)>();
        foreach (var (name, axis) in Candidates(protocol, initial))
        {
            var product = accepted.Aggregate(Factorial(axis.Size), (n, a) => n * Factorial(a.Axis.Size));
            if (product <= MaxRenamings && Commutes(protocol, axis, initial, sample))
            {
                accepted.Add((name, axis));
            }
        }

        symmetry.Names.AddRange(accepted.Select(a => a.Name));
        symmetry.Fill([.. accepted.Select(a => a.Axis)], 0, []);
        return symmetry;
    }

    public State Representative(State s)
    {
        var best = s;
        foreach (var r in renamings)
        {
            var other = protocol.Renamed(r, s);
            if (Less(other, best))
            {
                best = other;
            }
        }

        return best;
    }

    private static bool Less(State a, State b)
    {
        var d = a.Hosts.GetHashCode().CompareTo(b.Hosts.GetHashCode());
        d = d != 0 ? d : a.Network.GetHashCode().CompareTo(b.Network.GetHashCode());
        d = d != 0 ? d : a.Constants.CompareTo(b.Constants);
        d = d != 0 ? d : a.Hosts.CompareTo(b.Hosts);
        return (d != 0 ? d : a.Network.CompareTo(b.Network)) < 0;
    }

    private static long Factorial(int n) => n <= 1 ? 1 : n * Factorial(n - 1);

    private static IEnumerable<(string Name, Axis Axis)> Candidates(Protocol protocol, IReadOnlyList<State> initial)
    {
        var first = initial[0];
        var taken = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var group in protocol.Groups)
        {
            var constants = ((SeqValue)first.Constants.Field(group.ConstantsField)!).Parts;
            var types = protocol.IndexTypes(group, constants).Where(taken.Add).ToArray();
            if (constants.Length > 1)
            {
                // Without a type of its own the hosts' places alone are renamed: right when nothing mentions them.
                string[] places = [.. new[] { group.Field, group.ConstantsField }.Distinct()];
                yield return (group.Field, new Axis(types, places, [], constants.Length));
            }
        }

        foreach (var type in protocol.AbstractTypes())
        {
            yield return (type, new Axis([], [], [type], protocol.Limits.Atoms));
        }
    }

    private static bool Commutes(
        Protocol protocol, Axis axis, IReadOnlyList<State> initial, IReadOnlyList<State> sample)
    {
        var swap = Enumerable.Range(0, axis.Size).ToArray();
        (swap[0], swap[1]) = (1, 0);
        var cycle = Enumerable.Range(0, axis.Size).Select(i => (i + 1) % axis.Size).ToArray();
        var starts = new HashSet<State>(initial);
        foreach (var generator in axis.Size == 2 ? new[] { swap } : [swap, cycle])
        {
            var r = axis.Renaming(generator);
            if (initial.Any(s => !starts.Contains(protocol.Renamed(r, s))))
            {
                return false;
            }

            foreach (var s in sample)
            {
                var there = new HashSet<State>(protocol.Successors(protocol.Renamed(r, s)).Select(t => t.Next));
                var here = protocol.Successors(s).Select(t => protocol.Renamed(r, t.Next)).ToList();
                if (here.Count != there.Count || here.Exists(n => !there.Contains(n)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private void Fill(Axis[] axes, int at, List<(Axis Axis, int[] Map)> chosen)
    {
        if (at == axes.Length)
        {
            if (chosen.Exists(c => !c.Map.SequenceEqual(Enumerable.Range(0, c.Map.Length))))
            {
                renamings.Add(Axis.Combine(chosen));
            }

            return;
        }

        foreach (var map in Permutations([.. Enumerable.Range(0, axes[at].Size)], 0))
        {
            Fill(axes, at + 1, [.. chosen, (axes[at], map)]);
        }
    }

    private static IEnumerable<int[]> Permutations(int[] items, int at)
    {
        if (at >= items.Length - 1)
        {
            yield return (int[])items.Clone();
            yield break;
        }

        for (var i = at; i < items.Length; i++)
        {
            (items[at], items[i]) = (items[i], items[at]);
            foreach (var p in Permutations(items, at + 1))
            {
                yield return p;
            }

            (items[at], items[i]) = (items[i], items[at]);
        }
    }

    private sealed record Axis(string[] Types, string[] Positions, string[] Atoms, int Size)
    {
        public Renaming Renaming(int[] map) => Combine([(this, map)]);

        public static Renaming Combine(List<(Axis Axis, int[] Map)> parts)
        {
            SortedDictionary<string, int[]> Maps(Func<Axis, string[]> names)
            {
                var maps = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
                foreach (var (axis, map) in parts)
                {
                    foreach (var n in names(axis))
                    {
                        maps[n] = map;
                    }
                }

                return maps;
            }

            return new Renaming(Maps(a => a.Types), Maps(a => a.Positions), Maps(a => a.Atoms));
        }
    }
}
