namespace Outrider.Log;

/// <summary>A slot of the one total order; 0 is the first. Final from the moment it is given, unless revoked.</summary>
public readonly record struct Position(long Value) : IComparable<Position>
{
    public Position Next() => new(Value + 1);
    public int CompareTo(Position other) => Value.CompareTo(other.Value);
    public static bool operator <(Position a, Position b) => a.Value < b.Value;
    public static bool operator >(Position a, Position b) => a.Value > b.Value;
    public static bool operator <=(Position a, Position b) => a.Value <= b.Value;
    public static bool operator >=(Position a, Position b) => a.Value >= b.Value;
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>
/// A replica id: one life of one primary's sub-log. It has exactly one primary for as long as it exists; a restart of
/// that primary ends it, and the node goes on under a new one.
/// </summary>
public readonly record struct Rid(int Value) : IComparable<Rid>
{
    public int CompareTo(Rid other) => Value.CompareTo(other.Value);
    public override string ToString() => $"rid{Value}";
}

/// <summary>A shard: the nodes that hold the same sub-logs. A key belongs to one shard.</summary>
public readonly record struct ShardId(int Value) : IComparable<ShardId>
{
    public int CompareTo(ShardId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"shard{Value}";
}

/// <summary>A slot of one sub-log; 0 is the first. Counts records and holes.</summary>
public readonly record struct Lsn(long Value) : IComparable<Lsn>
{
    public Lsn Next() => new(Value + 1);
    public Lsn Plus(long slots) => new(Value + slots);
    public static long operator -(Lsn a, Lsn b) => a.Value - b.Value;
    public int CompareTo(Lsn other) => Value.CompareTo(other.Value);
    public static bool operator <(Lsn a, Lsn b) => a.Value < b.Value;
    public static bool operator >(Lsn a, Lsn b) => a.Value > b.Value;
    public static bool operator <=(Lsn a, Lsn b) => a.Value <= b.Value;
    public static bool operator >=(Lsn a, Lsn b) => a.Value >= b.Value;
    public override string ToString() => $"l{Value}";
}

/// <summary>A generation of the set of participants; grows with every join, leave and failure.</summary>
public readonly record struct View(long Value) : IComparable<View>
{
    public View Next() => new(Value + 1);
    public int CompareTo(View other) => Value.CompareTo(other.Value);
    public static bool operator <(View a, View b) => a.Value < b.Value;
    public static bool operator >(View a, View b) => a.Value > b.Value;
    public static bool operator <=(View a, View b) => a.Value <= b.Value;
    public static bool operator >=(View a, View b) => a.Value >= b.Value;
    public override string ToString() => $"v{Value}";
}
