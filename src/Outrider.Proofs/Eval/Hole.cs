namespace Outrider.Proofs.Eval;

/// <summary>
/// An unknown inside a partial term. The solver binds it, to a value that may hold further holes, and takes the binding
/// back when it turns to another branch.
/// </summary>
internal sealed class Hole(Shape shape) : Value(0, false)
{
    public Shape Shape { get; } = shape;

    public Value? Binding { get; set; }

    /// <summary>The only values it may take, where they are known beforehand.</summary>
    public IReadOnlyList<Value>? Candidates { get; init; }

    protected override int Rank => 9;

    public override string ToString() => Binding?.ToString() ?? "_";

    protected override int CompareSame(Value other) =>
        throw new InvalidOperationException("a hole has no place in an order");
}

/// <summary>A function value: a lambda with what it captured, or a named function.</summary>
internal sealed class FunctionValue(Func<Value[], Value?> call) : Value(1, true)
{
    public Func<Value[], Value?> Call { get; } = call;

    protected override int Rank => 8;

    public override string ToString() => "function";

    protected override int CompareSame(Value other) =>
        throw new Undefined("function values cannot be compared");
}

/// <summary>
/// An expression has no value at these arguments: an index out of range, a key that is not in the map, a field of
/// another constructor, no witness.
/// </summary>
public sealed class Undefined(string what) : Exception(what);

/// <summary>The text uses a form or a quantity that exploration cannot evaluate.</summary>
public sealed class NotExecutable(string what) : Exception(what);
