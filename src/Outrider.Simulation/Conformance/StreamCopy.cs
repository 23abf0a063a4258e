using Outrider.Core;
using Outrider.Core.Tracing;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>
/// What a recorder knows of one node's copy of a stream, from what the node wrote to its journal and nothing else.
/// </summary>
internal sealed class StreamCopy
{
    private readonly List<(long Token, long Promised)> _disk = [(0, 0)];

    public List<ModelEntry> Entries { get; private set; } = [];

    /// <summary>Where the stream begins here; what lies below is trimmed, and so was committed.</summary>
    public long Base { get; set; }

    /// <summary>As last written.</summary>
    public long Promised { get; private set; }

    /// <summary>The promise that is surely on disk.</summary>
    public long Saved => _disk[0].Promised;

    /// <summary>Records of the present step that have been looked at.</summary>
    public int JournalSeen { get; set; }

    public long Matched { get; set; }

    /// <summary>The term this node leads; 0 for none.</summary>
    public long Leading { get; set; }

    /// <summary>It has written the seal of the term it leads.</summary>
    public bool HasSealed { get; set; }

    /// <summary>At the leader: what it knew as committed when it wrote its seal, or has learned since.</summary>
    public LogIndex Committed { get; set; }

    /// <summary>At the leader: whose answers to the seal it has, and what they list of this stream.</summary>
    public SortedDictionary<NodeId, StreamTail?> Gathered { get; } = [];

    /// <summary>At the leader: the highest acknowledgement of each member.</summary>
    public Dictionary<NodeId, LogIndex> Acks { get; } = [];

    /// <summary>Term led, and how much of the stream was committed in it.</summary>
    public SortedDictionary<long, long> Decided { get; } = [];

    /// <summary>A restart: the disk is all there is.</summary>
    public void Restart(List<ModelEntry> entries, long from)
    {
        Base = from;
        Entries = entries;
        Leading = 0;
        Matched = 0;
    }

    /// <summary>After the first step of a life, the promise is known.</summary>
    public void Found(long promised)
    {
        Promised = promised;
        _disk.Clear();
        _disk.Add((0, promised));
    }

    public bool Save(long promised, long token)
    {
        if (promised == Promised) return false;
        Promised = promised;
        Write(token);
        return true;
    }

    public void Write(long token) => _disk.Add((token, Promised));

    public void Cut(LogIndex from, long token)
    {
        if (from.Value <= Entries.Count) Entries.RemoveRange((int)from.Value - 1, Entries.Count - (int)from.Value + 1);
        Write(token);
    }

    public void Replace(List<ModelEntry> entries, long token)
    {
        Entries = entries;
        Write(token);
    }

    /// <summary>True if something that the model counts is on disk now.</summary>
    public bool Sync(DurableToken upTo)
    {
        var done = _disk.Skip(1).TakeWhile(d => d.Token <= upTo.Value).Count();
        _disk.RemoveRange(0, done);
        return done > 0;
    }

    /// <summary>The model's field: what is on disk, and what each write on its way makes of it.</summary>
    public TraceValue Disk => TraceValue.List(
        [.. _disk.Select(d => TraceValue.Fields(("promised", TraceValue.Number(d.Promised))))]);
}
