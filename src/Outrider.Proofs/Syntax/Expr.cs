using System.Numerics;

namespace Outrider.Proofs.Syntax;

/// <summary>A resolved expression. The type has its synonyms expanded; line and column are one-based.</summary>
public abstract record Expr(TypeRef Type, int Line, int Column);

public sealed record BoolExpr(TypeRef Type, int Line, int Column, bool Value) : Expr(Type, Line, Column);

public sealed record IntExpr(TypeRef Type, int Line, int Column, BigInteger Value) : Expr(Type, Line, Column);

/// <summary>A string or a character, as its type says.</summary>
public sealed record TextExpr(TypeRef Type, int Line, int Column, string Value) : Expr(Type, Line, Column);

public sealed record VarExpr(TypeRef Type, int Line, int Column, string Name) : Expr(Type, Line, Column);

public sealed record ThisExpr(TypeRef Type, int Line, int Column) : Expr(Type, Line, Column);

public sealed record BinaryExpr(TypeRef Type, int Line, int Column, BinaryOp Op, Expr Left, Expr Right)
    : Expr(Type, Line, Column);

public sealed record UnaryExpr(TypeRef Type, int Line, int Column, UnaryOp Op, Expr Operand)
    : Expr(Type, Line, Column);

/// <summary><c>e as T</c></summary>
public sealed record ConvertExpr(TypeRef Type, int Line, int Column, TypeRef Target, Expr Operand)
    : Expr(Type, Line, Column);

/// <summary><c>e is T</c></summary>
public sealed record TypeTestExpr(TypeRef Type, int Line, int Column, TypeRef Target, Expr Operand)
    : Expr(Type, Line, Column);

public sealed record IteExpr(TypeRef Type, int Line, int Column, Expr If, Expr Then, Expr Else)
    : Expr(Type, Line, Column);

/// <summary>A datatype's destructor, <c>e.name</c>.</summary>
public sealed record FieldExpr(TypeRef Type, int Line, int Column, string Owner, string Name, Expr Operand)
    : Expr(Type, Line, Column);

/// <summary>A discriminator, <c>e.Name?</c>.</summary>
public sealed record IsExpr(TypeRef Type, int Line, int Column, string Owner, string Name, Expr Operand)
    : Expr(Type, Line, Column);

/// <summary>A constant of a module (no operand) or of a type.</summary>
public sealed record ConstExpr(TypeRef Type, int Line, int Column, string Owner, string Name, Expr? Operand)
    : Expr(Type, Line, Column);

/// <summary>A function used as a value.</summary>
public sealed record FunctionExpr(TypeRef Type, int Line, int Column, string Owner, string Name, Expr? Operand)
    : Expr(Type, Line, Column);

/// <summary>A call of a declared function; a member of a type has a receiver.</summary>
public sealed record CallExpr(
    TypeRef Type, int Line, int Column, string Owner, string Name, Expr? Receiver, IReadOnlyList<Expr> Args)
    : Expr(Type, Line, Column)
{
    public string FullName => Owner + "." + Name;
}

/// <summary>A call of a function value.</summary>
public sealed record ApplyExpr(TypeRef Type, int Line, int Column, Expr Function, IReadOnlyList<Expr> Args)
    : Expr(Type, Line, Column);

/// <summary>A datatype value.</summary>
public sealed record CtorExpr(
    TypeRef Type, int Line, int Column, string Owner, string Name, IReadOnlyList<Expr> Args)
    : Expr(Type, Line, Column);

/// <summary><c>root.(field := value, ...)</c>, kept as written.</summary>
public sealed record UpdateExpr(
    TypeRef Type, int Line, int Column, Expr Root, IReadOnlyList<FieldUpdate> Fields)
    : Expr(Type, Line, Column);

public sealed record FieldUpdate(string Name, Expr Value);

/// <summary><c>var p := e; body</c>, or with <c>:|</c> when not exact (then the values are the constraint).</summary>
public sealed record LetExpr(
    TypeRef Type, int Line, int Column, bool Exact, IReadOnlyList<Pattern> Patterns, IReadOnlyList<Expr> Values,
    IReadOnlyList<Bound> Bounds, Expr Body)
    : Expr(Type, Line, Column);

public sealed record MatchExpr(TypeRef Type, int Line, int Column, Expr Operand, IReadOnlyList<MatchCase> Cases)
    : Expr(Type, Line, Column);

public sealed record MatchCase(Pattern Pattern, Expr Body);

/// <summary><c>s[i]</c> of a sequence, <c>m[k]</c> of a map or multiset.</summary>
public sealed record IndexExpr(TypeRef Type, int Line, int Column, Expr Operand, Expr Index)
    : Expr(Type, Line, Column);

public sealed record SliceExpr(TypeRef Type, int Line, int Column, Expr Operand, Expr? From, Expr? To)
    : Expr(Type, Line, Column);

/// <summary><c>s[i := v]</c> of a sequence or map.</summary>
public sealed record ReplaceExpr(TypeRef Type, int Line, int Column, Expr Operand, Expr Index, Expr Value)
    : Expr(Type, Line, Column);

/// <summary>A set, sequence or multiset display, as its type says.</summary>
public sealed record DisplayExpr(TypeRef Type, int Line, int Column, IReadOnlyList<Expr> Elements)
    : Expr(Type, Line, Column);

public sealed record MapDisplayExpr(
    TypeRef Type, int Line, int Column, IReadOnlyList<Expr> Keys, IReadOnlyList<Expr> Values)
    : Expr(Type, Line, Column);

public sealed record MultisetOfExpr(TypeRef Type, int Line, int Column, Expr Operand) : Expr(Type, Line, Column);

/// <summary><c>seq(n, f)</c></summary>
public sealed record SeqOfExpr(TypeRef Type, int Line, int Column, Expr Length, Expr Function)
    : Expr(Type, Line, Column);

/// <summary>
/// The binders with a range and a body: quantifiers, set and map comprehensions, lambdas. <see cref="Key"/> is given
/// only for maps whose key is an expression. The bounds are Dafny's own, one for each variable.
/// </summary>
public sealed record BinderExpr(
    TypeRef Type, int Line, int Column, BinderKind Kind, IReadOnlyList<BoundVariable> Variables, Expr? Range,
    Expr? Key, Expr Body, IReadOnlyList<Bound> Bounds)
    : Expr(Type, Line, Column);

/// <summary>A form that no protocol so far has used; <see cref="What"/> is Dafny's name for it.</summary>
public sealed record UnsupportedExpr(TypeRef Type, int Line, int Column, string What) : Expr(Type, Line, Column);

public sealed record BoundVariable(string Name, TypeRef Type);

public enum BinderKind
{
    Forall,
    Exists,
    SetOf,
    MapOf,
    Lambda,
}
