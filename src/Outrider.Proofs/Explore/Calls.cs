using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Explore;

/// <summary>Walks over expressions: calls, and the branches of a match.</summary>
internal static class Calls
{
    /// <summary>The bodies of match cases whose pattern is this constructor.</summary>
    public static IEnumerable<Expr> CasesOf(Expr e, string ctor)
    {
        if (e is MatchExpr m)
        {
            foreach (var c in m.Cases)
            {
                if (c.Pattern is CtorPattern p && p.Name == ctor)
                {
                    yield return c.Body;
                }
            }
        }

        foreach (var child in Ir.Children.Of(e))
        {
            foreach (var found in CasesOf(child, ctor))
            {
                yield return found;
            }
        }
    }

    /// <summary>Full names of all functions called in an expression, to a depth of calls.</summary>
    public static void Collect(ProgramText program, Expr e, SortedSet<string> into, int depth)
    {
        if (e is CallExpr call && into.Add(call.FullName) && depth > 0
            && program.Member(call.Owner, call.Name)?.Body is { } body)
        {
            Collect(program, body, into, depth - 1);
        }

        foreach (var child in Ir.Children.Of(e))
        {
            Collect(program, child, into, depth);
        }
    }
}
