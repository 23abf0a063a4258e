namespace Outrider.Proofs.Eval;

/// <summary>Where the values of a bound variable come from.</summary>
internal sealed record Source(Shape Shape, int Slot, string Name, SourceKind Kind, Node? A, Node? B)
{
    /// <summary>The values, or null when stuck; <paramref name="free"/> when only the solver can find them.</summary>
    public IEnumerable<Value>? Values(Value?[] frame, Machine m, out bool free)
    {
        free = false;
        switch (Kind)
        {
            case SourceKind.Range:
                return Range(frame, m);
            case SourceKind.Element:
                return m.Ground(A!.Eval(frame, m)) switch
                {
                    null => null,
                    SetValue s => s.Parts,
                    MapValue map => map.KeyParts,
                    SeqValue q => q.Parts.Distinct(),
                    var other => throw new NotExecutable("elements of " + other.GetType().Name),
                };
            case SourceKind.Exact:
                return m.Ground(A!.Eval(frame, m)) is { } v ? [v] : null;
            case SourceKind.Subset:
                return m.Ground(A!.Eval(frame, m)) is SetValue whole ? Domains.Subsets(whole.Parts) : null;
            default:
                var all = m.Domains.All(Shape);
                free = all == null;
                return all ?? [];
        }
    }

    private IEnumerable<Value>? Range(Value?[] frame, Machine m)
    {
        long? low = Shape.IsNat ? 0 : null;
        long? high = null;
        if (A != null)
        {
            low = A.Number(frame, m);
            if (low == null)
            {
                return null;
            }
        }

        if (B != null)
        {
            high = B.Number(frame, m);
            if (high == null)
            {
                return null;
            }
        }

        return low != null && high != null
            ? Between(low.Value, high.Value)
            : m.Domains.ActiveInts.Where(n => (low == null || n >= low) && (high == null || n < high))
                .Select(IntValue.Of);
    }

    private static IEnumerable<Value> Between(long low, long high)
    {
        for (var n = low; n < high; n++)
        {
            yield return IntValue.Of(n);
        }
    }
}

internal enum SourceKind
{
    Range,
    Element,
    Exact,
    Subset,
    Free,
}

/// <summary>Walks the values of bound variables, in the order of their declaration.</summary>
internal abstract class BinderNode(Source[] sources, Node? range) : Node
{
    public Source[] Sources => sources;

    public Node? Range => range;

    /// <summary>Whether a variable's values only the solver can find, with the range and body as constraints.</summary>
    public bool NeedsSolver { get; private set; }

    /// <summary>
    /// Calls <paramref name="visit"/> for each choice that satisfies the range until it answers false. Answers null
    /// when stuck, else whether it ran to the end.
    /// </summary>
    protected bool? Walk(Value?[] frame, Machine m, int at, Func<bool?> visit)
    {
        if (at == sources.Length)
        {
            var inside = range == null ? true : range.Test(frame, m);
            return inside switch
            {
                null => null,
                true => visit(),
                false => true,
            };
        }

        var values = sources[at].Values(frame, m, out var free);
        if (free)
        {
            NeedsSolver = true;
            throw new NeedsSolverSignal();
        }

        if (values == null)
        {
            return null;
        }

        // A stuck choice does not decide: a later one may still stop the walk.
        var stuck = false;
        foreach (var v in values)
        {
            frame[sources[at].Slot] = v;
            var r = Walk(frame, m, at + 1, visit);
            if (r == false)
            {
                return false;
            }

            stuck |= r == null;
        }

        return stuck ? null : true;
    }

    /// <summary>All choices that satisfy the range, each in a frame of its own; null when stuck.</summary>
    public List<Value?[]>? Choices(Value?[] frame, Machine m)
    {
        var found = new List<Value?[]>();
        var r = Walk(frame, m, 0, () =>
        {
            found.Add((Value?[])frame.Clone());
            return true;
        });
        return r == null ? null : found;
    }

    /// <summary>A frame in which each variable is a fresh hole.</summary>
    public Value?[] WithHoles(Value?[] frame, Machine m)
    {
        var inner = (Value?[])frame.Clone();
        foreach (var s in sources)
        {
            inner[s.Slot] = new Hole(s.Shape);
        }

        return inner;
    }
}

internal sealed class NeedsSolverSignal : Exception;

internal sealed class QuantifierNode(bool forall, Source[] sources, Node? range, Node body)
    : BinderNode(sources, range)
{
    public bool Forall => forall;

    public Node Body => body;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        if (!NeedsSolver)
        {
            try
            {
                return Enumerate(frame, m);
            }
            catch (NeedsSolverSignal)
            {
                // Falls through, and from now on goes to the solver at once.
            }
        }

        return m.SolveQuantifier(this, frame);
    }

    private Value? Enumerate(Value?[] frame, Machine m)
    {
        var r = Walk(frame, m, 0, () => body.Test(frame, m) is { } truth ? truth == forall : null);
        return r == null ? null : BoolValue.Of(r.Value == forall);
    }
}

internal sealed class SetOfNode(Source[] sources, Node? range, Node body) : BinderNode(sources, range)
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var found = new List<Value>();
        var r = Walk(frame, m, 0, () =>
        {
            var v = m.Ground(body.Eval(frame, m));
            if (v != null)
            {
                found.Add(v);
            }

            return v == null ? null : true;
        });
        return r == null ? null : SetValue.Of(found);
    }
}

internal sealed class MapOfNode(Source[] sources, Node? range, Node? key, Node body) : BinderNode(sources, range)
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var found = new List<KeyValuePair<Value, Value>>();
        var r = Walk(frame, m, 0, () =>
        {
            var k = key == null ? frame[Sources[0].Slot] : m.Ground(key.Eval(frame, m));
            var v = k == null ? null : body.Eval(frame, m);
            if (k == null || v == null)
            {
                return null;
            }

            found.Add(new(k, v));
            return true;
        });
        return r == null ? null : MapValue.Of(found);
    }
}

/// <summary><c>var x :| p; e</c>: the least witness, so that the choice is a function as Dafny demands.</summary>
internal sealed class SuchThatNode(Source[] sources, Node constraint, Node body) : BinderNode(sources, constraint)
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        Value?[]? chosen = null;
        var r = Walk(frame, m, 0, () =>
        {
            chosen = (Value?[])frame.Clone();
            return false;
        });
        return chosen != null ? body.Eval(chosen, m)
            : r == null ? null
            : throw new Undefined("no value satisfies a such-that choice");
    }
}
