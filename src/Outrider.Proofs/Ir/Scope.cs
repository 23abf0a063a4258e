using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>What each name of a predicate stands for, in terms of the step it is part of.</summary>
internal sealed class Scope
{
    private readonly SortedDictionary<string, Role> roles = new(StringComparer.Ordinal);

    private Scope(string file) => File = file;

    public string File { get; }

    public static Scope Of(MemberText member, IReadOnlyList<Role> given, string file)
    {
        var scope = new Scope(file);
        for (var i = 0; i < member.Formals.Count && i < given.Count; i++)
        {
            scope.roles[member.Formals[i].Name] = given[i];
        }

        return scope;
    }

    public Role RoleOf(string name) => roles.GetValueOrDefault(name);

    public Role RoleOf(Expr? e) => e switch
    {
        VarExpr v => RoleOf(v.Name),
        ThisExpr => RoleOf("this"),
        FieldExpr { Name: "value" or "v" } f when RoleOf(f.Operand) == Role.Recv => Role.InMsg,
        FieldExpr { Name: "value" or "v" } f when RoleOf(f.Operand) == Role.Send => Role.OutMsg,
        FieldExpr f when RoleOf(f.Operand) == Role.MsgOps =>
            f.Name.StartsWith("recv", StringComparison.Ordinal) ? Role.Recv : Role.Send,
        _ => Role.Other,
    };

    /// <summary>The names of a called predicate by what is passed for them.</summary>
    public Scope Enter(MemberText callee, CallExpr call)
    {
        var inner = Of(callee, call.Args.Select(RoleOf).ToArray(), callee.At.File);
        if (call.Receiver != null)
        {
            inner.roles["this"] = RoleOf(call.Receiver);
        }

        return inner;
    }

    /// <summary>Adds the variables of a let; a variable that hides a formal loses the formal's role.</summary>
    public Scope Bind(LetExpr let)
    {
        var inner = Copy();
        for (var i = 0; i < let.Patterns.Count && i < let.Values.Count; i++)
        {
            if (let.Patterns[i] is VarPattern v)
            {
                inner.roles[v.Name] = let.Exact ? RoleOf(let.Values[i]) : Role.Other;
            }
        }

        return inner;
    }

    public Scope Hide(IEnumerable<string> names)
    {
        var inner = Copy();
        foreach (var name in names)
        {
            inner.roles.Remove(name);
        }

        return inner;
    }

    private Scope Copy()
    {
        var copy = new Scope(File);
        foreach (var (name, role) in roles)
        {
            copy.roles[name] = role;
        }

        return copy;
    }
}
