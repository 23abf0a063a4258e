using System.Collections;

namespace Outrider.Server.Embedding;

/// <summary>A list that grows while others walk it: each walk sees it as it was when the walk began.</summary>
internal sealed class GrowingList<T> : IReadOnlyList<T>
{
    private volatile T[] _items = [];

    public int Count => _items.Length;

    public T this[int index] => _items[index];

    /// <summary>By one thread at a time.</summary>
    public void Add(T item) => _items = [.. _items, item];

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
