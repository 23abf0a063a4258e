namespace Outrider.Proofs.Eval;

internal sealed class AndNode(Node left, Node right) : Node
{
    public Node Left => left;

    public Node Right => right;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var l = m.Look(left.Eval(frame, m));
        if (l == null)
        {
            // A false right side decides, but only a guard that holds makes the right side meaningful.
            return null;
        }

        return ((BoolValue)l).Truth ? right.Eval(frame, m) : BoolValue.False;
    }
}

internal sealed class OrNode(Node left, Node right) : Node
{
    public Node Left => left;

    public Node Right => right;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var l = m.Look(left.Eval(frame, m));
        return l == null ? null : ((BoolValue)l).Truth ? BoolValue.True : right.Eval(frame, m);
    }
}

internal sealed class ImpNode(Node left, Node right) : Node
{
    public Node Left => left;

    public Node Right => right;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var l = m.Look(left.Eval(frame, m));
        return l == null ? null : ((BoolValue)l).Truth ? right.Eval(frame, m) : BoolValue.True;
    }
}

internal sealed class NotNode(Node operand) : Node
{
    public Node Operand => operand;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var v = m.Look(operand.Eval(frame, m));
        return v == null ? null : BoolValue.Of(!((BoolValue)v).Truth);
    }
}

/// <summary>Equality of any two values, and with <paramref name="negated"/> its opposite.</summary>
internal sealed class EqNode(Node left, Node right, bool negated) : Node
{
    public Node Left => left;

    public Node Right => right;

    public bool Negated => negated;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var l = left.Eval(frame, m);
        if (l == null)
        {
            return null;
        }

        var r = right.Eval(frame, m);
        if (r == null)
        {
            return null;
        }

        var same = l.IsGround && r.IsGround ? l.Equals(r) : m.Same(l, r);
        return same == null ? null : BoolValue.Of(same.Value != negated);
    }
}

internal sealed class IteNode(Node test, Node then, Node otherwise) : Node
{
    public Node If => test;

    public Node Then => then;

    public Node Else => otherwise;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var c = m.Look(test.Eval(frame, m));
        return c == null ? null : ((BoolValue)c).Truth ? then.Eval(frame, m) : otherwise.Eval(frame, m);
    }
}

/// <summary>A let or match pattern against a value: true, false, or null when it needs an unbound hole.</summary>
internal abstract class PatternNode
{
    public abstract bool? Match(Value value, Value?[] frame, Machine m);
}

internal sealed class AnyPatternNode : PatternNode
{
    public override bool? Match(Value value, Value?[] frame, Machine m) => true;
}

internal sealed class VarPatternNode(int slot) : PatternNode
{
    public override bool? Match(Value value, Value?[] frame, Machine m)
    {
        frame[slot] = value;
        return true;
    }
}

internal sealed class LiteralPatternNode(Node literal) : PatternNode
{
    public override bool? Match(Value value, Value?[] frame, Machine m)
    {
        var l = literal.Eval(frame, m);
        return l == null ? null : m.Same(l, value);
    }
}

internal sealed class CtorPatternNode(CtorShape shape, PatternNode[] args) : PatternNode
{
    public override bool? Match(Value value, Value?[] frame, Machine m)
    {
        if (m.Open(value) is not CtorValue c)
        {
            return null;
        }

        if (!ReferenceEquals(c.Shape, shape))
        {
            return false;
        }

        for (var i = 0; i < args.Length; i++)
        {
            var r = args[i].Match(c.Parts[i], frame, m);
            if (r != true)
            {
                return r;
            }
        }

        return true;
    }
}

internal sealed class EitherPatternNode(PatternNode[] alternatives) : PatternNode
{
    public override bool? Match(Value value, Value?[] frame, Machine m)
    {
        foreach (var a in alternatives)
        {
            var r = a.Match(value, frame, m);
            if (r != false)
            {
                return r;
            }
        }

        return false;
    }
}

internal sealed class LetNode(PatternNode[] patterns, Node[] values, Node body) : Node
{
    public Node Body => body;

    public override Value? Eval(Value?[] frame, Machine m) => Bind(frame, m) ? body.Eval(frame, m) : null;

    /// <summary>Gives the variables their values; false when a value is stuck.</summary>
    public bool Bind(Value?[] frame, Machine m)
    {
        for (var i = 0; i < patterns.Length; i++)
        {
            var v = values[i].Eval(frame, m);
            if (v == null)
            {
                return false;
            }

            switch (patterns[i].Match(v, frame, m))
            {
                case null:
                    return false;
                case false:
                    throw new Undefined("a let pattern does not fit its value");
            }
        }

        return true;
    }
}

internal sealed class MatchNode(Node operand, (PatternNode Pattern, Node Body)[] cases) : Node
{
    public Node Operand => operand;

    public override Value? Eval(Value?[] frame, Machine m) => Select(frame, m)?.Eval(frame, m);

    /// <summary>The body of the case that fits, its variables bound; null when stuck.</summary>
    public Node? Select(Value?[] frame, Machine m)
    {
        var v = operand.Eval(frame, m);
        if (v == null)
        {
            return null;
        }

        foreach (var (pattern, body) in cases)
        {
            switch (pattern.Match(v, frame, m))
            {
                case true:
                    return body;
                case null:
                    return null;
            }
        }

        throw new Undefined("no case of the match fits");
    }
}
