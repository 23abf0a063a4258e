using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>What a step says of its messages: whether there are any, and of which variants.</summary>
internal sealed class MessageFacts
{
    private const int MaxCallDepth = 6;

    /// <summary>Null as long as nothing says so.</summary>
    public bool? Receives { get; private set; }

    public bool? Sends { get; private set; }

    public List<string> In { get; } = [];

    public List<string> Out { get; } = [];

    public MessageFacts Copy()
    {
        var copy = new MessageFacts { Receives = Receives, Sends = Sends };
        copy.In.AddRange(In);
        copy.Out.AddRange(Out);
        return copy;
    }

    public void Merge(MessageFacts other)
    {
        Receives ??= other.Receives;
        Sends ??= other.Sends;
        In.AddRange(other.In.Where(m => !In.Contains(m)));
        Out.AddRange(other.Out.Where(m => !Out.Contains(m)));
    }

    public void Gather(ProgramText program, Expr e, Scope scope, int depth = 0)
    {
        switch (e)
        {
            case UnaryExpr { Op: UnaryOp.BoolNot }:
                // What is denied says nothing of what is there.
                return;
            case IsExpr test:
                Test(test.Name, scope.RoleOf(test.Operand));
                break;
            case BinaryExpr { Op: BinaryOp.EqCommon } equal:
                Equal(program, equal.Left, scope.RoleOf(equal.Right), depth);
                Equal(program, equal.Right, scope.RoleOf(equal.Left), depth);
                break;
            case BinaryExpr { Op: BinaryOp.Imp } implication:
                Gather(program, implication.Right, scope, depth);
                return;
            case CallExpr call when depth < MaxCallDepth && TakesMessage(call, scope)
                && !call.Args.Any(a => scope.RoleOf(a) == Role.After)
                && program.Member(call.Owner, call.Name) is { Body: { } body } callee:
                Gather(program, body, scope.Enter(callee, call), depth + 1);
                break;
        }

        foreach (var (child, inner) in Children.Of(e, scope))
        {
            Gather(program, child, inner, depth);
        }
    }

    private void Test(string name, Role role)
    {
        switch (role)
        {
            case Role.Recv:
                Receives ??= name == "Some";
                break;
            case Role.Send:
                Sends ??= name == "Some";
                break;
            case Role.InMsg:
                Add(In, name);
                break;
            case Role.OutMsg:
                Add(Out, name);
                break;
        }
    }

    private void Equal(ProgramText program, Expr value, Role role, int depth)
    {
        switch (value)
        {
            case CtorExpr ctor when role is Role.Recv or Role.Send or Role.InMsg or Role.OutMsg:
                Test(ctor.Name, role);
                if (ctor is { Name: "Some", Args: [CtorExpr inner] })
                {
                    Test(inner.Name, role == Role.Recv ? Role.InMsg : Role.OutMsg);
                }

                break;
            case CtorExpr { Args: [var received, var sent] } when role == Role.MsgOps:
                Equal(program, received, Role.Recv, depth);
                Equal(program, sent, Role.Send, depth);
                break;
            case IteExpr ite:
                Equal(program, ite.Then, role, depth);
                Equal(program, ite.Else, role, depth);
                break;
            case LetExpr let:
                Equal(program, let.Body, role, depth);
                break;
            case MatchExpr match:
                foreach (var branch in match.Cases)
                {
                    Equal(program, branch.Body, role, depth);
                }

                break;
            case CallExpr call when role is Role.OutMsg or Role.InMsg && depth < MaxCallDepth
                && program.Member(call.Owner, call.Name) is { Body: { } body }:
                Equal(program, body, role, depth + 1);
                break;
        }
    }

    private static void Add(List<string> to, string name)
    {
        if (!to.Contains(name))
        {
            to.Add(name);
        }
    }

    private static bool TakesMessage(CallExpr call, Scope scope) =>
        call.Args.Any(a => IsMessage(scope.RoleOf(a))) || IsMessage(scope.RoleOf(call.Receiver));

    private static bool IsMessage(Role role) =>
        role is Role.InMsg or Role.OutMsg or Role.MsgOps or Role.Recv or Role.Send;
}
