using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// A ring of structs addressed by an ordinal that never repeats: the first one taken out is the lowest.
/// </summary>
internal sealed class Deque<T>
{
    private T[] _items = new T[64];

    /// <summary>The ordinal of the oldest item still here.</summary>
    public long First { get; private set; }

    /// <summary>The ordinal that the next item will get.</summary>
    public long End { get; private set; }

    public int Count => (int)(End - First);

    public ref T this[long ordinal]
    {
        get
        {
            Check.That(ordinal >= First && ordinal < End);
            return ref _items[ordinal & (_items.Length - 1)];
        }
    }

    public void Add(in T item)
    {
        if (Count == _items.Length) Grow();
        _items[End++ & (_items.Length - 1)] = item;
    }

    public void RemoveFirst()
    {
        Check.That(Count > 0);
        _items[First++ & (_items.Length - 1)] = default!;
    }

    public void Clear()
    {
        while (Count > 0) RemoveFirst();
    }

    private void Grow()
    {
        var larger = new T[_items.Length * 2];
        for (var i = First; i < End; i++) larger[i & (larger.Length - 1)] = _items[i & (_items.Length - 1)];
        _items = larger;
    }
}
