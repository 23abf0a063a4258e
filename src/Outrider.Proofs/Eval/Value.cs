namespace Outrider.Proofs.Eval;

/// <summary>
/// An immutable Dafny value with its hash at hand. A value is ground when no <see cref="Hole"/> stands in it; only
/// ground values are compared, hashed or put into sets.
/// </summary>
public abstract class Value(int hash, bool isGround) : IEquatable<Value>, IComparable<Value>
{
    public bool IsGround { get; } = isGround;

    internal int Hash { get; } = hash;

    /// <summary>Order between values of different shapes; any fixed order will do.</summary>
    protected abstract int Rank { get; }

    public bool Equals(Value? other) =>
        ReferenceEquals(this, other) || (other != null && Hash == other.Hash && CompareTo(other) == 0);

    public override bool Equals(object? obj) => obj is Value v && Equals(v);

    public override int GetHashCode() => Hash;

    public int CompareTo(Value? other)
    {
        if (ReferenceEquals(this, other))
        {
            return 0;
        }

        if (other == null)
        {
            return 1;
        }

        return Rank != other.Rank ? Rank.CompareTo(other.Rank) : CompareSame(other);
    }

    protected abstract int CompareSame(Value other);

    protected static int Mix(int hash, Value[] parts)
    {
        foreach (var p in parts)
        {
            hash = unchecked((hash * 31) + p.Hash);
        }

        // Spread: small integers in small tuples would otherwise fall into few buckets.
        return unchecked((hash ^ (hash >>> 15)) * -2048144789);
    }

    protected static bool AllGround(Value[] parts)
    {
        foreach (var p in parts)
        {
            if (!p.IsGround)
            {
                return false;
            }
        }

        return true;
    }

    protected static int CompareAll(Value[] a, Value[] b)
    {
        if (a.Length != b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }

        for (var i = 0; i < a.Length; i++)
        {
            var d = a[i].CompareTo(b[i]);
            if (d != 0)
            {
                return d;
            }
        }

        return 0;
    }
}

public sealed class BoolValue : Value
{
    public static readonly BoolValue True = new(true);
    public static readonly BoolValue False = new(false);

    private BoolValue(bool value)
        : base(value ? 0x51ed27 : 0x2c1b3c, true) => Truth = value;

    public bool Truth { get; }

    protected override int Rank => 0;

    public static BoolValue Of(bool value) => value ? True : False;

    public override string ToString() => Truth ? "true" : "false";

    protected override int CompareSame(Value other) => Truth.CompareTo(((BoolValue)other).Truth);
}

/// <summary>
/// An integer. 64 bits are far more than any explored run reaches; overflow is an error, never a wrap.
/// </summary>
public sealed class IntValue : Value
{
    private static readonly IntValue[] Small = [.. Enumerable.Range(-16, 272).Select(i => new IntValue(i))];

    private IntValue(long value)
        : base(unchecked((int)(value * 0x9E3779B1) ^ (int)(value >> 32)), true) => Number = value;

    public long Number { get; }

    protected override int Rank => 1;

    public static IntValue Of(long value) => value is >= -16 and < 256 ? Small[value + 16] : new IntValue(value);

    public override string ToString() => Number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    protected override int CompareSame(Value other) => Number.CompareTo(((IntValue)other).Number);
}

/// <summary>A character or string, or an element of an abstract type, known by its spelling alone.</summary>
public sealed class AtomValue(string text)
    : Value(StringHash(text), true)
{
    public string Text { get; } = text;

    protected override int Rank => 2;

    public override string ToString() => Text;

    protected override int CompareSame(Value other) => string.CompareOrdinal(Text, ((AtomValue)other).Text);

    // The framework's string hash differs from process to process; exploration must not.
    private static int StringHash(string text)
    {
        var hash = 5381;
        foreach (var ch in text)
        {
            hash = unchecked((hash * 33) ^ ch);
        }

        return hash;
    }
}

public sealed class CtorValue(CtorShape shape, Value[] args)
    : Value(Mix(shape.Seed, args), AllGround(args))
{
    public CtorShape Shape { get; } = shape;

    internal Value[] Parts { get; } = args;

    public IReadOnlyList<Value> Args => Parts;

    protected override int Rank => 3;

    /// <summary>The field's value, or null when the constructor lacks it.</summary>
    public Value? Field(string name)
    {
        var i = Shape.IndexOf(name);
        return i < 0 ? null : Parts[i];
    }

    public CtorValue With(int index, Value value)
    {
        var copy = (Value[])Parts.Clone();
        copy[index] = value;
        return new CtorValue(Shape, copy);
    }

    public override string ToString() => Parts.Length == 0
        ? Shape.Name
        : $"{Shape.Name}({string.Join(", ", Parts.Select(p => p.ToString()))})";

    protected override int CompareSame(Value other)
    {
        var o = (CtorValue)other;
        if (!ReferenceEquals(Shape, o.Shape))
        {
            var byType = string.CompareOrdinal(Shape.Datatype, o.Shape.Datatype);
            return byType != 0 ? byType : Shape.Index.CompareTo(o.Shape.Index);
        }

        return CompareAll(Parts, o.Parts);
    }
}
