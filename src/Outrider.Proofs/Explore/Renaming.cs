using Outrider.Proofs.Eval;

namespace Outrider.Proofs.Explore;

/// <summary>
/// A renaming of host indices within groups and of the elements of abstract types. Which numbers are indices is told by
/// the name of their type: a synonym that the group's constants use for the host's own index.
/// </summary>
internal sealed class Renaming(
    IReadOnlyDictionary<string, int[]> indices, IReadOnlyDictionary<string, int[]> positions,
    IReadOnlyDictionary<string, int[]> atoms)
{
    private readonly Dictionary<Shape, bool> touched = [];

    /// <summary>The state with hosts moved to their new places and all mentions of them renamed.</summary>
    public State Apply(State s, Shape constants, Shape hosts, Shape network) => new(
        (CtorValue)Groups((CtorValue)s.Constants, constants), (CtorValue)Groups(s.Hosts, hosts),
        Apply(s.Network, network));

    public Value Apply(Value value, Shape shape)
    {
        if (!Touches(shape))
        {
            return value;
        }

        switch (value)
        {
            case IntValue n when indices.TryGetValue(shape.Type.Name, out var map):
                return n.Number >= 0 && n.Number < map.Length ? IntValue.Of(map[n.Number]) : value;
            case AtomValue a when atoms.TryGetValue(shape.Type.Name, out var map):
                var name = shape.Type.ShortName;
                return int.TryParse(a.Text.AsSpan(name.Length), out var i) && i < map.Length
                    ? new AtomValue($"{name}{map[i]}")
                    : value;
            case CtorValue c:
                var shapes = shape.CtorArgs[c.Shape.Index];
                return new CtorValue(c.Shape, [.. c.Parts.Select((p, k) => Apply(p, shapes[k]))]);
            case SetValue s:
                return SetValue.Of(s.Parts.Select(p => Apply(p, shape.Args[0])));
            case SeqValue q:
                return new SeqValue([.. q.Parts.Select(p => Apply(p, shape.Args[0]))]);
            case MapValue m:
                var values = shape.Args.Count > 1 ? shape.Args[1] : null;
                return MapValue.Of(m.Pairs().Select(p => new KeyValuePair<Value, Value>(
                    Apply(p.Key, shape.Args[0]), values == null ? p.Value : Apply(p.Value, values))));
            default:
                return value;
        }
    }

    private CtorValue Groups(CtorValue all, Shape shape)
    {
        var parts = new Value[all.Parts.Length];
        for (var k = 0; k < parts.Length; k++)
        {
            var field = shape.CtorArgs[0][k];
            parts[k] = all.Parts[k] is SeqValue q && positions.TryGetValue(all.Shape.Fields[k], out var map)
                && map.Length == q.Parts.Length
                ? Moved(q, field.Args[0], map)
                : Apply(all.Parts[k], field);
        }

        return new CtorValue(all.Shape, parts);
    }

    private SeqValue Moved(SeqValue hosts, Shape shape, int[] map)
    {
        var moved = new Value[hosts.Parts.Length];
        for (var i = 0; i < moved.Length; i++)
        {
            moved[map[i]] = Apply(hosts.Parts[i], shape);
        }

        return new SeqValue(moved);
    }

    private bool Touches(Shape shape)
    {
        if (touched.TryGetValue(shape, out var known))
        {
            return known;
        }

        touched[shape] = false;
        var result = indices.ContainsKey(shape.Type.Name) || atoms.ContainsKey(shape.Type.Name)
            || shape.Args.Any(Touches) || shape.CtorArgs.Any(c => c.Any(Touches));
        touched[shape] = result;
        return result;
    }
}
