namespace Outrider.Proofs.Eval;

public sealed class SeqValue(Value[] items) : Value(Mix(77, items), AllGround(items))
{
    public static readonly SeqValue Empty = new([]);

    internal Value[] Parts { get; } = items;

    public IReadOnlyList<Value> Items => Parts;

    protected override int Rank => 4;

    public override string ToString() => $"[{string.Join(", ", Parts.Select(p => p.ToString()))}]";

    protected override int CompareSame(Value other) => CompareAll(Parts, ((SeqValue)other).Parts);
}

/// <summary>A finite set: ground elements in ascending order, each once.</summary>
public sealed class SetValue : Value
{
    public static readonly SetValue Empty = new([]);

    private SetValue(Value[] sorted)
        : base(Mix(101, sorted), true) => Parts = sorted;

    internal Value[] Parts { get; }

    public IReadOnlyList<Value> Items => Parts;

    protected override int Rank => 5;

    public static SetValue Of(IEnumerable<Value> items)
    {
        var all = items.ToArray();
        if (all.Length == 0)
        {
            return Empty;
        }

        Array.Sort(all);
        var n = 1;
        for (var i = 1; i < all.Length; i++)
        {
            if (all[i].CompareTo(all[n - 1]) != 0)
            {
                all[n++] = all[i];
            }
        }

        Array.Resize(ref all, n);
        return new SetValue(all);
    }

    public bool Contains(Value v) => Array.BinarySearch(Parts, v) >= 0;

    public SetValue Union(SetValue other)
    {
        if (other.Parts.Length == 0)
        {
            return this;
        }

        if (Parts.Length == 0)
        {
            return other;
        }

        if (other.Parts.Length == 1)
        {
            return Add(other.Parts[0]);
        }

        return Of(Parts.Concat(other.Parts));
    }

    public SetValue Add(Value v)
    {
        var at = Array.BinarySearch(Parts, v);
        if (at >= 0)
        {
            return this;
        }

        at = ~at;
        var copy = new Value[Parts.Length + 1];
        Array.Copy(Parts, copy, at);
        copy[at] = v;
        Array.Copy(Parts, at, copy, at + 1, Parts.Length - at);
        return new SetValue(copy);
    }

    public SetValue Where(Func<Value, bool> keep)
    {
        var kept = Array.FindAll(Parts, v => keep(v));
        return kept.Length == Parts.Length ? this : new SetValue(kept);
    }

    public bool IsSubsetOf(SetValue other)
    {
        foreach (var p in Parts)
        {
            if (!other.Contains(p))
            {
                return false;
            }
        }

        return true;
    }

    public override string ToString() => $"{{{string.Join(", ", Parts.Select(p => p.ToString()))}}}";

    protected override int CompareSame(Value other) => CompareAll(Parts, ((SetValue)other).Parts);
}

/// <summary>A finite map with its keys in ascending order. A multiset is a map from element to count.</summary>
public sealed class MapValue : Value
{
    public static readonly MapValue Empty = new([], []);

    private MapValue(Value[] keys, Value[] values)
        : base(unchecked((Mix(131, keys) * 17) + Mix(137, values)), AllGround(values))
    {
        KeyParts = keys;
        ValueParts = values;
    }

    internal Value[] KeyParts { get; }

    internal Value[] ValueParts { get; }

    public IReadOnlyList<Value> Keys => KeyParts;

    public IReadOnlyList<Value> Values => ValueParts;

    protected override int Rank => 6;

    public static MapValue Of(IEnumerable<KeyValuePair<Value, Value>> pairs)
    {
        // A later pair replaces an earlier one with the same key.
        var sorted = new SortedDictionary<Value, Value>();
        foreach (var (k, v) in pairs)
        {
            sorted[k] = v;
        }

        return new MapValue([.. sorted.Keys], [.. sorted.Values]);
    }

    public Value? Get(Value key)
    {
        var at = Array.BinarySearch(KeyParts, key);
        return at < 0 ? null : ValueParts[at];
    }

    public MapValue With(Value key, Value value)
    {
        var at = Array.BinarySearch(KeyParts, key);
        if (at >= 0)
        {
            var same = (Value[])ValueParts.Clone();
            same[at] = value;
            return new MapValue(KeyParts, same);
        }

        return Of(Pairs().Append(new(key, value)));
    }

    internal MapValue WithValues(Value[] values) => new(KeyParts, values);

    public IEnumerable<KeyValuePair<Value, Value>> Pairs()
    {
        for (var i = 0; i < KeyParts.Length; i++)
        {
            yield return new(KeyParts[i], ValueParts[i]);
        }
    }

    public override string ToString() => $"map[{string.Join(", ", Pairs().Select(p => $"{p.Key} := {p.Value}"))}]";

    protected override int CompareSame(Value other)
    {
        var o = (MapValue)other;
        var d = CompareAll(KeyParts, o.KeyParts);
        return d != 0 ? d : CompareAll(ValueParts, o.ValueParts);
    }
}
