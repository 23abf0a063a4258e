using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Eval;

internal sealed partial class Machine
{
    private const int MaxRange = 1024;
    private int quantifying;

    private Outcome ReduceSafely(Goal goal, ref Goal? agenda)
    {
        var saved = depth;
        try
        {
            return Reduce(goal, ref agenda);
        }
        catch (Undefined)
        {
            // Goals are taken out of their order, so a guard that would have kept this from being asked may still wait.
            // The guard is a conjunct: were it true, there would be a value.
            depth = saved;
            return Outcome.Fail;
        }
    }

    private Outcome Reduce(Goal goal, ref Goal? agenda)
    {
        var (node, frame, positive, _) = goal;
        switch (node)
        {
            case AndNode conj when positive:
                agenda = goal with { Node = conj.Left, Next = goal with { Node = conj.Right, Next = agenda } };
                return Outcome.Done;
            case OrNode disj when !positive:
                agenda = goal with { Node = disj.Left, Next = goal with { Node = disj.Right, Next = agenda } };
                return Outcome.Done;
            case ImpNode imp when !positive:
                agenda = goal with
                {
                    Node = imp.Left,
                    Positive = true,
                    Next = goal with { Node = imp.Right, Next = agenda },
                };
                return Outcome.Done;
            case NotNode negation:
                agenda = goal with { Node = negation.Operand, Positive = !positive, Next = agenda };
                return Outcome.Done;
            case CallNode call:
                return ReduceCall(call, goal, ref agenda);
            case LetNode let:
                if (!let.Bind(frame, this))
                {
                    return Outcome.Wait;
                }

                agenda = goal with { Node = let.Body, Next = agenda };
                return Outcome.Done;
            case IteNode ite:
                if (ite.If.Test(frame, this) is not { } test)
                {
                    return Outcome.Wait;
                }

                agenda = goal with { Node = test ? ite.Then : ite.Else, Next = agenda };
                return Outcome.Done;
            case MatchNode match:
                if (match.Select(frame, this) is not { } body)
                {
                    return Outcome.Wait;
                }

                agenda = goal with { Node = body, Next = agenda };
                return Outcome.Done;
            case EqNode eq when positive != eq.Negated:
                return ReduceEqual(eq, goal, ref agenda);
            case IsNode isCtor when positive:
                return ReduceIs(isCtor, frame);
            case QuantifierNode quantifier:
                return ReduceQuantifier(quantifier, goal, ref agenda);
            default:
                return node.Test(frame, this) switch
                {
                    null => Outcome.Wait,
                    { } truth => truth == positive ? Outcome.Done : Outcome.Fail,
                };
        }
    }

    private Outcome ReduceCall(CallNode call, Goal goal, ref Goal? agenda)
    {
        var callee = call.Enter(goal.Frame, this);
        if (callee == null)
        {
            return Outcome.Wait;
        }

        var allGround = true;
        for (var i = 0; i < callee.Length && callee[i] is { } v; i++)
        {
            allGround &= v.IsGround;
        }

        if (allGround)
        {
            EnterCall(call.Function.Text.Name);
            var truth = call.Function.Body.Test(callee, this);
            LeaveCall();
            if (truth != null)
            {
                Entered.Add(call.Function.Text.FullName);
                return truth == goal.Positive ? Outcome.Done : Outcome.Fail;
            }
        }

        Entered.Add(call.Function.Text.FullName);
        agenda = new Goal(call.Function.Body, callee, goal.Positive, agenda);
        return Outcome.Done;
    }

