using System.Globalization;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Generate;

/// <summary>
/// Prints types and expressions as Dafny text for a module that opens some modules and qualifies the others. Names can
/// be replaced on the way, which is how a guard is restated about other states.
/// </summary>
internal sealed class DafnyPrinter(IReadOnlySet<string> opened, IReadOnlyDictionary<string, string>? names = null)
{
    private static readonly SortedDictionary<string, string> Operators = new(StringComparer.Ordinal)
    {
        ["Iff"] = "<==>",
        ["Imp"] = "==>",
        ["And"] = "&&",
        ["Or"] = "||",
        ["EqCommon"] = "==",
        ["NeqCommon"] = "!=",
        ["Lt"] = "<",
        ["LessThanLimit"] = "<",
        ["Le"] = "<=",
        ["Ge"] = ">=",
        ["Gt"] = ">",
        ["Add"] = "+",
        ["Sub"] = "-",
        ["Mul"] = "*",
        ["Div"] = "/",
        ["Mod"] = "%",
        ["SetEq"] = "==",
        ["SetNeq"] = "!=",
        ["ProperSubset"] = "<",
        ["Subset"] = "<=",
        ["Superset"] = ">=",
        ["ProperSuperset"] = ">",
        ["Disjoint"] = "!!",
        ["InSet"] = "in",
        ["NotInSet"] = "!in",
        ["Union"] = "+",
        ["Intersection"] = "*",
        ["SetDifference"] = "-",
        ["MultiSetEq"] = "==",
        ["MultiSetNeq"] = "!=",
        ["MultiSubset"] = "<=",
        ["MultiSuperset"] = ">=",
        ["ProperMultiSubset"] = "<",
        ["ProperMultiSuperset"] = ">",
        ["MultiSetDisjoint"] = "!!",
        ["InMultiSet"] = "in",
        ["NotInMultiSet"] = "!in",
        ["MultiSetUnion"] = "+",
        ["MultiSetIntersection"] = "*",
        ["MultiSetDifference"] = "-",
        ["SeqEq"] = "==",
        ["SeqNeq"] = "!=",
        ["ProperPrefix"] = "<",
        ["Prefix"] = "<=",
        ["Concat"] = "+",
        ["InSeq"] = "in",
        ["NotInSeq"] = "!in",
        ["MapEq"] = "==",
        ["MapNeq"] = "!=",
        ["InMap"] = "in",
        ["NotInMap"] = "!in",
        ["MapMerge"] = "+",
        ["MapSubtraction"] = "-",
        ["LtChar"] = "<",
        ["LeChar"] = "<=",
        ["GeChar"] = ">=",
        ["GtChar"] = ">",
    };

    public string Type(TypeRef type)
    {
        if (type.Name == "->")
        {
            var inputs = string.Join(", ", type.Args.Take(type.Args.Count - 1).Select(Type));
            return $"({inputs}) -> {Type(type.Args[^1])}";
        }

        if (type.Name.StartsWith("_tuple", StringComparison.Ordinal))
        {
            return $"({string.Join(", ", type.Args.Select(Type))})";
        }

        var name = type.IsParameter ? type.Name[1..] : Qualified(type.Name);
        return type.Args.Count == 0 ? name : $"{name}<{string.Join(", ", type.Args.Select(Type))}>";
    }

    /// <summary>A declared name, without its module when that module is opened.</summary>
    public string Qualified(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot < 0 ? name : opened.Contains(name[..dot]) ? name[(dot + 1)..] : name;
    }

    public string Print(Expr e) => e switch
    {
        BoolExpr b => b.Value ? "true" : "false",
        IntExpr i => i.Value.ToString(CultureInfo.InvariantCulture),
        TextExpr t => t.Type.Name == "char" ? $"'{t.Value}'" : $"\"{t.Value}\"",
        VarExpr v => names != null && names.TryGetValue(v.Name, out var other) ? other : v.Name,
        ThisExpr => names != null && names.TryGetValue("this", out var self) ? self : "this",
        BinaryExpr b => $"{Side(b, b.Left, true)} {Operators[b.Op.ToString()]} {Side(b, b.Right, false)}",
        UnaryExpr { Op: UnaryOp.BoolNot } u => "!" + Tight(u.Operand),
        UnaryExpr { Op: UnaryOp.Lit } u => Print(u.Operand),
        UnaryExpr u => $"|{Print(u.Operand)}|",
        ConvertExpr c => $"({Print(c.Operand)} as {Type(c.Target)})",
        TypeTestExpr t => $"({Print(t.Operand)} is {Type(t.Target)})",
        IteExpr i => $"if {Print(i.If)} then {Print(i.Then)} else {Print(i.Else)}",
        FieldExpr f => $"{Tight(f.Operand)}.{f.Name}",
        IsExpr i => $"{Tight(i.Operand)}.{i.Name}?",
        ConstExpr { Operand: { } o } c => $"{Tight(o)}.{c.Name}",
        ConstExpr c => Qualified(c.Owner + "." + c.Name),
        FunctionExpr f => f.Operand == null ? Qualified(f.Owner + "." + f.Name) : $"{Tight(f.Operand)}.{f.Name}",
        CallExpr { Receiver: { } r } c => $"{Tight(r)}.{c.Name}({List(c.Args)})",
        CallExpr c => $"{Qualified(c.FullName.TrimStart('.'))}({List(c.Args)})",
        ApplyExpr a => $"{Tight(a.Function)}({List(a.Args)})",
        CtorExpr c => Constructor(c),
        UpdateExpr u =>
            $"{Tight(u.Root)}.({string.Join(", ", u.Fields.Select(f => $"{f.Name} := {Print(f.Value)}"))})",
        _ => PrintCollection(e),
    };

