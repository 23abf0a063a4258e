namespace Outrider.Log;

/// <summary>Batches that are confirmed, for duplicate detection; the oldest are forgotten beyond a bound.</summary>
internal sealed class BatchMemory(int max)
{
    private readonly Dictionary<BatchName, Place> _batches = [];
    private readonly Queue<BatchName> _order = new();

    /// <summary>Where a batch stands; of one whose entry is kept nowhere only that it was placed is known.</summary>
    public readonly record struct Place(Rid Rid, Lsn First, int Count)
    {
        public static readonly Place Gone = new(new(-1), default, 0);
        public bool IsGone => Rid.Value < 0;
    }

    public void Add(BatchName batch, Place place)
    {
        if (batch.Producer.IsNone) return;
        if (_batches.TryAdd(batch, place))
        {
            _order.Enqueue(batch);
            if (_order.Count > max) _batches.Remove(_order.Dequeue());
        }
        // Some copy keeps the entry still: that says more.
        else if (_batches[batch].IsGone) _batches[batch] = place;
    }

    /// <summary>Batches of a sub-log from a slot on are no longer known.</summary>
    public void Forget(Rid rid, Lsn from)
    {
        for (var left = _order.Count; left > 0; left--)
        {
            var name = _order.Dequeue();
            if (_batches[name] is var place && place.Rid == rid && place.First >= from) _batches.Remove(name);
            else _order.Enqueue(name);
        }
    }

    public Place? Find(BatchName batch) => _batches.TryGetValue(batch, out var place) ? place : null;

    /// <summary>Those whose place is such, the oldest first.</summary>
    public IEnumerable<BatchName> Where(Func<Place, bool> isWanted)
    {
        foreach (var batch in _order)
            if (isWanted(_batches[batch])) yield return batch;
    }
}
