using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Eval;

internal sealed class ArithmeticNode(BinaryOp op, Node left, Node right) : Node
{
    public BinaryOp Op => op;

    public Node Left => left;

    public Node Right => right;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        if (left.Number(frame, m) is not { } a || right.Number(frame, m) is not { } b)
        {
            return null;
        }

        return op switch
        {
            BinaryOp.Add => IntValue.Of(checked(a + b)),
            BinaryOp.Sub => IntValue.Of(checked(a - b)),
            BinaryOp.Mul => IntValue.Of(checked(a * b)),
            BinaryOp.Div => IntValue.Of(Euclid(a, b).Quotient),
            BinaryOp.Mod => IntValue.Of(Euclid(a, b).Remainder),
            BinaryOp.Lt => BoolValue.Of(a < b),
            BinaryOp.Le => BoolValue.Of(a <= b),
            BinaryOp.Gt => BoolValue.Of(a > b),
            BinaryOp.Ge => BoolValue.Of(a >= b),
            _ => throw new NotExecutable($"operator {op} on integers"),
        };
    }

    // Dafny divides as Euclid does: the remainder is never negative.
    private static (long Quotient, long Remainder) Euclid(long a, long b)
    {
        if (b == 0)
        {
            throw new Undefined("division by zero");
        }

        var r = a % b;
        if (r < 0)
        {
            r += Math.Abs(b);
        }

        return ((a - r) / b, r);
    }
}

