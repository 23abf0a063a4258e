using Outrider.Core;

namespace Outrider.Log;

/// <summary>What a primary keeps of one key's groups: what is under way, and whose decisions wait.</summary>
internal sealed class GroupQueue
{
    private readonly Queue<(Lsn End, ReadOnlyMemory<byte> Record)> _underWay = new();
    // The number of the last operation; null: not known.
    private long? _last;

    public sealed class Turn(NodeId node)
    {
        public NodeId Node => node;

        /// <summary>Its decision waits; null: it has been told to decide again.</summary>
        public LogAppend? Ask;
        public long Number;
        public long Sequence;
        public long ToldMicros = -1;

        public bool IsTold => ToldMicros >= 0;
    }

    /// <summary>In the order of their coming; one a node.</summary>
    public List<Turn> Turns { get; } = [];

    /// <summary>Who waits until all that is under way is confirmed, and the number of the question.</summary>
    public SortedTable<NodeId, long> Waiting { get; } = [];

    /// <summary>Of what is under way.</summary>
    public long Bytes { get; private set; }

    public bool IsEmpty => Turns.Count == 0 && Waiting.Count == 0 && _underWay.Count == 0;

    public Turn? TurnOf(NodeId node) => Turns.Find(turn => turn.Node == node);

    /// <summary>Whether a batch was decided on all that is placed.</summary>
    public bool Follows(LogAppend ask) => _last is { } last
        && GroupCodec.NumberOf(ask.Records[0].Payload, out var isOp) is { } number
        && number == (isOp ? last + 1 : last);

    public void Placed(LogAppend ask, Lsn end)
    {
        for (var i = 0; i < ask.Records.Count; i++)
        {
            var record = ask.Records[i].Payload;
            Bytes += record.Length;
            _underWay.Enqueue((end, record));
            if (GroupCodec.NumberOf(record, out _) is not { } number) continue;
            // Only what follows all that is placed is placed, and by its tail also where the number was not known:
            // taken for less than it is, it would let pass what has been overtaken. A snapshot has the last one's.
            if (_last is null || number > _last) _last = number;
        }
    }

    public void Forget(Lsn committed)
    {
        while (_underWay.TryPeek(out var first) && first.End <= committed)
        {
            Bytes -= first.Record.Length;
            _underWay.Dequeue();
        }
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> UnderWay() => [.. _underWay.Select(one => one.Record)];

    public void Clear()
    {
        Turns.Clear();
        Waiting.Clear();
        _underWay.Clear();
        (_last, Bytes) = (null, 0);
    }
}
