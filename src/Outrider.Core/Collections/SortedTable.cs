using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Outrider.Core;

/// <summary>
/// A few values by key, in the order of the keys, in two arrays. Machines walk such tables in every step: this one is
/// walked without allocating anything, which a tree of the framework is not. Adding and removing moves what follows,
/// so it is for tens of keys, or for keys that come in ascending order.
/// </summary>
public sealed class SortedTable<TKey, TValue> : IReadOnlyCollection<KeyValuePair<TKey, TValue>>
    where TKey : struct, IComparable<TKey>
{
    private TKey[] _keys = [];
    private TValue[] _values = [];
    private int _changes;

    public int Count { get; private set; }

    /// <summary>Setting adds or replaces.</summary>
    /// <exception cref="KeyNotFoundException">Getting a key that is not in the table.</exception>
    public TValue this[TKey key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"no {key} in the table");
        set
        {
            var at = Search(key);
            if (at >= 0) _values[at] = value;
            else Insert(~at, key, value);
        }
    }

    /// <summary>The keys, ascending; not a copy.</summary>
    public ReadOnlySpan<TKey> Keys => _keys.AsSpan(0, Count);

    /// <summary>The values in the order of their keys; not a copy.</summary>
    public ValueWalk Values => new(this);

    /// <exception cref="ArgumentException">The key is in the table already.</exception>
    public void Add(TKey key, TValue value)
    {
        var at = Search(key);
        if (at >= 0) throw new ArgumentException($"{key} is in the table already", nameof(key));
        Insert(~at, key, value);
    }

    public bool Remove(TKey key) => Remove(key, out _);

    public bool Remove(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var at = Search(key);
        if (at < 0)
        {
            value = default;
            return false;
        }

        value = _values[at];
        Count--;
        _keys.AsSpan(at + 1, Count - at).CopyTo(_keys.AsSpan(at));
        _values.AsSpan(at + 1, Count - at).CopyTo(_values.AsSpan(at));
        _values[Count] = default!;
        _changes++;
        return true;
    }

    public void Clear()
    {
        _values.AsSpan(0, Count).Clear();
        Count = 0;
        _changes++;
    }

    public bool ContainsKey(TKey key) => Search(key) >= 0;

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var at = Search(key);
        value = at >= 0 ? _values[at] : default;
        return at >= 0;
    }

    public TValue? GetValueOrDefault(TKey key) => TryGetValue(key, out var value) ? value : default;

    public Walk GetEnumerator() => new(this);

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator()
    {
        foreach (var pair in this) yield return pair;
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<KeyValuePair<TKey, TValue>>)this).GetEnumerator();

    private int Search(TKey key)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = _keys[middle].CompareTo(key);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    private void Insert(int at, TKey key, TValue value)
    {
        if (Count == _keys.Length)
        {
            Array.Resize(ref _keys, Math.Max(4, 2 * Count));
            Array.Resize(ref _values, _keys.Length);
        }

        _keys.AsSpan(at, Count - at).CopyTo(_keys.AsSpan(at + 1));
        _values.AsSpan(at, Count - at).CopyTo(_values.AsSpan(at + 1));
        (_keys[at], _values[at]) = (key, value);
        Count++;
        _changes++;
    }

    /// <summary>Goes through the table; adding or removing meanwhile is a bug and found.</summary>
    public struct Walk
    {
        private readonly SortedTable<TKey, TValue> _table;
        private readonly int _changes;
        private int _at = -1;

        internal Walk(SortedTable<TKey, TValue> table) => (_table, _changes) = (table, table._changes);

        public readonly KeyValuePair<TKey, TValue> Current => new(_table._keys[_at], _table._values[_at]);

        public bool MoveNext()
        {
            Check.That(_changes == _table._changes);
            return ++_at < _table.Count;
        }
    }

    /// <summary>The values alone.</summary>
    public readonly struct ValueWalk
    {
        private readonly SortedTable<TKey, TValue> _table;

        internal ValueWalk(SortedTable<TKey, TValue> table) => _table = table;

        public ValueEnumerator GetEnumerator() => new(_table.GetEnumerator());
    }

    /// <summary>See <see cref="Walk"/>.</summary>
    public struct ValueEnumerator
    {
        private Walk _walk;

        internal ValueEnumerator(Walk walk) => _walk = walk;

        public readonly TValue Current => _walk.Current.Value;

        public bool MoveNext() => _walk.MoveNext();
    }
}
