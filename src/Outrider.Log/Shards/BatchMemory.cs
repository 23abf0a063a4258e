using Outrider.Core;

namespace Outrider.Log;

/// <summary>Batches that are confirmed, for duplicate detection; the oldest are forgotten beyond a bound.</summary>
internal sealed class BatchMemory(int max)
{
    private readonly Dictionary<(ProducerId, long), Place> _batches = [];
    private readonly Queue<(ProducerId, long)> _order = new();

    public readonly record struct Place(Rid Rid, Lsn First, int Count);

    public void Add(ProducerId producer, long sequence, Place place)
    {
        if (producer.IsNone || !_batches.TryAdd((producer, sequence), place)) return;
        _order.Enqueue((producer, sequence));
        if (_order.Count > max) _batches.Remove(_order.Dequeue());
    }

    public Place? Find(ProducerId producer, long sequence) =>
        _batches.TryGetValue((producer, sequence), out var place) ? place : null;
}
