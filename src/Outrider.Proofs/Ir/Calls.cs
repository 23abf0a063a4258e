using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Calls that pass the new state on: the way from a step's wrapper to what the step does.</summary>
internal static class Calls
{
    public static IEnumerable<(CallExpr Call, Scope At)> PassingAfter(Expr e, Scope scope)
    {
        if (e is CallExpr call && (call.Args.Any(a => scope.RoleOf(a) == Role.After)
            || scope.RoleOf(call.Receiver) == Role.After))
        {
            yield return (call, scope);
            yield break;
        }

        foreach (var (child, inner) in Children.Of(e, scope))
        {
            foreach (var found in PassingAfter(child, inner))
            {
                yield return found;
            }
        }
    }
}
