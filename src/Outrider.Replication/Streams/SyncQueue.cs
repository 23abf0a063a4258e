using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Which index of a stream becomes durable with which journal token; tokens ascend.</summary>
internal sealed class SyncQueue
{
    private readonly Queue<Mark> _marks = new();

    public int Count => _marks.Count;

    public void Add(LogIndex upTo, DurableToken token) => _marks.Enqueue(new Mark(upTo, token));

    /// <summary>The highest index that is durable by a token; zero if none is new.</summary>
    public LogIndex Take(DurableToken upTo)
    {
        var synced = LogIndex.Zero;
        while (_marks.Count > 0 && _marks.Peek().Token <= upTo) synced = _marks.Dequeue().Index;
        return synced;
    }

    /// <summary>
    /// What was written at or after an index is gone: its sync must not vouch for what is written there later.
    /// </summary>
    public void Truncate(LogIndex from)
    {
        for (var left = _marks.Count; left > 0; left--)
        {
            var mark = _marks.Dequeue();
            _marks.Enqueue(mark with { Index = LogIndex.Min(mark.Index, from.Previous()) });
        }
    }

    public void Clear() => _marks.Clear();

    private readonly record struct Mark(LogIndex Index, DurableToken Token);
}
