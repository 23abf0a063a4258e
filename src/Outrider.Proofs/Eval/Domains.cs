namespace Outrider.Proofs.Eval;

/// <summary>Finite stand-ins for infinite types: how far exploration looks.</summary>
public sealed record Limits
{
    /// <summary>Numbers that a step may choose freely: 0 to this one, and to the largest index of a host.</summary>
    public int MaxChoice { get; init; } = 1;

    /// <summary>Elements of each abstract type.</summary>
    public int Atoms { get; init; } = 2;

    /// <summary>Length of a sequence that nothing else determines.</summary>
    public int MaxLength { get; init; } = 2;
}

/// <summary>The values a type offers, under the limits and in view of the state at hand.</summary>
internal sealed class Domains(Limits limits)
{
    private const int MaxProduct = 4096;

    private int Most => Math.Max(limits.MaxChoice, MaxIndex);

    private long[]? active;

    public Limits Limits => limits;

    /// <summary>Largest index of a host at the present sizes: a step may name any of them.</summary>
    public int MaxIndex { get; set; }

    /// <summary>Gives the numbers that occur in the state; asked for only when a quantifier has no bound.</summary>
    public Func<IEnumerable<Value>>? State { get; set; }

    /// <summary>
    /// Numbers that an unbounded quantifier ranges over: the choices and all that the state mentions.
    /// </summary>
    public IReadOnlyList<long> ActiveInts => active ??= Collect();

    public void StateChanged() => active = null;

    public static IEnumerable<Value> Subsets(IReadOnlyList<Value> items)
    {
        if (items.Count > 12)
        {
            throw new NotExecutable($"the subsets of a set of {items.Count}");
        }

        for (var mask = 0; mask < 1 << items.Count; mask++)
        {
            var bits = mask;
            yield return SetValue.Of(items.Where((_, i) => (bits >> i & 1) != 0));
        }
    }

    public IReadOnlyList<Value> Atoms(Shape shape) =>
        [.. Enumerable.Range(0, limits.Atoms).Select(i => new AtomValue($"{shape.Type.ShortName}{i}"))];

    /// <summary>All values of a finite type, and for numbers the active ones; null for types without end.</summary>
    public IEnumerable<Value>? All(Shape shape) => Filter(shape, AllOf(shape, 0));

    /// <summary>The values a choice may take: as <see cref="All"/>, with numbers up to the limit only.</summary>
    public IEnumerable<Value>? Choices(Shape shape) => shape.Kind == ShapeKind.Int
        ? Filter(shape, Enumerable.Range(0, Most + 1).Select(i => IntValue.Of(i)))
        : null;

    /// <summary>The sets that a choice of a set, or of the keys of a map, may take.</summary>
    public IEnumerable<Value> SetChoices(Shape shape, bool active)
    {
        var element = shape.Args[0];
        var items = (active ? null : Choices(element)) ?? All(element)
            ?? (element.Kind == ShapeKind.Set ? SetChoices(element, active) : null)
            ?? throw new NotExecutable($"nothing determines a value of type {shape.Type}");
        return Subsets([.. items.Take(9)]);
    }

    private static IEnumerable<Value>? Filter(Shape shape, IEnumerable<Value>? values) =>
        shape.Constraint == null ? values : values?.Where(shape.Constraint);

    private IEnumerable<Value>? AllOf(Shape shape, int depth)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Bool:
                return [BoolValue.False, BoolValue.True];
            case ShapeKind.Int:
                return depth == 0 ? ActiveInts.Where(n => !shape.IsNat || n >= 0).Select(IntValue.Of) : null;
            case ShapeKind.Abstract:
                return Atoms(shape);
            case ShapeKind.Datatype when depth < 3:
                return Products(shape, depth);
            default:
                return null;
        }
    }

    private List<Value>? Products(Shape shape, int depth)
    {
        var all = new List<Value>();
        for (var i = 0; i < shape.Ctors.Count; i++)
        {
            var rows = new List<Value[]> { Array.Empty<Value>() };
            foreach (var arg in shape.CtorArgs[i])
            {
                if (AllOf(arg, depth + 1) is not { } choices)
                {
                    return null;
                }

                var kept = choices.ToList();
                if (rows.Count * kept.Count > MaxProduct)
                {
                    return null;
                }

                rows = [.. rows.SelectMany(r => kept.Select(v => (Value[])[.. r, v]))];
            }

            all.AddRange(rows.Select(r => new CtorValue(shape.Ctors[i], r)));
        }

        return all;
    }

    private long[] Collect()
    {
        var seen = new SortedSet<long>(Enumerable.Range(0, Most + 1).Select(i => (long)i));
        foreach (var v in State?.Invoke() ?? [])
        {
            Visit(v, seen);
        }

        return [.. seen];
    }

    private static void Visit(Value value, SortedSet<long> seen)
    {
        switch (value)
        {
            case IntValue n:
                seen.Add(n.Number);
                break;
            case CtorValue c:
                VisitAll(c.Parts, seen);
                break;
            case SetValue s:
                VisitAll(s.Parts, seen);
                break;
            case SeqValue q:
                // Indices of sequences are numbers too, though no value mentions them.
                for (var i = 0; i < q.Parts.Length; i++)
                {
                    seen.Add(i);
                }

                VisitAll(q.Parts, seen);
                break;
            case MapValue map:
                VisitAll(map.KeyParts, seen);
                VisitAll(map.ValueParts, seen);
                break;
        }
    }

    private static void VisitAll(Value[] parts, SortedSet<long> seen)
    {
        foreach (var p in parts)
        {
            Visit(p, seen);
        }
    }
}
