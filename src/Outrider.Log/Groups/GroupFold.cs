using Outrider.Core;

namespace Outrider.Log;

/// <summary>What one node has folded of a key's group stream.</summary>
internal sealed class GroupFold
{
    private readonly WireWriter _chunks = new();
    private int _chunkNext;

    /// <summary>Null until something or the stream's emptiness has been read.</summary>
    public ConsumerGroups? State { get; private set; }

    /// <summary>The last record read; null: none.</summary>
    public Position? Tail { get; private set; }

    /// <summary>The ordinal of the newest snapshot; 0: none.</summary>
    public long SnapshotOrdinal { get; private set; }

    /// <summary>Where the newest snapshot begins.</summary>
    public Position? SnapshotAt { get; private set; }

    /// <summary>Operations before what is left are gone and no snapshot stands for them.</summary>
    public bool Lost { get; private set; }

    public Position Next => Tail?.Next() ?? default;

    /// <summary>The stream has been read to its end.</summary>
    public void AtEnd() => State ??= ConsumerGroups.Empty;

    public void Add(LogRecord record)
    {
        Check.That(Tail is null || record.Position > Tail);
        Tail = record.Position;
        switch (GroupCodec.Decode(record.Payload))
        {
            case GroupStreamRecord.Op op:
                Add(op);
                break;
            case GroupStreamRecord.Chunk chunk:
                Add(chunk, record.Position);
                break;
            default:
                // Not written by any version known here: going on without it would fork the state.
                Lost = true;
                break;
        }
    }

    /// <summary>The desk's own operations have been placed right after the tail.</summary>
    public void Placed(ConsumerGroups state, Position tail)
    {
        Check.That(Tail is null || tail > Tail);
        (State, Tail) = (state, tail);
    }

    /// <summary>The state with records that are not confirmed; null: there are none, or some between are missing.
    /// </summary>
    public ConsumerGroups? Ahead(IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        if (records.Count == 0 || State is not { } state) return null;
        for (var i = 0; i < records.Count; i++)
        {
            if (GroupCodec.Decode(records[i]) is not GroupStreamRecord.Op op) continue;
            if (op.Ordinal > state.Ordinal + 1) return null;
            state = GroupRules.Apply(state, op.Ordinal, op.What);
        }

        return state;
    }

    public void SnapshotPlaced(Position first, Position last)
    {
        Check.That(State is not null);
        (SnapshotOrdinal, SnapshotAt, Tail) = (State.Ordinal, first, last);
    }

    private void Add(GroupStreamRecord.Op op)
    {
        var state = State ?? ConsumerGroups.Empty;
        if (op.Ordinal > state.Ordinal + 1)
        {
            Lost = true;
            return;
        }

        State = GroupRules.Apply(state, op.Ordinal, op.What);
    }

    private void Add(GroupStreamRecord.Chunk chunk, Position at)
    {
        if (chunk.At == 0)
        {
            _chunks.Clear();
            _chunkNext = 0;
            (SnapshotOrdinal, SnapshotAt) = (chunk.Ordinal, at);
        }

        // The rest of one whose beginning was not read.
        if (chunk.At != _chunkNext) return;
        _chunkNext++;
        foreach (var one in chunk.Bytes.Span) _chunks.Byte(one);
        if (_chunkNext < chunk.Of || (State is not null && State.Ordinal >= chunk.Ordinal)) return;
        if (GroupSnapshot.Read(chunk.Ordinal, _chunks.ToArray()) is { } state) (State, Lost) = (state, false);
        else Lost = true;
    }
}
