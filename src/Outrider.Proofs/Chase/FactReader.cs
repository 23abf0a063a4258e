using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Chase;

/// <summary>Reads facts off a condition, given which expressions are states.</summary>
/// <param name="stateOf">The point that an expression denotes, or null.</param>
internal sealed class FactReader(ProgramText program, DafnyPrinter printer, Func<Expr, Point?> stateOf)
{
    private const int MaxCallDepth = 4;
    private readonly List<Fact> facts = [];

    public List<Fact> Read(IEnumerable<Expr> conditions)
    {
        foreach (var c in conditions)
        {
            Visit(c, 0);
        }

        return facts.Distinct(FactComparer.Instance).ToList();
    }

    private void Visit(Expr e, int depth)
    {
        switch (e)
        {
            case BinaryExpr { Op: BinaryOp.And or BinaryOp.Or } both:
                Visit(both.Left, depth);
                Visit(both.Right, depth);
                break;
            case IteExpr ite:
                Visit(ite.If, depth);
                Visit(ite.Then, depth);
                Visit(ite.Else, depth);
                break;
            case LetExpr { Exact: true } let:
                Visit(Open(let), depth);
                break;
            case FieldExpr field when Chain(field) is { } at:
                facts.Add(new ValueFact(at.Point, at.Path));
                break;
            case IsExpr test when stateOf(test.Operand) is { } point:
                facts.Add(new ValueFact(point, [test.Name + "?"]));
                break;
            case IsExpr test when Chain(test.Operand) is { } at:
                facts.Add(new ValueFact(at.Point, at.Path));
                break;
            case BinaryExpr comparison:
                Compare(comparison);
                break;
            case CallExpr call when depth < MaxCallDepth && Inline(program, call) is { } body:
                Visit(body, depth + 1);
                break;
        }
    }

    /// <summary>The body of a called predicate over its arguments; null when there is none.</summary>
    public static Expr? Inline(ProgramText program, CallExpr call)
    {
        if (program.Member(call.Owner, call.Name) is not { Body: { } body } callee)
        {
            return null;
        }

        var values = new Dictionary<string, Expr>(StringComparer.Ordinal);
        for (var i = 0; i < callee.Formals.Count && i < call.Args.Count; i++)
        {
            values[callee.Formals[i].Name] = call.Args[i];
        }

        if (call.Receiver != null)
        {
            values["this"] = call.Receiver;
        }

        return Rewriter.Substitute(body, values);
    }

    private static Expr Open(LetExpr let)
    {
        var values = new Dictionary<string, Expr>(StringComparer.Ordinal);
        for (var i = 0; i < let.Patterns.Count && i < let.Values.Count; i++)
        {
            if (let.Patterns[i] is VarPattern v)
            {
                values[v.Name] = let.Values[i];
            }
        }

        return Rewriter.Substitute(let.Body, values);
    }

    private void Compare(BinaryExpr e)
    {
        if (e.Op is BinaryOp.InSet or BinaryOp.InMap or BinaryOp.InSeq)
        {
            if (Chain(e.Right) is { } holder)
            {
                facts.Add(new ElementFact(holder.Point, holder.Path, printer.Print(e.Left)));
            }

            return;
        }

        var left = Chain(e.Left);
        var right = Chain(e.Right);
        if (left != null ^ right != null && e.Op.ToString().EndsWith("Eq", StringComparison.Ordinal)
            | e.Op is BinaryOp.EqCommon or BinaryOp.NeqCommon)
        {
            var at = left ?? right!.Value;
            facts.Add(new ValueFact(at.Point, at.Path));
        }

        foreach (var size in Sizes(e))
        {
            facts.Add(size);
        }
    }

    private IEnumerable<SizeFact> Sizes(Expr e)
    {
        if (e is UnaryExpr { Op: UnaryOp.SetCard } card && Chain(card.Operand) is { } at)
        {
            yield return new SizeFact(at.Point, at.Path);
        }

        if (e is BinaryExpr { Op: BinaryOp.SetEq or BinaryOp.SetNeq } compared)
        {
            foreach (var side in new[] { compared.Left, compared.Right })
            {
                if (Chain(side) is { } set)
                {
                    yield return new SizeFact(set.Point, set.Path);
                }
            }
        }

        foreach (var child in Children.Of(e))
        {
            foreach (var found in Sizes(child))
            {
                yield return found;
            }
        }
    }

    private (Point Point, IReadOnlyList<string> Path)? Chain(Expr e)
    {
        var path = new List<string>();
        while (e is FieldExpr field)
        {
            path.Insert(0, field.Name);
            e = field.Operand;
            if (stateOf(e) is { } point)
            {
                return (point, path);
            }
        }

        return null;
    }

    private sealed class FactComparer : IEqualityComparer<Fact>
    {
        public static readonly FactComparer Instance = new();

        public bool Equals(Fact? a, Fact? b) => a is not null && b is not null && Text(a) == Text(b);

        public int GetHashCode(Fact f) => StringComparer.Ordinal.GetHashCode(Text(f));

        private static string Text(Fact f) =>
            $"{f.GetType().Name} {f.Point.State}.{string.Join(".", f.Path)} {(f as ElementFact)?.Element}";
    }
}
