using Outrider.Core;

namespace Outrider.Replication;

/// <summary>The newest entries of a stream in a ring: dense, ending at the last index.</summary>
internal sealed class EntryCache
{
    private const int CapacityMin = 64;

    private Entry?[] _ring = new Entry?[CapacityMin];
    private int _head;
    private int _count;

    /// <summary>The first index in memory; the one after the end if there is none.</summary>
    public LogIndex First { get; private set; } = new(1);

    public int Count => _count;
    public long Bytes { get; private set; }
    public LogIndex End => First.Plus(_count);

    public Entry? TryGet(LogIndex index) =>
        index < First || index >= End ? null : At((int)(index - First));

    public void Add(Entry entry)
    {
        Check.That(entry.Index == End);
        if (_count == _ring.Length) Grow();
        _ring[(_head + _count++) & (_ring.Length - 1)] = entry;
        Bytes += entry.SizeBytes;
    }

    /// <summary>Forgets entries at or after an index; all of them if it is below the first.</summary>
    public void TruncateFrom(LogIndex from)
    {
        while (_count > 0 && End > from)
        {
            var slot = (_head + --_count) & (_ring.Length - 1);
            Bytes -= _ring[slot]!.SizeBytes;
            _ring[slot] = null;
        }

        if (_count == 0) First = LogIndex.Min(First, from);
    }

    /// <summary>Starts over after an index: nothing at or below it is in memory.</summary>
    public void Reset(LogIndex last)
    {
        TruncateFrom(LogIndex.Zero);
        First = last.Next();
    }

    /// <summary>Forgets the oldest entries until the bound holds, but none above <paramref name="keepAbove"/>.
    /// </summary>
    public void Shrink(long bytesMax, LogIndex keepAbove)
    {
        while (_count > 0 && Bytes > bytesMax && First <= keepAbove) DropFirst();
    }

    /// <summary>Forgets entries at or below an index.</summary>
    public void DropUpTo(LogIndex index)
    {
        while (_count > 0 && First <= index) DropFirst();
        if (_count == 0 && First <= index) First = index.Next();
    }

    /// <summary>Entries from an index that is in memory, bounded in bytes, at least one.</summary>
    public Entry[] Slice(LogIndex from, int bytesMax, LogIndex upTo)
    {
        Check.That(from >= First && from < End);
        var start = (int)(from - First);
        var stop = (int)Math.Min(_count, upTo - First + 1);
        var count = 0;
        var bytes = 0L;
        while (start + count < stop)
        {
            bytes += At(start + count).SizeBytes;
            if (count > 0 && bytes > bytesMax) break;
            count++;
        }

        var slice = new Entry[count];
        for (var i = 0; i < count; i++) slice[i] = At(start + i);
        return slice;
    }

    /// <summary>Bytes of the entries from an index in memory on, counted up to a bound.</summary>
    public long BytesAfter(LogIndex from, long enough)
    {
        Check.That(from >= First);
        var bytes = 0L;
        for (var i = (int)(from - First); i < _count && bytes < enough; i++) bytes += At(i).SizeBytes;
        return bytes;
    }

    private Entry At(int offset) => _ring[(_head + offset) & (_ring.Length - 1)]!;

    private void DropFirst()
    {
        Bytes -= _ring[_head]!.SizeBytes;
        _ring[_head] = null;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        First = First.Next();
    }

    private void Grow()
    {
        var larger = new Entry?[_ring.Length * 2];
        for (var i = 0; i < _count; i++) larger[i] = At(i);
        _ring = larger;
        _head = 0;
    }
}
