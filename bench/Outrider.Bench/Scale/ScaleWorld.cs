using Outrider.Core;

namespace Outrider.Bench.Scale;

/// <summary>What things cost in virtual time, in microseconds.</summary>
/// <param name="Turn">Of a node's turn, however much it takes.</param>
/// <param name="Event">Of each event in it.</param>
/// <param name="Send">Of each message that leaves.</param>
/// <param name="Link">One way between any two nodes of a region; half their round trip more between others.</param>
/// <param name="Sync">Of the disk.</param>
internal sealed record ServiceTimes(long Turn = 10, long Event = 5, long Send = 3, long Link = 50, long Sync = 500);

/// <summary>
/// Virtual time for the real machines: nodes are servers with queues, so that what is too much for one shows as
/// waiting. Nothing fails here but what a plan drops; the simulator is where things do.
/// </summary>
internal sealed class ScaleWorld(ServiceTimes times, Layout layout)
{
    private readonly PriorityQueue<Action, (long At, long Number)> _due = new();
    private readonly SortedDictionary<NodeId, ScaleNode> _nodes = [];
    private readonly Dictionary<NodeId, int> _regions = layout.Nodes.ToDictionary(n => n.Id, n => n.Region.Value);
    private readonly Dictionary<(NodeId, NodeId), long> _slow = [];
    private long _number;

    public ServiceTimes Times => times;
    public long NowMicros { get; private set; }
    public ScaleControl Control { get; } = new();
    public IReadOnlyCollection<ScaleNode> Nodes => _nodes.Values;

    /// <summary>Of the ordering layer: to its leader and from it.</summary>
    public long OrderingMessages { get; set; }

    public ScaleNode this[NodeId id] => _nodes[id];

    public void Add(NodeId id, Machine machine, Action<RequestId, Reply> onAnswer)
    {
        var node = new ScaleNode(this, id, machine, onAnswer);
        _nodes.Add(id, node);
        node.Arrive(Event.Started);
    }

    public void At(long atMicros, Action action) => _due.Enqueue(action, (Math.Max(atMicros, NowMicros), ++_number));

    public void Send(NodeId from, Outgoing sent, long atMicros)
    {
        if (Ordering.IsOf(sent.Message)) OrderingMessages++;
        var wayMicros = times.Link + (long)(layout.RttMs[_regions[from]][_regions[sent.To]] * 500)
            + _slow.GetValueOrDefault((from, sent.To));
        At(atMicros + wayMicros, () =>
        {
            if (!_nodes[from].IsDead) _nodes[sent.To].Arrive(now => Event.Received(now, from, sent.Message));
        });
    }

    /// <summary>Messages take so much longer from now on.</summary>
    public void Slow(NodeId from, NodeId to, long moreMicros) => _slow[(from, to)] = moreMicros;

    /// <summary>Drops a node with all that it has, and what is under way from it.</summary>
    public void Kill(NodeId id) => _nodes[id].IsDead = true;

    public void RunUntil(long untilMicros)
    {
        while (_due.TryPeek(out _, out var next) && next.At <= untilMicros)
        {
            var action = _due.Dequeue();
            NowMicros = next.At;
            action();
        }

        NowMicros = untilMicros;
    }
}