    private Outcome ReduceEqual(EqNode eq, Goal goal, ref Goal? agenda)
    {
        var l = eq.Left.Eval(goal.Frame, this);
        var stuck = Stuck;
        var r = eq.Right.Eval(goal.Frame, this);
        if (l != null && r != null)
        {
            return Unify(l, r) ? Outcome.Done : Outcome.Fail;
        }

        if (l == null && r == null)
        {
            Stuck = stuck;
            return Outcome.Wait;
        }

        var (known, open) = l != null ? (Deref(l), eq.Right) : (Deref(r!), eq.Left);
        if (known is BoolValue b)
        {
            agenda = goal with { Node = open, Positive = b.Truth, Next = agenda };
            return Outcome.Done;
        }

        if (known is IntValue n && open is SizeNode size && size.Operand.Eval(goal.Frame, this) is { } sized
            && Deref(sized) is Hole { Shape.Kind: ShapeKind.Seq, Candidates: null } hole && n.Number is >= 0 and < 1000)
        {
            Bind(hole, FreshSeq(hole.Shape, (int)n.Number));
            return Outcome.Done;
        }

        if (l != null)
        {
            _ = open.Eval(goal.Frame, this);
        }
        else
        {
            Stuck = stuck;
        }

        return Outcome.Wait;
    }

    private Outcome ReduceIs(IsNode node, Value?[] frame)
    {
        var o = Open(node.Operand.Eval(frame, this));
        if (o != null)
        {
            return ((CtorValue)o).Shape.Name == node.Ctor ? Outcome.Done : Outcome.Fail;
        }

        if (node.Operand.Eval(frame, this) is not { } v || Deref(v) is not Hole hole)
        {
            return Outcome.Wait;
        }

        for (var i = 0; i < hole.Shape.Ctors.Count; i++)
        {
            if (hole.Shape.Ctors[i].Name == node.Ctor)
            {
                return BindChecked(hole, Fresh(hole.Shape, i)) ? Outcome.Done : Outcome.Fail;
            }
        }

        return Outcome.Fail;
    }

    private Outcome ReduceQuantifier(QuantifierNode node, Goal goal, ref Goal? agenda)
    {
        // Ground formulas need no goals; try that first, it is by far the most frequent case.
        var truth = node.Test(goal.Frame, this);
        if (truth != null)
        {
            return truth == goal.Positive ? Outcome.Done : Outcome.Fail;
        }

        if (node.Forall != goal.Positive)
        {
            var inner = node.WithHoles(goal.Frame, this);
            agenda = new Goal(node.Body, inner, goal.Positive, agenda);
            if (node.Range != null)
            {
                agenda = new Goal(node.Range, inner, true, agenda);
            }

            return Outcome.Done;
        }

        var stuck = Stuck;
        try
        {
            var choices = node.Choices(goal.Frame, this);
            if (choices == null)
            {
                return Outcome.Wait;
            }

            foreach (var frame in choices)
            {
                agenda = new Goal(node.Body, frame, goal.Positive, agenda);
            }

            return Outcome.Done;
        }
        catch (NeedsSolverSignal)
        {
            Stuck = stuck;
            return Outcome.Wait;
        }
    }

    /// <summary>
    /// The ways in which a waiting goal can come true by its own form; null when its form gives none.
    /// </summary>
    private List<Way>? StructuralWays(Goal goal)
    {
        switch (goal.Node)
        {
            case OrNode disj when goal.Positive:
                return
                [
                    new Way(null, null, goal with { Node = disj.Left }, null),
                    new Way(null, null, goal with { Node = disj.Right }, null),
                ];
            case AndNode conj when !goal.Positive:
                return
                [
                    new Way(null, null, goal with { Node = conj.Left }, null),
                    new Way(null, null, goal with { Node = conj.Right }, null),
                ];
            case IteNode ite:
                return
                [
                    new Way(null, null, goal with { Node = ite.If, Positive = true }, goal with { Node = ite.Then }),
                    new Way(null, null, goal with { Node = ite.If, Positive = false }, goal with { Node = ite.Else }),
                ];
            case InNode inNode when goal.Positive != inNode.Negated:
                return MemberWays(inNode, goal.Frame);
            case MatchNode match:
                var v = match.Operand.Eval(goal.Frame, this);
                return v != null && Deref(v) is Hole { Shape.Kind: ShapeKind.Datatype } hole
                    ? [.. WaysOf(hole).Select(w => w with { First = goal })]
                    : null;
            default:
                return null;
        }
    }

