namespace Outrider.Proofs.Syntax;

/// <summary>What Dafny found to bound a variable by; <see cref="NoBound"/> when it found nothing finite.</summary>
public abstract record Bound;

public sealed record NoBound : Bound;

/// <summary><c>Low &lt;= x &lt; High</c>, either side may be open.</summary>
public sealed record IntBound(Expr? Low, Expr? High) : Bound;

public sealed record ExactBound(Expr Value) : Bound;

/// <summary>The variable is an element of a set, sequence, multiset, or a key of a map.</summary>
public sealed record ElementBound(Expr Collection) : Bound;

/// <summary>The variable is a set within another.</summary>
public sealed record SubsetBound(Expr Whole) : Bound;

/// <summary>All values of the datatype or of <c>bool</c>.</summary>
public sealed record TypeBound : Bound;
