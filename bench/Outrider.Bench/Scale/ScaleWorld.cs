using Outrider.Core;

namespace Outrider.Bench.Scale;

/// <summary>What things cost in virtual time, in microseconds.</summary>
/// <param name="Turn">Of a node's turn, however much it takes.</param>
/// <param name="Event">Of each event in it.</param>
/// <param name="Send">Of each message that leaves.</param>
/// <param name="Link">One way between any two nodes.</param>
/// <param name="Sync">Of the disk.</param>
internal sealed record ServiceTimes(long Turn = 10, long Event = 5, long Send = 3, long Link = 50, long Sync = 500);

/// <summary>
/// Virtual time for the real machines: nodes are servers with queues, so that what is too much for one shows as
/// waiting. Nothing fails here; the simulator is where things do.
/// </summary>
internal sealed class ScaleWorld(ServiceTimes times)
{
    private readonly PriorityQueue<Action, (long At, long Number)> _due = new();
    private readonly SortedDictionary<NodeId, ScaleNode> _nodes = [];
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
        At(atMicros + times.Link, () => _nodes[sent.To].Arrive(now => Event.Received(now, from, sent.Message)));
    }

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