/// <summary>Operators between two whole collections; their operands must be ground.</summary>
internal sealed class CollectionNode(BinaryOp op, Node left, Node right) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var l = left.Eval(frame, m);
        var r = l == null ? null : right.Eval(frame, m);
        if (l == null || r == null)
        {
            return null;
        }

        if (op == BinaryOp.Concat)
        {
            return m.Look(l) is SeqValue x && m.Look(r) is SeqValue y ? new SeqValue([.. x.Parts, .. y.Parts]) : null;
        }

        var a = m.Ground(l);
        var b = a == null ? null : m.Ground(r);
        return a == null || b == null ? null : Apply(a, b);
    }

    private Value Apply(Value a, Value b) => (a, b) switch
    {
        (SetValue x, SetValue y) => Sets(x, y),
        (MapValue x, SetValue y) when op == BinaryOp.MapSubtraction =>
            MapValue.Of(x.Pairs().Where(p => !y.Contains(p.Key))),
        (MapValue x, MapValue y) => Maps(x, y),
        (SeqValue x, SeqValue y) => op switch
        {
            BinaryOp.Prefix => BoolValue.Of(IsPrefix(x, y)),
            BinaryOp.ProperPrefix => BoolValue.Of(x.Parts.Length < y.Parts.Length && IsPrefix(x, y)),
            _ => throw new NotExecutable($"operator {op} on sequences"),
        },
        _ => throw new NotExecutable($"operator {op}"),
    };

    private Value Sets(SetValue x, SetValue y) => op switch
    {
        BinaryOp.Union => x.Union(y),
        BinaryOp.Intersection => x.Where(y.Contains),
        BinaryOp.SetDifference => x.Where(v => !y.Contains(v)),
        BinaryOp.Subset => BoolValue.Of(x.IsSubsetOf(y)),
        BinaryOp.Superset => BoolValue.Of(y.IsSubsetOf(x)),
        BinaryOp.ProperSubset => BoolValue.Of(x.Parts.Length < y.Parts.Length && x.IsSubsetOf(y)),
        BinaryOp.ProperSuperset => BoolValue.Of(y.Parts.Length < x.Parts.Length && y.IsSubsetOf(x)),
        BinaryOp.Disjoint => BoolValue.Of(!x.Parts.Any(y.Contains)),
        _ => throw new NotExecutable($"operator {op} on sets"),
    };

    private Value Maps(MapValue x, MapValue y)
    {
        long Count(MapValue m, Value k) => m.Get(k) is IntValue n ? n.Number : 0;
        MapValue Merge(Func<long, long, long> f) => MapValue.Of(
            x.KeyParts.Concat(y.KeyParts).Distinct()
                .Select(k => new KeyValuePair<Value, Value>(k, IntValue.Of(f(Count(x, k), Count(y, k)))))
                .Where(p => ((IntValue)p.Value).Number > 0));
        bool Within(MapValue a, MapValue b) => a.KeyParts.All(k => Count(a, k) <= Count(b, k));
        return op switch
        {
            BinaryOp.MapMerge => MapValue.Of(x.Pairs().Concat(y.Pairs())),
            BinaryOp.MultiSetUnion => Merge((a, b) => a + b),
            BinaryOp.MultiSetIntersection => Merge(Math.Min),
            BinaryOp.MultiSetDifference => Merge((a, b) => Math.Max(0, a - b)),
            BinaryOp.MultiSetDisjoint => BoolValue.Of(!x.KeyParts.Any(k => y.Get(k) != null)),
            BinaryOp.MultiSubset => BoolValue.Of(Within(x, y)),
            BinaryOp.MultiSuperset => BoolValue.Of(Within(y, x)),
            BinaryOp.ProperMultiSubset => BoolValue.Of(Within(x, y) && !Within(y, x)),
            BinaryOp.ProperMultiSuperset => BoolValue.Of(Within(y, x) && !Within(x, y)),
            _ => throw new NotExecutable($"operator {op} on maps or multisets"),
        };
    }

    private static bool IsPrefix(SeqValue x, SeqValue y)
    {
        for (var i = 0; i < x.Parts.Length; i++)
        {
            if (i >= y.Parts.Length || !x.Parts[i].Equals(y.Parts[i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Membership in a set, sequence, map (its keys) or multiset.</summary>
internal sealed class InNode(Node element, Node collection, bool negated) : Node
{
    public Node Element => element;

    public Node Collection => collection;

    public bool Negated => negated;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var e = m.Ground(element.Eval(frame, m));
        var c = e == null ? null : m.Look(collection.Eval(frame, m));
        if (e == null || c == null)
        {
            return null;
        }

        bool? found = c switch
        {
            SetValue s => s.Contains(e),
            MapValue map => map.Get(e) is { } v && v is not IntValue { Number: 0 },
            SeqValue q => AnySame(q, e, m),
            _ => throw new NotExecutable("membership in " + c.GetType().Name),
        };
        if (c is MapValue keyed && Source is BinaryExpr { Op: BinaryOp.InMap or BinaryOp.NotInMap })
        {
            found = keyed.Get(e) != null;
        }

        return found == null ? null : BoolValue.Of(found.Value != negated);
    }

    private static bool? AnySame(SeqValue q, Value e, Machine m)
    {
        bool? any = false;
        foreach (var item in q.Parts)
        {
            var same = m.Same(item, e);
            if (same == true)
            {
                return true;
            }

            any = same == null ? null : any;
        }

        return any;
    }
}

/// <summary>Number of elements of a sequence, set, map or multiset.</summary>
internal sealed class SizeNode(Node operand) : Node
{
    public Node Operand => operand;

    public override Value? Eval(Value?[] frame, Machine m) => m.Look(operand.Eval(frame, m)) switch
    {
        null => null,
        SeqValue q => IntValue.Of(q.Parts.Length),
        SetValue s => IntValue.Of(s.Parts.Length),
        MapValue map when Source is UnaryExpr { Op: UnaryOp.MultiSetCard } =>
            IntValue.Of(map.ValueParts.Sum(v => ((IntValue)v).Number)),
        MapValue map => IntValue.Of(map.KeyParts.Length),
        AtomValue text => IntValue.Of(text.Text.Length),
        var other => throw new NotExecutable("size of " + other.GetType().Name),
    };
}

internal sealed class IndexNode(Node operand, Node index) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var o = m.Look(operand.Eval(frame, m));
        if (o == null)
        {
            return null;
        }

        if (o is SeqValue q)
        {
            return index.Number(frame, m) is not { } i ? null
                : i >= 0 && i < q.Parts.Length ? Machine.Deref(q.Parts[i])
                : throw new Undefined($"index {i} of a sequence of {q.Parts.Length}");
        }

        var key = m.Ground(index.Eval(frame, m));
        if (key == null)
        {
            return null;
        }

        var found = ((MapValue)o).Get(key);
        return found != null ? Machine.Deref(found)
            : Source is IndexExpr { Operand.Type.Name: "multiset" } ? IntValue.Of(0)
            : throw new Undefined($"key {key} is not in the map");
    }
}

internal sealed class SliceNode(Node operand, Node? from, Node? to) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        if (m.Look(operand.Eval(frame, m)) is not SeqValue q)
        {
            return null;
        }

        var low = from == null ? 0 : from.Number(frame, m);
        var high = to == null ? q.Parts.Length : to.Number(frame, m);
        if (low == null || high == null)
        {
            return null;
        }

        return low >= 0 && low <= high && high <= q.Parts.Length
            ? new SeqValue(q.Parts[(int)low.Value..(int)high.Value])
            : throw new Undefined($"slice {low}..{high} of a sequence of {q.Parts.Length}");
    }
}

