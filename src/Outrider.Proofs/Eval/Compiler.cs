using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Eval;

/// <summary>Turns declarations of a program into nodes; each function once, when it is first called.</summary>
internal sealed class Compiler
{
    private readonly Dictionary<string, FunctionBody> functions = new(StringComparer.Ordinal);

    public Compiler(ProgramText program, Machine machine)
    {
        Program = program;
        Machine = machine;
        Shapes = new ShapeTable(program) { ConstraintOf = ConstraintOf };
    }

    public ProgramText Program { get; }

    public Machine Machine { get; }

    public ShapeTable Shapes { get; }

    public FunctionBody Function(string owner, string name)
    {
        var key = owner + "." + name;
        if (functions.TryGetValue(key, out var found))
        {
            return found;
        }

        var text = Program.Member(owner, name)
            ?? throw new NotExecutable($"{key} is not declared in the files that were read");
        found = new FunctionBody(text, Compile) { OwnerIsType = Program.Type(owner) != null };
        functions[key] = found;
        return found;
    }

    /// <summary>A formula over given variables, such as a lemma's precondition over its formals.</summary>
    public (Node Node, int FrameSize) Formula(Expr expr, IEnumerable<string> variables)
    {
        var scope = new Scope();
        foreach (var v in variables)
        {
            scope.Declare(v);
        }

        var node = new ExprCompiler(this, scope).Compile(expr);
        return (node, scope.Size);
    }

    private Node Compile(FunctionBody function)
    {
        var text = function.Text;
        if (text.Body == null)
        {
            throw new NotExecutable($"{text.FullName} has no body ({text.At})");
        }

        var scope = new Scope();
        if (function.HasThis)
        {
            scope.Declare("this");
        }

        foreach (var formal in text.Formals)
        {
            scope.Declare(formal.Name);
        }

        var node = new ExprCompiler(this, scope).Compile(text.Body);
        function.FrameSize = scope.Size;
        return node;
    }

    private Func<Value, bool> ConstraintOf(TypeText type)
    {
        (Node Node, int FrameSize)? compiled = null;
        return value =>
        {
            compiled ??= Formula(type.Constraint!, [type.Variable!]);
            var frame = new Value?[compiled.Value.FrameSize];
            frame[0] = value;
            return compiled.Value.Node.Test(frame, Machine) == true;
        };
    }
}

/// <summary>
/// Slots of the variables of one function. A slot is never used twice, so branches do not disturb each other.
/// </summary>
internal sealed class Scope
{
    private readonly List<(string Name, int Slot)> visible = [];

    public int Size { get; private set; }

    public int Depth => visible.Count;

    public int Declare(string name)
    {
        visible.Add((name, Size));
        return Size++;
    }

    public int? Find(string name)
    {
        for (var i = visible.Count - 1; i >= 0; i--)
        {
            if (visible[i].Name == name)
            {
                return visible[i].Slot;
            }
        }

        return null;
    }

    public void Leave(int depth) => visible.RemoveRange(depth, visible.Count - depth);
}
