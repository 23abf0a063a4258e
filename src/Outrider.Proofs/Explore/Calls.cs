using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Explore;

/// <summary>Walks over expressions: children, calls, and the branches of a match.</summary>
internal static class Calls
{
    public static IEnumerable<Expr> Children(Expr e) => e switch
    {
        BinaryExpr b => [b.Left, b.Right],
        UnaryExpr u => [u.Operand],
        ConvertExpr c => [c.Operand],
        TypeTestExpr t => [t.Operand],
        IteExpr i => [i.If, i.Then, i.Else],
        FieldExpr f => [f.Operand],
        IsExpr i => [i.Operand],
        ConstExpr { Operand: { } o } => [o],
        CallExpr c => c.Receiver == null ? c.Args : [c.Receiver, .. c.Args],
        ApplyExpr a => [a.Function, .. a.Args],
        CtorExpr c => c.Args,
        UpdateExpr u => [u.Root, .. u.Fields.Select(f => f.Value)],
        LetExpr l => [.. l.Values, l.Body],
        MatchExpr m => [m.Operand, .. m.Cases.Select(c => c.Body)],
        IndexExpr i => [i.Operand, i.Index],
        SliceExpr s => new[] { s.Operand, s.From, s.To }.OfType<Expr>(),
        ReplaceExpr r => [r.Operand, r.Index, r.Value],
        DisplayExpr d => d.Elements,
        MapDisplayExpr d => [.. d.Keys, .. d.Values],
        MultisetOfExpr m => [m.Operand],
        SeqOfExpr s => [s.Length, s.Function],
        BinderExpr b => new[] { b.Range, b.Key, b.Body }.OfType<Expr>(),
        _ => [],
    };

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

        foreach (var child in Children(e))
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

        foreach (var child in Children(e))
        {
            Collect(program, child, into, depth);
        }
    }
}
