using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Rebuilds an expression from the top; what the function answers for a part takes the part's place.</summary>
internal static class Rewriter
{
    public static Expr Rewrite(Expr e, Func<Expr, Expr?> change) =>
        change(e) ?? Parts(e, c => Rewrite(c, change));

    /// <summary>Replaces variables. Bound variables are not renamed: pass closed or fresh terms.</summary>
    public static Expr Substitute(Expr e, IReadOnlyDictionary<string, Expr> values) =>
        Rewrite(e, x => x is VarExpr v && values.TryGetValue(v.Name, out var value) ? value
            : x is ThisExpr && values.TryGetValue("this", out var self) ? self : null);

    private static Expr Parts(Expr e, Func<Expr, Expr> f) => e switch
    {
        BinaryExpr b => b with { Left = f(b.Left), Right = f(b.Right) },
        UnaryExpr u => u with { Operand = f(u.Operand) },
        ConvertExpr c => c with { Operand = f(c.Operand) },
        TypeTestExpr t => t with { Operand = f(t.Operand) },
        IteExpr i => i with { If = f(i.If), Then = f(i.Then), Else = f(i.Else) },
        FieldExpr x => x with { Operand = f(x.Operand) },
        IsExpr i => i with { Operand = f(i.Operand) },
        ConstExpr { Operand: { } o } c => c with { Operand = f(o) },
        FunctionExpr { Operand: { } o } c => c with { Operand = f(o) },
        CallExpr c => c with { Receiver = c.Receiver == null ? null : f(c.Receiver), Args = All(c.Args, f) },
        ApplyExpr a => a with { Function = f(a.Function), Args = All(a.Args, f) },
        CtorExpr c => c with { Args = All(c.Args, f) },
        UpdateExpr u => u with
        {
            Root = f(u.Root),
            Fields = u.Fields.Select(x => x with { Value = f(x.Value) }).ToArray(),
        },
        LetExpr l => l with { Values = All(l.Values, f), Body = f(l.Body) },
        MatchExpr m => m with
        {
            Operand = f(m.Operand),
            Cases = m.Cases.Select(c => c with { Body = f(c.Body) }).ToArray(),
        },
        _ => Collections(e, f),
    };

    private static Expr Collections(Expr e, Func<Expr, Expr> f) => e switch
    {
        IndexExpr i => i with { Operand = f(i.Operand), Index = f(i.Index) },
        SliceExpr s => s with { Operand = f(s.Operand), From = Maybe(s.From, f), To = Maybe(s.To, f) },
        ReplaceExpr r => r with { Operand = f(r.Operand), Index = f(r.Index), Value = f(r.Value) },
        DisplayExpr d => d with { Elements = All(d.Elements, f) },
        MapDisplayExpr m => m with { Keys = All(m.Keys, f), Values = All(m.Values, f) },
        MultisetOfExpr m => m with { Operand = f(m.Operand) },
        SeqOfExpr s => s with { Length = f(s.Length), Function = f(s.Function) },
        BinderExpr b => b with { Range = Maybe(b.Range, f), Key = Maybe(b.Key, f), Body = f(b.Body) },
        _ => e,
    };

    private static Expr? Maybe(Expr? e, Func<Expr, Expr> f) => e == null ? null : f(e);

    private static Expr[] All(IReadOnlyList<Expr> list, Func<Expr, Expr> f) => list.Select(f).ToArray();
}
