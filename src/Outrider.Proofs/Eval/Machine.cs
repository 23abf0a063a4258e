namespace Outrider.Proofs.Eval;

/// <summary>
/// What evaluation shares: the bindings of holes with the trail to take them back, the domains, and the hole that the
/// latest evaluation got stuck on.
/// </summary>
internal sealed partial class Machine(Domains domains)
{
    private const int MaxDepth = 400;
    private readonly List<Hole> trail = [];
    private int depth;

    /// <summary>Depth of calls, to be put back by whoever catches <see cref="Undefined"/>.</summary>
    public int Depth
    {
        get => depth;
        set => depth = value;
    }

    public Domains Domains => domains;

    public Hole? Stuck { get; private set; }

    public static Value Deref(Value v)
    {
        while (v is Hole { Binding: { } bound })
        {
            v = bound;
        }

        return v;
    }

    /// <summary>The value itself, or null with <see cref="Stuck"/> set when it is an unbound hole.</summary>
    public Value? Look(Value? v)
    {
        if (v == null)
        {
            return null;
        }

        v = Deref(v);
        if (v is Hole h)
        {
            Stuck = h;
            return null;
        }

        return v;
    }

    /// <summary>As <see cref="Look"/>, but a hole of a type with one constructor becomes that constructor.</summary>
    public Value? Open(Value? v)
    {
        if (v == null)
        {
            return null;
        }

        v = Deref(v);
        if (v is not Hole h)
        {
            return v;
        }

        if (h.Shape.Kind == ShapeKind.Datatype && h.Shape.Ctors.Count == 1 && h.Candidates == null
            && h.Shape.Constraint == null)
        {
            var made = Fresh(h.Shape, 0);
            Bind(h, made);
            return made;
        }

        Stuck = h;
        return null;
    }

    public static CtorValue Fresh(Shape shape, int ctor)
    {
        var args = shape.CtorArgs[ctor];
        var parts = new Value[args.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = new Hole(args[i]);
        }

        return new CtorValue(shape.Ctors[ctor], parts);
    }

    /// <summary>The value with every bound hole replaced; null when an unbound one stands in it.</summary>
    public Value? Ground(Value? v)
    {
        if (v == null || v.IsGround)
        {
            return v;
        }

        v = Deref(v);
        switch (v)
        {
            case { IsGround: true }:
                return v;
            case Hole h:
                Stuck = h;
                return null;
            case CtorValue c:
                return GroundAll(c.Parts) is { } fields ? new CtorValue(c.Shape, fields) : null;
            case SeqValue q:
                return GroundAll(q.Parts) is { } items ? new SeqValue(items) : null;
            case MapValue map:
                return GroundAll(map.ValueParts) is { } values ? map.WithValues(values) : null;
            default:
                return v;
        }
    }

    public Value[]? EvalAll(Node[] nodes, Value?[] frame)
    {
        var values = new Value[nodes.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var v = nodes[i].Eval(frame, this);
            if (v == null)
            {
                return null;
            }

            values[i] = v;
        }

        return values;
    }

    /// <summary>Whether two terms are equal whatever their holes become; null when that is open.</summary>
    public bool? Same(Value a, Value b)
    {
        a = Deref(a);
        b = Deref(b);
        if (ReferenceEquals(a, b))
        {
            return true;
        }

        if (a is Hole || b is Hole)
        {
            Stuck = (a as Hole) ?? (Hole)b;
            return null;
        }

        if (a.IsGround && b.IsGround)
        {
            return a.Equals(b);
        }

        return (a, b) switch
        {
            (CtorValue x, CtorValue y) => ReferenceEquals(x.Shape, y.Shape) ? SameAll(x.Parts, y.Parts) : false,
            (SeqValue x, SeqValue y) => x.Parts.Length == y.Parts.Length ? SameAll(x.Parts, y.Parts) : false,
            (MapValue x, MapValue y) => x.KeyParts.AsSpan().SequenceEqual(y.KeyParts)
                ? SameAll(x.ValueParts, y.ValueParts)
                : false,
            _ => false,
        };
    }

    public void Bind(Hole hole, Value value)
    {
        hole.Binding = value;
        trail.Add(hole);
    }

    public int Mark() => trail.Count;

    public void Undo(int mark)
    {
        for (var i = trail.Count - 1; i >= mark; i--)
        {
            trail[i].Binding = null;
        }

        trail.RemoveRange(mark, trail.Count - mark);
    }

    /// <summary>Makes two terms equal by binding holes. False when they cannot be; the caller undoes.</summary>
    public bool Unify(Value a, Value b)
    {
        a = Deref(a);
        b = Deref(b);
        if (ReferenceEquals(a, b))
        {
            return true;
        }

        if (a is Hole ha)
        {
            return BindChecked(ha, b);
        }

        if (b is Hole hb)
        {
            return BindChecked(hb, a);
        }

        if (a.IsGround && b.IsGround)
        {
            return a.Equals(b);
        }

        return (a, b) switch
        {
            (CtorValue x, CtorValue y) => ReferenceEquals(x.Shape, y.Shape) && UnifyAll(x.Parts, y.Parts),
            (SeqValue x, SeqValue y) => x.Parts.Length == y.Parts.Length && UnifyAll(x.Parts, y.Parts),
            (MapValue x, MapValue y) => x.KeyParts.AsSpan().SequenceEqual(y.KeyParts)
                && UnifyAll(x.ValueParts, y.ValueParts),
            _ => false,
        };
    }

    public void EnterCall(string name)
    {
        if (++depth > MaxDepth)
        {
            depth = 0;
            throw new NotExecutable($"{name} recurses more than {MaxDepth} calls deep");
        }
    }

    public void LeaveCall() => depth--;

    private bool BindChecked(Hole hole, Value value)
    {
        if (hole.Candidates != null && value is not Hole)
        {
            var fits = false;
            foreach (var c in hole.Candidates)
            {
                fits |= Same(c, value) != false;
            }

            if (!fits)
            {
                return false;
            }
        }

        // The type of the hole is part of what it demands: a nat is no negative number.
        if (value is IntValue n && hole.Shape.IsNat && n.Number < 0)
        {
            return false;
        }

        if (hole.Shape.Constraint is { } constraint && value.IsGround && !constraint(value))
        {
            return false;
        }

        Bind(hole, value);
        return true;
    }

    private bool UnifyAll(Value[] a, Value[] b)
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (!Unify(a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }

    private bool? SameAll(Value[] a, Value[] b)
    {
        bool? all = true;
        for (var i = 0; i < a.Length; i++)
        {
            var same = Same(a[i], b[i]);
            if (same == false)
            {
                return false;
            }

            all = same == null ? null : all;
        }

        return all;
    }

    private Value[]? GroundAll(Value[] parts)
    {
        var copy = new Value[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var g = Ground(parts[i]);
            if (g == null)
            {
                return null;
            }

            copy[i] = g;
        }

        return copy;
    }
}
