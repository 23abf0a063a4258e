using Outrider.Core;

namespace Outrider.Log;

/// <summary>A position of the merged order: a record, or nothing where a slot was given up or revoked.</summary>
internal struct TailItem
{
    public LogRecord? Record;
    public Rid Rid;
    public Lsn Lsn;

    /// <summary>Where its batch ends.</summary>
    public Lsn EntryEnd;

    /// <summary>No copy of what stood here is left.</summary>
    public bool IsLost;
}

/// <summary>The newest part of the merged order, in memory for all subscribers of a node.</summary>
internal sealed class TailBuffer
{
    private readonly Deque<TailItem> _items = new();
    private Position _base;

    public long Bytes { get; private set; }

    /// <summary>The oldest position here.</summary>
    public Position First => new(_base.Value + _items.First);

    /// <summary>The first position not yet merged.</summary>
    public Position End => new(_base.Value + _items.End);

    public void Restart(Position at)
    {
        _items.Clear();
        Bytes = 0;
        _base = new(at.Value - _items.End);
        Check.That(End == at);
    }

    public ref TailItem this[Position position] => ref _items[position.Value - _base.Value];

    public void Add(LogRecord? record, Rid rid, Lsn lsn, Lsn entryEnd, bool isLost = false)
    {
        _items.Add(new() { Record = record, Rid = rid, Lsn = lsn, EntryEnd = entryEnd, IsLost = isLost });
        Bytes += Size(record);
    }

    /// <summary>Takes a record back; the slot stays, as a no-op.</summary>
    public void Revoke(Position position)
    {
        ref var item = ref this[position];
        Bytes += Size(null) - Size(item.Record);
        item.Record = null;
    }

    /// <summary>Whoever has not been shown what stands here is told that it is lost.</summary>
    public void Lose(Position position)
    {
        Revoke(position);
        this[position].IsLost = true;
    }

    /// <summary>Forgets the oldest positions below <paramref name="below"/> until few enough bytes are left.</summary>
    public void Shrink(Position below, long bytes)
    {
        while (Bytes > bytes && First < below)
        {
            Bytes -= Size(this[First].Record);
            _items.RemoveFirst();
        }
    }

    private static long Size(LogRecord? record) =>
        48 + (record is null ? 0 : 64 + record.Payload.Length + record.Headers.Length);
}
