namespace Outrider.Core;

/// <summary>
/// Holds messages until what they rest on is on disk. Both hosts use this one: a bug here would be found by the
/// simulator. Releases in the order of sending, so a link stays first-in first-out among equals.
/// </summary>
public sealed class DurableOutbox
{
    private readonly Queue<Outgoing> _waiting = new();
    private DurableToken _durable;

    public int WaitingCount => _waiting.Count;

    /// <summary>Takes the sends of one step; those that may leave now go to <paramref name="ready"/>.</summary>
    public void Take(IReadOnlyList<Outgoing> sends, List<Outgoing> ready)
    {
        for (var i = 0; i < sends.Count; i++)
        {
            if (sends[i].After <= _durable) ready.Add(sends[i]);
            else _waiting.Enqueue(sends[i]);
        }
    }

    /// <summary>Releases what rests on <paramref name="upTo"/> or less.</summary>
    public void OnDurable(DurableToken upTo, List<Outgoing> ready)
    {
        // A late answer of an earlier sync changes nothing.
        if (upTo <= _durable) return;
        _durable = upTo;
        for (var left = _waiting.Count; left > 0; left--)
        {
            var next = _waiting.Dequeue();
            if (next.After <= _durable) ready.Add(next);
            else _waiting.Enqueue(next);
        }
    }
}
