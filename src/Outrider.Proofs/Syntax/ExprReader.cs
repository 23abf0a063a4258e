using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Outrider.Proofs.Syntax;

/// <summary>Reads one expression of the front end's document.</summary>
internal static class ExprReader
{
    private readonly record struct Head(TypeRef Type, int Line, int Column);

    public static Expr? Optional(JsonElement e, string name) =>
        e.TryGetProperty(name, out var child) ? Read(child) : null;

    public static Expr Read(JsonElement e)
    {
        var h = new Head(
            TypeRef.Parse(Text(e, "t")), e.GetProperty("l").GetInt32(), e.GetProperty("c").GetInt32());
        var kind = Text(e, "k");
        return ReadLeaf(kind, h, e) ?? ReadOperator(kind, h, e) ?? ReadCollection(kind, h, e)
            ?? ReadBinder(kind, h, e) ?? new UnsupportedExpr(h.Type, h.Line, h.Column, kind);
    }

    private static Expr? ReadLeaf(string kind, Head h, JsonElement e) => kind switch
    {
        "bool" => new BoolExpr(h.Type, h.Line, h.Column, e.GetProperty("v").GetBoolean()),
        "int" => new IntExpr(
            h.Type, h.Line, h.Column, BigInteger.Parse(Text(e, "v"), CultureInfo.InvariantCulture)),
        "string" or "char" => new TextExpr(h.Type, h.Line, h.Column, Text(e, "v")),
        "this" => new ThisExpr(h.Type, h.Line, h.Column),
        "var" => new VarExpr(h.Type, h.Line, h.Column, Text(e, "name")),
        "unsupported" => new UnsupportedExpr(h.Type, h.Line, h.Column, Text(e, "what")),
        _ => null,
    };

    private static Expr? ReadOperator(string kind, Head h, JsonElement e) => kind switch
    {
        "binary" => new BinaryExpr(
            h.Type, h.Line, h.Column, Enum.Parse<BinaryOp>(Text(e, "op")), Child(e, "left"), Child(e, "right")),
        "unary" => new UnaryExpr(h.Type, h.Line, h.Column, Enum.Parse<UnaryOp>(Text(e, "op")), Child(e, "e")),
        "typeTest" => new TypeTestExpr(
            h.Type, h.Line, h.Column, TypeRef.Parse(Text(e, "type")), Child(e, "e")),
        "convert" => new ConvertExpr(h.Type, h.Line, h.Column, TypeRef.Parse(Text(e, "type")), Child(e, "e")),
        "ite" => new IteExpr(h.Type, h.Line, h.Column, Child(e, "if"), Child(e, "then"), Child(e, "else")),
        "field" => new FieldExpr(h.Type, h.Line, h.Column, Text(e, "owner"), Text(e, "name"), Child(e, "e")),
        "is" => new IsExpr(h.Type, h.Line, h.Column, Text(e, "owner"), Text(e, "name"), Child(e, "e")),
        "const" => new ConstExpr(
            h.Type, h.Line, h.Column, Text(e, "owner"), Text(e, "name"), Optional(e, "e")),
        "functionValue" => new FunctionExpr(
            h.Type, h.Line, h.Column, Text(e, "owner"), Text(e, "name"), Optional(e, "e")),
        "call" => new CallExpr(
            h.Type, h.Line, h.Column, Text(e, "owner"), Text(e, "name"), Optional(e, "receiver"), Many(e, "args")),
        "apply" => new ApplyExpr(h.Type, h.Line, h.Column, Child(e, "function"), Many(e, "args")),
        "ctor" => new CtorExpr(
            h.Type, h.Line, h.Column, Text(e, "owner"), Text(e, "name"), Many(e, "args")),
        "update" => new UpdateExpr(
            h.Type, h.Line, h.Column, Child(e, "root"),
            ProgramReader.List(e, "fields", f => new FieldUpdate(Text(f, "name"), Child(f, "value")))),
        _ => null,
    };

    private static Expr? ReadCollection(string kind, Head h, JsonElement e) => kind switch
    {
        "index" => new IndexExpr(h.Type, h.Line, h.Column, Child(e, "e"), Child(e, "index")),
        "slice" => new SliceExpr(
            h.Type, h.Line, h.Column, Child(e, "e"), Optional(e, "from"), Optional(e, "to")),
        "replace" => new ReplaceExpr(
            h.Type, h.Line, h.Column, Child(e, "e"), Child(e, "index"), Child(e, "value")),
        "mapDisplay" => new MapDisplayExpr(h.Type, h.Line, h.Column, Many(e, "keys"), Many(e, "values")),
        "display" => new DisplayExpr(h.Type, h.Line, h.Column, Many(e, "elements")),
        "multisetOf" => new MultisetOfExpr(h.Type, h.Line, h.Column, Child(e, "e")),
        "seqOf" => new SeqOfExpr(h.Type, h.Line, h.Column, Child(e, "length"), Child(e, "function")),
        _ => null,
    };

    private static Expr? ReadBinder(string kind, Head h, JsonElement e) => kind switch
    {
        "let" => new LetExpr(
            h.Type, h.Line, h.Column, e.GetProperty("exact").GetBoolean(),
            ProgramReader.List(e, "patterns", ReadPattern), Many(e, "values"),
            ProgramReader.List(e, "bounds", ReadBound), Child(e, "body")),
        "match" => new MatchExpr(
            h.Type, h.Line, h.Column, Child(e, "e"),
            ProgramReader.List(
                e, "cases", c => new MatchCase(ReadPattern(c.GetProperty("pattern")), Child(c, "body")))),
        "forall" or "exists" or "setOf" or "mapOf" or "lambda" => new BinderExpr(
            h.Type, h.Line, h.Column, Enum.Parse<BinderKind>(kind, true),
            ProgramReader.List(
                e, "vars", v => new BoundVariable(Text(v, "name"), TypeRef.Parse(Text(v, "type")))),
            Optional(e, "range"), Optional(e, "key"), Child(e, "body"),
            ProgramReader.List(e, "bounds", ReadBound)),
        _ => null,
    };

    private static Pattern ReadPattern(JsonElement e) => Text(e, "kind") switch
    {
        "any" => new AnyPattern(),
        "var" => new VarPattern(Text(e, "name")),
        "literal" => new LiteralPattern(Child(e, "e")),
        "ctor" => new CtorPattern(
            Text(e, "owner"), Text(e, "name"), ProgramReader.List(e, "args", ReadPattern)),
        "either" => new EitherPattern(ProgramReader.List(e, "args", ReadPattern)),
        var other => throw new InvalidDataException($"unknown pattern '{other}'"),
    };

    private static Bound ReadBound(JsonElement e) => Text(e, "kind") switch
    {
        "int" => new IntBound(Optional(e, "low"), Optional(e, "high")),
        "exact" => new ExactBound(Child(e, "e")),
        "set" or "map" or "seq" => new ElementBound(Child(e, "e")),
        "subset" => new SubsetBound(Child(e, "e")),
        "datatype" or "bool" => new TypeBound(),
        _ => new NoBound(),
    };

    private static string Text(JsonElement e, string name) => ProgramReader.Text(e, name);

    private static Expr Child(JsonElement e, string name) => Read(e.GetProperty(name));

    private static Expr[] Many(JsonElement e, string name) => ProgramReader.List(e, name, Read);
}
