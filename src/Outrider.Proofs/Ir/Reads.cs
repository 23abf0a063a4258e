using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Which parts of the old state a predicate looks at, through the functions it calls.</summary>
internal static class Reads
{
    private const int MaxCallDepth = 8;

    public static void Gather(
        ProgramText program, Expr e, Scope scope, List<IReadOnlyList<string>> reads, int depth = 0)
    {
        if (Path(e, scope) is { } path)
        {
            if (!reads.Exists(r => r.SequenceEqual(path)))
            {
                reads.Add(path);
            }

            return;
        }

        if (e is CallExpr call && depth < MaxCallDepth && TakesBefore(call, scope)
            && program.Member(call.Owner, call.Name) is { Body: { } body } callee)
        {
            Gather(program, body, scope.Enter(callee, call), reads, depth + 1);
        }

        foreach (var (child, inner) in Children.Of(e, scope))
        {
            Gather(program, child, inner, reads, depth);
        }
    }

    /// <summary>True when the expression itself, without its callees, selects from something of the role.</summary>
    public static bool SelectsFrom(Expr e, Scope scope, Role role) =>
        (e is FieldExpr f && scope.RoleOf(f.Operand) == role && scope.RoleOf(e) == Role.Other)
        || (e is IsExpr i && scope.RoleOf(i.Operand) == role)
        || Children.Of(e, scope).Any(c => SelectsFrom(c.Child, c.At, role));

    private static bool TakesBefore(CallExpr call, Scope scope) =>
        call.Args.Any(a => scope.RoleOf(a) == Role.Before) || scope.RoleOf(call.Receiver) == Role.Before;

    /// <summary>The path of a chain of selections that starts at the old state; null for anything else.</summary>
    private static List<string>? Path(Expr e, Scope scope)
    {
        if (e is IsExpr test && scope.RoleOf(test.Operand) == Role.Before)
        {
            return [test.Name + "?"];
        }

        if (e is not FieldExpr field)
        {
            return null;
        }

        if (scope.RoleOf(field.Operand) == Role.Before)
        {
            return [field.Name];
        }

        var path = Path(field.Operand, scope);
        path?.Add(field.Name);
        return path;
    }
}
