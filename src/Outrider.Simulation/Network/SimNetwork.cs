using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// Links between nodes: they lose, repeat, replay late, reorder, hold back and cut. Every link draws from its own
/// stream, so that trouble on one does not shift another.
/// </summary>
public sealed class SimNetwork
{
    private readonly World _world;
    private readonly Swarm _swarm;
    private readonly MessageCodec _codec;
    private readonly SortedDictionary<(int From, int To), Link> _links = [];
    private readonly SortedDictionary<int, long> _nodeClogs = [];
    private readonly WireWriter _scratch = new(4096);

    internal SimNetwork(World world, Swarm swarm, MessageCodec codec)
    {
        _world = world;
        _swarm = swarm;
        _codec = codec;
    }

    private sealed class Link(Rng rng, long latencyMicros)
    {
        public readonly Rng Rng = rng;
        public readonly long LatencyMicros = latencyMicros;
        /// <summary>How many cuts lie on it: overlapping partitions each take their own away.</summary>
        public int Cuts;
        public long ClogUntil;
        public long LastArrival;

        /// <summary>What is kept until it is let go; null when nothing is kept.</summary>
        public List<(Message Message, ulong Digest)>? Held;
    }

    public long Sent { get; private set; }
    public long Delivered { get; private set; }
    public long Lost { get; private set; }
    public long BytesSent { get; private set; }

    internal void Send(NodeId from, NodeId to, Message message)
    {
        Sent++;
        _scratch.Clear();
        MessageCodec.Write(_scratch, message);
        var digest = TraceHash.Of(_scratch.Written);
        BytesSent += _scratch.Length;
        var link = LinkOf(from.Value, to.Value);
        if (from == to)
        {
            Arrive(from, to, message, digest, _world.NowMicros + 1);
            return;
        }

        var rng = link.Rng;
        if (link.Cuts > 0 || rng.Chance(_swarm.LossChance))
        {
            Lost++;
            return;
        }

        if (_swarm.CodecShare >= 1 || rng.Chance(_swarm.CodecShare)) message = ThroughCodec(message);
        if (link.Held is { } held)
        {
            held.Add((message, digest));
            return;
        }

        var at = _world.NowMicros + Delay(link);
        if (_swarm.FirstInFirstOut) at = Math.Max(at, link.LastArrival + 1);
        at = Math.Max(at, ClogOf(link, from, to));
        link.LastArrival = Math.Max(link.LastArrival, at);
        Arrive(from, to, message, digest, at);
        if (rng.Chance(_swarm.DuplicateChance)) Arrive(from, to, message, digest, at + Delay(link));
        if (rng.Chance(_swarm.ReplayChance))
            Arrive(from, to, message, digest, at + rng.Below(_swarm.ReplayLateMicrosMax));
    }

    /// <summary>Whether a message that arrives now gets through; a cut also takes what is in flight.</summary>
    internal bool Receives(NodeId from, NodeId to)
    {
        var link = LinkOf(from.Value, to.Value);
        if (link.Cuts > 0)
        {
            Lost++;
            return false;
        }

        Delivered++;
        return true;
    }

    public bool IsCut(NodeId from, NodeId to) => LinkOf(from.Value, to.Value).Cuts > 0;

    public void Cut(NodeId from, NodeId to)
    {
        var link = LinkOf(from.Value, to.Value);
        link.Cuts++;
        link.Held?.Clear();
    }

    public void Mend(NodeId from, NodeId to)
    {
        var link = LinkOf(from.Value, to.Value);
        if (link.Cuts > 0) link.Cuts--;
    }

    public void Clog(NodeId from, NodeId to, long untilMicros)
    {
        var link = LinkOf(from.Value, to.Value);
        link.ClogUntil = Math.Max(link.ClogUntil, untilMicros);
    }

    /// <summary>Keeps what is sent on a link until <see cref="LetGo"/>.</summary>
    public void Hold(NodeId from, NodeId to) => LinkOf(from.Value, to.Value).Held ??= [];

    /// <summary>The first message that a link has kept arrives now; false if it has none.</summary>
    public bool LetOneGo(NodeId from, NodeId to)
    {
        if (LinkOf(from.Value, to.Value).Held is not { Count: > 0 } held) return false;
        var (message, digest) = held[0];
        held.RemoveAt(0);
        Arrive(from, to, message, digest, _world.NowMicros + 1);
        return true;
    }

    /// <summary>What a link has kept arrives now, in the order it was sent.</summary>
    public void LetGo(NodeId from, NodeId to)
    {
        var link = LinkOf(from.Value, to.Value);
        if (link.Held is not { } held) return;
        link.Held = null;
        var at = _world.NowMicros;
        foreach (var (message, digest) in held) Arrive(from, to, message, digest, ++at);
    }

    /// <summary>Holds back everything to and from a node.</summary>
    public void Clog(NodeId node, long untilMicros) => _nodeClogs[node.Value] = untilMicros;

    /// <summary>Every link works again; what was held back arrives when it would have.</summary>
    public void HealAll()
    {
        foreach (var ((from, to), link) in _links)
        {
            link.Cuts = 0;
            link.ClogUntil = 0;
            LetGo(new NodeId(from), new NodeId(to));
        }

        _nodeClogs.Clear();
    }

    private long ClogOf(Link link, NodeId from, NodeId to) => Math.Max(link.ClogUntil, Math.Max(
        _nodeClogs.GetValueOrDefault(from.Value), _nodeClogs.GetValueOrDefault(to.Value)));

    private long Delay(Link link)
    {
        var mean = _swarm.DelayMeanMicros;
        if (link.Rng.Chance(_swarm.TailChance)) mean *= 10;
        return link.LatencyMicros + 1 + (long)link.Rng.Exponential(mean);
    }

    private void Arrive(NodeId from, NodeId to, Message message, ulong digest, long at)
    {
        _world.Push(at, new SimEvent
        {
            Kind = SimEventKind.Deliver,
            Node = _world.Node(to),
            From = from,
            Body = message,
            Digest = digest,
        });
    }

    /// <summary>
    /// What leaves as values arrives as values read from bytes: a codec that forgets a field is found.
    /// </summary>
    private Message ThroughCodec(Message message)
    {
        var bytes = _scratch.ToArray();
        var reader = new WireReader(bytes);
        var read = _codec.Read(ref reader);
        if (read is null || reader.Left != 0)
            _world.Fail(ViolationKind.Assert, "codec", $"a message does not survive its own codec: {message}");
        return read ?? message;
    }

    private Link LinkOf(int from, int to)
    {
        if (_links.TryGetValue((from, to), out var link)) return link;
        var number = ((long)from << 20) | (uint)to;
        link = new Link(_world.Fork("link", number), _world.LatencyMicros(new(from), new(to)));
        _links[(from, to)] = link;
        return link;
    }
}
