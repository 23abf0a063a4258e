using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// A node's timers. Setting a key again or cancelling it leaves the old heap element behind; it is recognised by its
/// stamp when it comes up, and the heap is rebuilt when such leftovers outnumber the living.
/// </summary>
internal sealed class TimerHeap
{
    private const int RebuildAbove = 1024;
    private readonly PriorityQueue<(TimerKey Key, long Stamp), (long DueMicros, long Stamp)> _heap = new();
    private readonly Dictionary<TimerKey, (long DueMicros, long Stamp)> _live = [];
    private long _stamp;

    public int Count => _live.Count;

    public bool IsSet(TimerKey key) => _live.ContainsKey(key);

    public void Apply(TimerOrder order, long nowMicros)
    {
        if (order.DelayMicros < 0)
        {
            _live.Remove(order.Key);
            return;
        }

        // The stamp breaks ties, so that timers due at one instant fire in the order in which they were set.
        var due = (nowMicros + order.DelayMicros, ++_stamp);
        _live[order.Key] = due;
        _heap.Enqueue((order.Key, _stamp), due);
        if (_heap.Count > RebuildAbove && _heap.Count > 4 * _live.Count) Rebuild();
    }

    /// <summary>When the next timer is due; false when none is set.</summary>
    public bool TryPeek(out long dueMicros)
    {
        while (_heap.TryPeek(out var top, out var due))
        {
            if (IsLive(top.Key, top.Stamp))
            {
                dueMicros = due.DueMicros;
                return true;
            }

            _heap.Dequeue();
        }

        dueMicros = long.MaxValue;
        return false;
    }

    public bool TryTake(long nowMicros, out TimerKey key)
    {
        key = default;
        if (!TryPeek(out var due) || due > nowMicros) return false;
        key = _heap.Dequeue().Key;
        _live.Remove(key);
        return true;
    }

    private bool IsLive(TimerKey key, long stamp) => _live.TryGetValue(key, out var live) && live.Stamp == stamp;

    private void Rebuild()
    {
        _heap.Clear();
        foreach (var (key, due) in _live) _heap.Enqueue((key, due.Stamp), due);
        Check.That(_heap.Count == _live.Count);
    }
}