internal sealed class ReplaceNode(Node operand, Node index, Node value) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var o = m.Look(operand.Eval(frame, m));
        var k = o == null ? null : m.Ground(index.Eval(frame, m));
        var v = k == null ? null : value.Eval(frame, m);
        switch (o, k, v)
        {
            case (null, _, _) or (_, null, _) or (_, _, null):
                return null;
            case (MapValue map, _, _):
                return map.With(k, v);
            case (SeqValue q, IntValue i, _):
                if (i.Number < 0 || i.Number >= q.Parts.Length)
                {
                    throw new Undefined($"index {i} of a sequence of {q.Parts.Length}");
                }

                var copy = (Value[])q.Parts.Clone();
                copy[i.Number] = v;
                return new SeqValue(copy);
            default:
                throw new NotExecutable("update of " + o.GetType().Name);
        }
    }
}

internal sealed class SeqDisplayNode(Node[] items) : Node
{
    public override Value? Eval(Value?[] frame, Machine m) =>
        m.EvalAll(items, frame) is { } parts ? new SeqValue(parts) : null;
}

internal sealed class SetDisplayNode(Node[] items, bool counted) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var parts = m.EvalAll(items, frame);
        if (parts == null)
        {
            return null;
        }

        for (var i = 0; i < parts.Length; i++)
        {
            var g = m.Ground(parts[i]);
            if (g == null)
            {
                return null;
            }

            parts[i] = g;
        }

        return counted ? Count(parts) : SetValue.Of(parts);
    }

    public static MapValue Count(IEnumerable<Value> items) => MapValue.Of(
        items.GroupBy(v => v).Select(g => new KeyValuePair<Value, Value>(g.Key, IntValue.Of(g.Count()))));
}

internal sealed class MultisetOfNode(Node operand) : Node
{
    public override Value? Eval(Value?[] frame, Machine m) => m.Ground(operand.Eval(frame, m)) switch
    {
        null => null,
        SeqValue q => SetDisplayNode.Count(q.Parts),
        SetValue s => SetDisplayNode.Count(s.Parts),
        var other => throw new NotExecutable("multiset of " + other.GetType().Name),
    };
}

internal sealed class MapDisplayNode(Node[] keys, Node[] values) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var map = MapValue.Empty;
        for (var i = 0; i < keys.Length; i++)
        {
            var k = m.Ground(keys[i].Eval(frame, m));
            var v = k == null ? null : values[i].Eval(frame, m);
            if (k == null || v == null)
            {
                return null;
            }

            map = map.With(k, v);
        }

        return map;
    }
}

internal sealed class SeqOfNode(Node length, Node function) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var n = length.Number(frame, m);
        if (n == null || m.Look(function.Eval(frame, m)) is not FunctionValue f)
        {
            return null;
        }

        var parts = new Value[n.Value];
        for (var i = 0; i < parts.Length; i++)
        {
            var v = f.Call([IntValue.Of(i)]);
            if (v == null)
            {
                return null;
            }

            parts[i] = v;
        }

        return new SeqValue(parts);
    }
}
