using Outrider.Core;

namespace Outrider.Replication;

/// <summary>What the leader of a term knows of one node of it; its own included.</summary>
internal sealed class Peer(NodeId node)
{
    private PeerStream?[] _streams = new PeerStream?[4];

    public NodeId Node { get; } = node;

    /// <summary>It is a member of the term's configuration; others are sealed only, or learn.</summary>
    public bool Votes { get; set; }

    public bool IsLearner { get; set; }

    /// <summary>Its life as last heard; acknowledgements of an earlier one are void.</summary>
    public Incarnation Life { get; private set; }

    /// <summary>Its answer to the seal of this term.</summary>
    public SealAck? Sealed { get; set; }

    /// <summary>When it last answered anything of this term; 0 if never.</summary>
    public long HeardMicros { get; set; }

    public long RttMicros { get; set; }

    /// <summary>The highest probe round it has answered.</summary>
    public long ProbeRound { get; set; }

    public bool Receives => Votes || IsLearner;

    public PeerStream Stream(StreamLog log)
    {
        var id = log.Id.Value;
        if (id >= _streams.Length) Array.Resize(ref _streams, Math.Max(id + 1, _streams.Length * 2));
        return _streams[id] ??= new PeerStream(log.Last.Next());
    }

    public PeerStream? TryStream(StreamId stream) => stream.Value < _streams.Length ? _streams[stream.Value] : null;

    /// <summary>False for an answer of an earlier life. A newer life has proven nothing yet.</summary>
    public bool Meet(Incarnation life)
    {
        if (life < Life) return false;
        if (life == Life) return true;
        Life = life;
        foreach (var stream in _streams) stream?.Forget();
        return true;
    }
}

/// <summary>How far one stream has got at one peer.</summary>
internal sealed class PeerStream(LogIndex next)
{
    private readonly Queue<(LogIndex End, int Bytes)> _inFlight = new();

    /// <summary>The next index to send.</summary>
    public LogIndex Next { get; private set; } = next;

    /// <summary>Acknowledged by its present life.</summary>
    public LogIndex Memory { get; private set; }

    public LogIndex Fsync { get; private set; }

    /// <summary>The commit index it said it knows.</summary>
    public LogIndex KnownCommitted { get; set; }

    /// <summary>The commit indices it was last told.</summary>
    public LogIndex ToldMemory { get; set; }

    public LogIndex ToldFsync { get; set; }

    /// <summary>Where the logs part is not known: one message at a time until one fits.</summary>
    public bool IsProbing { get; private set; } = true;

    /// <summary>While probing: the message is out.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Older entries are being read from disk for it.</summary>
    public long ReadId { get; set; }

    public long InFlightBytes { get; private set; }

    /// <summary>When it last got further, or was last sent to after silence.</summary>
    public long ProgressMicros { get; set; }

    /// <summary>When entries last went to it.</summary>
    public long SentMicros { get; set; }

    public bool HasUnanswered => IsWaiting || _inFlight.Count > 0;

    public void Sent(LogIndex end, int bytes)
    {
        Next = end.Next();
        _inFlight.Enqueue((end, bytes));
        InFlightBytes += bytes;
        if (IsProbing) IsWaiting = true;
    }

    /// <summary>True if it got further.</summary>
    public bool Acked(LogIndex memory, LogIndex fsync)
    {
        var further = memory > Memory || fsync > Fsync;
        Memory = LogIndex.Max(Memory, memory);
        Fsync = LogIndex.Max(Fsync, fsync);
        if (Next <= Memory) Next = Memory.Next();
        while (_inFlight.Count > 0 && _inFlight.Peek().End <= Memory) InFlightBytes -= _inFlight.Dequeue().Bytes;
        IsProbing = IsWaiting = false;
        return further;
    }

    /// <summary>Goes back to an index from which entries have to be sent again.</summary>
    public void Rewind(LogIndex next, bool probe)
    {
        Next = LogIndex.Max(next, Memory.Next());
        _inFlight.Clear();
        InFlightBytes = 0;
        IsProbing = probe;
        IsWaiting = false;
        ReadId = 0;
    }

    /// <summary>A new life of the node: what it said before no longer counts.</summary>
    public void Forget()
    {
        Memory = Fsync = KnownCommitted = ToldMemory = ToldFsync = LogIndex.Zero;
        Rewind(Next, probe: true);
    }
}
