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

    public void Cut(NodeId from, NodeId to) => LinkOf(from.Value, to.Value).Cuts++;

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

    /// <summary>Holds back everything to and from a node.</summary>
    public void Clog(NodeId node, long untilMicros) => _nodeClogs[node.Value] = untilMicros;

    /// <summary>Every link works again; what was held back arrives when it would have.</summary>
    public void HealAll()
    {
        foreach (var link in _links.Values)
        {
            link.Cuts = 0;
            link.ClogUntil = 0;
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
