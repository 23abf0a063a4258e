using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>The direct parts of an expression, each with the scope it stands in.</summary>
internal static class Children
{
    public static IEnumerable<(Expr Child, Scope At)> Of(Expr e, Scope scope) => e switch
    {
        LetExpr let => let.Values.Select(v => (v, scope)).Append((let.Body, scope.Bind(let))),
        MatchExpr match => new[] { (match.Operand, scope) }.Concat(
            match.Cases.Select(c => (c.Body, scope.Hide(Names(c.Pattern))))),
        BinderExpr binder => Parts(binder).Select(p => (p, scope.Hide(binder.Variables.Select(v => v.Name)))),
        _ => Of(e).Select(child => (child, scope)),
    };

    public static IEnumerable<Expr> Of(Expr e) => e switch
    {
        BinaryExpr b => [b.Left, b.Right],
        UnaryExpr u => [u.Operand],
        ConvertExpr c => [c.Operand],
        TypeTestExpr t => [t.Operand],
        IteExpr i => [i.If, i.Then, i.Else],
        FieldExpr f => [f.Operand],
        IsExpr i => [i.Operand],
        ConstExpr { Operand: { } o } => [o],
        FunctionExpr { Operand: { } o } => [o],
        CallExpr c => c.Receiver == null ? c.Args : c.Args.Prepend(c.Receiver),
        ApplyExpr a => a.Args.Prepend(a.Function),
        CtorExpr c => c.Args,
        UpdateExpr u => u.Fields.Select(f => f.Value).Prepend(u.Root),
        LetExpr l => l.Values.Append(l.Body),
        MatchExpr m => m.Cases.Select(c => c.Body).Prepend(m.Operand),
        IndexExpr i => [i.Operand, i.Index],
        SliceExpr s => new[] { s.Operand, s.From, s.To }.OfType<Expr>(),
        ReplaceExpr r => [r.Operand, r.Index, r.Value],
        DisplayExpr d => d.Elements,
        MapDisplayExpr m => m.Keys.Concat(m.Values),
        MultisetOfExpr m => [m.Operand],
        SeqOfExpr s => [s.Length, s.Function],
        BinderExpr b => Parts(b),
        _ => [],
    };

    public static IEnumerable<string> Names(Pattern pattern) => pattern switch
    {
        VarPattern v => [v.Name],
        CtorPattern c => c.Args.SelectMany(Names),
        EitherPattern e => e.Alternatives.SelectMany(Names),
        _ => [],
    };

    private static IEnumerable<Expr> Parts(BinderExpr b) =>
        new[] { b.Range, b.Key, b.Body }.OfType<Expr>();
}
