using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// What will happen, in order of (tick, sequence). The sequence number is part of the key because a heap alone hands
/// out equal ticks in an order of its own making.
/// </summary>
internal sealed class EventHeap
{
    private (long At, long Seq, SimEvent Item)[] _items = new (long, long, SimEvent)[1024];
    private long _seq;

    public int Count { get; private set; }

    public void Push(long at, SimEvent item)
    {
        if (Count == _items.Length) Array.Resize(ref _items, Count * 2);
        var entry = (at, ++_seq, item);
        var i = Count++;
        while (i > 0)
        {
            var parent = (i - 1) >> 2;
            if (!Before(entry, _items[parent])) break;
            _items[i] = _items[parent];
            i = parent;
        }

        _items[i] = entry;
    }

    public long NextAt => _items[0].At;

    public SimEvent Pop(out long at)
    {
        Check.That(Count > 0);
        var top = _items[0];
        var last = _items[--Count];
        _items[Count] = default;
        if (Count > 0) SiftDown(last);
        at = top.At;
        return top.Item;
    }

    private void SiftDown((long At, long Seq, SimEvent Item) entry)
    {
        var i = 0;
        while (true)
        {
            var first = (i << 2) + 1;
            if (first >= Count) break;
            var least = first;
            var end = Math.Min(first + 4, Count);
            for (var child = first + 1; child < end; child++)
                if (Before(_items[child], _items[least])) least = child;
            if (!Before(_items[least], entry)) break;
            _items[i] = _items[least];
            i = least;
        }

        _items[i] = entry;
    }

    private static bool Before(
        in (long At, long Seq, SimEvent Item) a, in (long At, long Seq, SimEvent Item) b) =>
        a.At != b.At ? a.At < b.At : a.Seq < b.Seq;
}
