using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Eval;

/// <summary>
/// A compiled expression. <see cref="Eval"/> answers null when it needs the content of an unbound hole, which then
/// stands in <see cref="Machine.Stuck"/>. Its answer may be a hole or hold holes: only who looks inside needs them.
/// </summary>
internal abstract class Node
{
    public Expr? Source { get; set; }

    public abstract Value? Eval(Value?[] frame, Machine m);

    /// <summary>True and false as themselves, null when stuck.</summary>
    public bool? Test(Value?[] frame, Machine m)
    {
        var v = m.Look(Eval(frame, m));
        return v == null ? null : ((BoolValue)v).Truth;
    }

    public long? Number(Value?[] frame, Machine m)
    {
        var v = m.Look(Eval(frame, m));
        return v == null ? null : ((IntValue)v).Number;
    }
}

internal sealed class ConstantNode(Value value) : Node
{
    public override Value Eval(Value?[] frame, Machine m) => value;
}

internal sealed class VarNode(int slot, string name) : Node
{
    public int Slot => slot;

    public override Value Eval(Value?[] frame, Machine m) =>
        Machine.Deref(frame[slot] ?? throw new NotExecutable($"variable {name} has no value yet"));
}

internal sealed class FieldNode(Node operand, string name) : Node
{
    private CtorShape? lastShape;
    private int lastIndex;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var o = m.Open(operand.Eval(frame, m));
        if (o is not CtorValue c)
        {
            return o == null ? null : Special(o, m);
        }

        if (!ReferenceEquals(lastShape, c.Shape))
        {
            lastIndex = c.Shape.IndexOf(name);
            lastShape = c.Shape;
        }

        return lastIndex >= 0
            ? Machine.Deref(c.Parts[lastIndex])
            : throw new Undefined($"{c.Shape.Name} has no field {name}");
    }

    private Value? Special(Value o, Machine m) => (o, name) switch
    {
        (MapValue map, "Keys") => SetValue.Of(map.KeyParts),
        (MapValue map, "Values") => m.Ground(map) is MapValue g ? SetValue.Of(g.ValueParts) : null,
        (IntValue, "Floor") => o,
        _ => throw new NotExecutable($"member {name} of {o.GetType().Name}"),
    };
}

internal sealed class IsNode(Node operand, string ctor) : Node
{
    public Node Operand => operand;

    public string Ctor => ctor;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var o = m.Open(operand.Eval(frame, m));
        return o == null ? null : BoolValue.Of(((CtorValue)o).Shape.Name == ctor);
    }
}

internal sealed class CtorNode(CtorShape shape, Node[] args) : Node
{
    private Value? constant;

    public override Value? Eval(Value?[] frame, Machine m)
    {
        if (args.Length == 0)
        {
            return constant ??= new CtorValue(shape, []);
        }

        var parts = m.EvalAll(args, frame);
        return parts == null ? null : new CtorValue(shape, parts);
    }
}

internal sealed class UpdateNode(Node root, (string Name, Node Value)[] fields) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        if (m.Open(root.Eval(frame, m)) is not CtorValue c)
        {
            return null;
        }

        var parts = (Value[])c.Parts.Clone();
        foreach (var (name, value) in fields)
        {
            var i = c.Shape.IndexOf(name);
            if (i < 0)
            {
                throw new Undefined($"{c.Shape.Name} has no field {name}");
            }

            var v = value.Eval(frame, m);
            if (v == null)
            {
                return null;
            }

            parts[i] = v;
        }

        return new CtorValue(c.Shape, parts);
    }
}

/// <summary>A declared function or predicate, compiled when it is first called.</summary>
internal sealed class FunctionBody(MemberText text, Func<FunctionBody, Node> compile)
{
    private Node? body;

    public MemberText Text => text;

    public int FrameSize { get; set; }

    public bool HasThis => !text.Static && char.IsAsciiLetterUpper(text.Owner[text.Owner.LastIndexOf('.') + 1])
        && OwnerIsType;

    public bool OwnerIsType { get; init; }

    public Node Body => body ??= compile(this);
}

internal sealed class CallNode(FunctionBody function, Node? receiver, Node[] args) : Node
{
    public FunctionBody Function => function;

    /// <summary>The frame of the callee with its arguments, or null when an argument is stuck.</summary>
    public Value?[]? Enter(Value?[] frame, Machine m)
    {
        var body = function.Body;
        var callee = new Value?[function.FrameSize];
        var at = 0;
        if (receiver != null)
        {
            if ((callee[at++] = receiver.Eval(frame, m)) == null)
            {
                return null;
            }
        }

        foreach (var a in args)
        {
            if ((callee[at++] = a.Eval(frame, m)) == null)
            {
                return null;
            }
        }

        return body == null ? null : callee;
    }

    public override Value? Eval(Value?[] frame, Machine m)
    {
        var callee = Enter(frame, m);
        if (callee == null)
        {
            return null;
        }

        m.EnterCall(function.Text.Name);
        var result = function.Body.Eval(callee, m);
        m.LeaveCall();
        return result;
    }
}

internal sealed class ApplyNode(Node function, Node[] args) : Node
{
    public override Value? Eval(Value?[] frame, Machine m)
    {
        var f = m.Look(function.Eval(frame, m));
        var values = m.EvalAll(args, frame);
        return f == null || values == null ? null : ((FunctionValue)f).Call(values);
    }
}

internal sealed class LambdaNode(int[] slots, Node body, Machine machine) : Node
{
    public override Value Eval(Value?[] frame, Machine m)
    {
        var captured = (Value?[])frame.Clone();
        return new FunctionValue(args =>
        {
            var inner = (Value?[])captured.Clone();
            for (var i = 0; i < slots.Length; i++)
            {
                inner[slots[i]] = args[i];
            }

            return body.Eval(inner, machine);
        });
    }
}
