using Outrider.Core;

namespace Outrider.Log;

/// <summary>What one node has folded of a key's group stream.</summary>
internal sealed class GroupFold(ulong desk)
{
    private readonly WireWriter _chunks = new();
    private readonly SortedSet<long> _own = [];
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

    /// <summary>Whether an operation of this desk was folded in from the stream.</summary>
    public bool HasOwn(long number) => _own.Contains(number);

    public void ForgetOwn() => _own.Clear();

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

    /// <param name="State">The state once all of it is confirmed.</param>
    /// <param name="Own">Numbers of this desk's operations among it.</param>
    public sealed record UnderWay(ConsumerGroups State, IReadOnlySet<long> Own);

    /// <summary>The state with records that are not confirmed; null: there are none, or some between are missing.
    /// </summary>
    public UnderWay? Ahead(IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        if (records.Count == 0 || State is not { } state) return null;
        var own = new SortedSet<long>();
        for (var i = 0; i < records.Count; i++)
        {
            if (GroupCodec.Decode(records[i]) is not GroupStreamRecord.Op op) continue;
            if (op.Ordinal > state.Ordinal + 1) return null;
            if (op.Desk == desk) own.Add(op.Number);
            state = GroupRules.Apply(state, op.Ordinal, op.What);
        }

        return new(state, own);
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

        var fits = op.Ordinal == state.Ordinal + 1;
        if (fits && op.Desk == desk) _own.Add(op.Number);
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
