namespace Outrider.Proofs.Syntax;

/// <summary>The left side of a let or of a match case.</summary>
public abstract record Pattern;

public sealed record AnyPattern : Pattern;

public sealed record VarPattern(string Name) : Pattern;

public sealed record LiteralPattern(Expr Value) : Pattern;

public sealed record CtorPattern(string Owner, string Name, IReadOnlyList<Pattern> Args) : Pattern;

/// <summary>Alternatives; none of them binds a variable.</summary>
public sealed record EitherPattern(IReadOnlyList<Pattern> Alternatives) : Pattern;