    private List<Way>? MemberWays(InNode node, Value?[] frame)
    {
        var element = node.Element.Eval(frame, this);
        var collection = element == null ? null : Look(node.Collection.Eval(frame, this));
        if (element == null || collection == null)
        {
            return null;
        }

        Value[] members = collection switch
        {
            SetValue s => s.Parts,
            MapValue map => map.KeyParts,
            SeqValue q => q.Parts,
            _ => throw new NotExecutable("membership in " + collection.GetType().Name),
        };
        return [.. members.Where(x => Same(element, x) != false).Select(x => new Way(element, x, null, null))];
    }

    /// <summary>The range that waiting comparisons leave a number; null when they do not bound it from above.</summary>
    private List<Way>? RangeOf(Hole hole, List<Goal> waiting)
    {
        if (hole.Shape.Kind != ShapeKind.Int || hole.Candidates != null)
        {
            return null;
        }

        long low = hole.Shape.IsNat ? 0 : -1;
        long? high = null;
        foreach (var goal in waiting)
        {
            if (goal is not { Node: ArithmeticNode compare, Positive: true })
            {
                continue;
            }

            var (op, bound) = (compare.Op, BoundIn(compare, hole, goal.Frame, out var onLeft));
            if (bound is not { } b)
            {
                continue;
            }

            var below = (op is BinaryOp.Lt or BinaryOp.Le) == onLeft;
            var strict = op is BinaryOp.Lt or BinaryOp.Gt ? 1 : 0;
            if (op is not (BinaryOp.Lt or BinaryOp.Le or BinaryOp.Gt or BinaryOp.Ge))
            {
                continue;
            }

            if (below)
            {
                high = Math.Min(high ?? long.MaxValue, b - strict);
            }
            else
            {
                low = Math.Max(low, b + strict);
            }
        }

        if (high == null || high - low > MaxRange)
        {
            return null;
        }

        var ways = new List<Way>();
        for (var n = low; n <= high; n++)
        {
            ways.Add(new Way(hole, IntValue.Of(n), null, null));
        }

        return ways;
    }

    private long? BoundIn(ArithmeticNode compare, Hole hole, Value?[] frame, out bool onLeft)
    {
        var left = compare.Left.Eval(frame, this);
        onLeft = left != null && ReferenceEquals(Deref(left), hole);
        if (onLeft)
        {
            return compare.Right.Number(frame, this);
        }

        var right = compare.Right.Eval(frame, this);
        return right != null && ReferenceEquals(Deref(right), hole) ? compare.Left.Number(frame, this) : null;
    }

    /// <summary>What a hole can become: its candidates, or one level of its type.</summary>
    private List<Way> WaysOf(Hole hole)
    {
        if (hole.Candidates != null)
        {
            return [.. hole.Candidates.Select(c => new Way(hole, c, null, null))];
        }

        var shape = hole.Shape;
        IEnumerable<Value>? values = shape.Kind switch
        {
            ShapeKind.Int => quantifying > 0 ? domains.All(shape) : domains.Choices(shape),
            ShapeKind.Bool or ShapeKind.Abstract => domains.All(shape),
            ShapeKind.Datatype => Enumerable.Range(0, shape.Ctors.Count).Select(i => (Value)Fresh(shape, i)),
            ShapeKind.Set => domains.SetChoices(shape, quantifying > 0),
            ShapeKind.Seq => Enumerable.Range(0, domains.Limits.MaxLength + 1).Select(n => FreshSeq(shape, n)),
            ShapeKind.Map => domains.SetChoices(shape, quantifying > 0).Select(keys => MapValue.Of(
                ((SetValue)keys).Parts.Select(k => new KeyValuePair<Value, Value>(k, new Hole(shape.Args[1]))))),
            _ => null,
        };
        return values == null
            ? throw new NotExecutable($"nothing determines a value of type {shape.Type}")
            : [.. values.Select(v => new Way(hole, v, null, null))];
    }

    private static SeqValue FreshSeq(Shape shape, int length)
    {
        var items = new Value[length];
        for (var i = 0; i < length; i++)
        {
            items[i] = new Hole(shape.Args[0]);
        }

        return new SeqValue(items);
    }
}
