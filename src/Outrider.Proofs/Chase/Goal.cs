using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Chase;

/// <summary>One conjunct of the safety property.</summary>
/// <param name="Ensures">The conjunct as a postcondition over c and v.</param>
/// <param name="Body">The conjunct with its own predicates opened.</param>
internal sealed record Goal(string Name, string Ensures, Expr Body)
{
    /// <summary>The conjuncts of Safety; a property that is one formula is one goal.</summary>
    public static IReadOnlyList<Goal> Of(ProtocolModel model, Vocabulary words)
    {
        // The reader has refused what has none.
        var safety = model.Program.Member("Obligations", "Safety")!;

        var names = new Dictionary<string, Expr>(StringComparer.Ordinal)
        {
            [safety.Formals[0].Name] = new VarExpr(safety.Formals[0].Type, 0, 0, "c"),
            [safety.Formals[1].Name] = new VarExpr(safety.Formals[1].Type, 0, 0, "v"),
        };
        var body = Rewriter.Substitute(safety.Body!, names);
        var goals = new List<Goal>();
        foreach (var conjunct in Conjuncts.Of(body))
        {
            var name = conjunct is CallExpr call ? call.Name : "Part" + (goals.Count + 1);
            goals.Add(new Goal(name, words.SpecPrinter.Print(conjunct), conjunct));
        }

        return goals.Count == 1 ? [goals[0] with { Name = "Safety", Ensures = "Safety(c, v)" }] : goals;
    }
}