    private string PrintCollection(Expr e) => e switch
    {
        IndexExpr i => $"{Tight(i.Operand)}[{Print(i.Index)}]",
        SliceExpr s => $"{Tight(s.Operand)}[{Maybe(s.From)}..{Maybe(s.To)}]",
        ReplaceExpr r => $"{Tight(r.Operand)}[{Print(r.Index)} := {Print(r.Value)}]",
        DisplayExpr { Type.Name: "seq" } d => $"[{List(d.Elements)}]",
        DisplayExpr { Type.Name: "set" } d => $"{{{List(d.Elements)}}}",
        DisplayExpr d => $"{d.Type.Name}{{{List(d.Elements)}}}",
        MapDisplayExpr m =>
            $"{m.Type.Name}[{string.Join(", ", m.Keys.Zip(m.Values, (k, v) => $"{Print(k)} := {Print(v)}"))}]",
        MultisetOfExpr m => $"multiset({Print(m.Operand)})",
        SeqOfExpr s => $"seq({Print(s.Length)}, {Print(s.Function)})",
        LetExpr l => Let(l),
        MatchExpr m => $"(match {Print(m.Operand)} "
            + string.Join(" ", m.Cases.Select(c => $"case {Pattern(c.Pattern)} => {Print(c.Body)}")) + ")",
        BinderExpr b => Binder(b),
        _ => throw new NotSupportedException(
            $"line {e.Line}: an expression of kind {(e is UnsupportedExpr u ? u.What : e.GetType().Name)}"),
    };

    /// <summary>An operand in brackets where its operator binds no tighter than the one around it.</summary>
    private string Side(BinaryExpr parent, Expr e, bool left)
    {
        if (e is not BinaryExpr child)
        {
            return Tight(e);
        }

        var (outer, inner) = (Binding(parent.Op), Binding(child.Op));
        var chained = left && child.Op == parent.Op && parent.Op is BinaryOp.And or BinaryOp.Or or BinaryOp.Add;
        return inner > outer || (chained && inner == outer) ? Print(e) : $"({Print(e)})";
    }

    private static int Binding(BinaryOp op) => Operators[op.ToString()] switch
    {
        "<==>" => 0,
        "==>" => 1,
        "&&" or "||" => 2,
        "+" or "-" => 4,
        "*" or "/" or "%" => 5,
        _ => 3,
    };

    private string Tight(Expr e) => e is BinaryExpr or IteExpr or LetExpr or BinderExpr or UnaryExpr
    { Op: UnaryOp.BoolNot } ? $"({Print(e)})" : Print(e);

    private string Constructor(CtorExpr c)
    {
        if (c.Owner.StartsWith("_tuple", StringComparison.Ordinal))
        {
            return $"({List(c.Args)})";
        }

        var name = Qualified(c.Owner) + "." + c.Name;
        return c.Args.Count == 0 ? name : $"{name}({List(c.Args)})";
    }

    private string Let(LetExpr l)
    {
        var sign = l.Exact ? ":=" : ":|";
        return $"var {string.Join(", ", l.Patterns.Select(Pattern))} {sign} {List(l.Values)}; {Print(l.Body)}";
    }

    private string Binder(BinderExpr b)
    {
        var vars = string.Join(", ", b.Variables.Select(v => $"{v.Name}: {Type(v.Type)}"));
        var range = b.Range == null ? "" : $" | {Print(b.Range)}";
        return b.Kind switch
        {
            BinderKind.Forall => $"forall {vars}{range} :: {Print(b.Body)}",
            BinderKind.Exists => $"exists {vars}{range} :: {Print(b.Body)}",
            BinderKind.SetOf => $"set {vars}{range} :: {Print(b.Body)}",
            BinderKind.MapOf when b.Key != null => $"map {vars}{range} :: {Print(b.Key)} := {Print(b.Body)}",
            BinderKind.MapOf => $"map {vars}{range} :: {Print(b.Body)}",
            _ => $"({vars}) => {Print(b.Body)}",
        };
    }

    private string Pattern(Pattern p) => p switch
    {
        AnyPattern => "_",
        VarPattern v => v.Name,
        LiteralPattern l => Print(l.Value),
        CtorPattern { Args.Count: 0 } c => c.Name,
        CtorPattern c => $"{c.Name}({string.Join(", ", c.Args.Select(Pattern))})",
        EitherPattern e => string.Join(" | ", e.Alternatives.Select(Pattern)),
        _ => "_",
    };

    private string Maybe(Expr? e) => e == null ? "" : Print(e);

    private string List(IReadOnlyList<Expr> list) => string.Join(", ", list.Select(Print));
}
