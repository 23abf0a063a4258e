using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// Links between nodes of one process: frames are still written and read as on the wire, so that two nodes share no
/// object, but no socket is between them. Distance and disturbances are emulated as on real links.
/// </summary>
public sealed class LocalNetwork : IDisposable
{
    // What it settles at a time before it looks for the next parcel that is due.
    private const int SettledMax = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, LocalTransport> _nodes = [];
    private readonly PriorityQueue<Parcel, (long DueMicros, long Number)> _parcels = new();
    private readonly Dictionary<(NodeId, NodeId), (long LastDueMicros, int UnderWay)> _pairs = [];
    private readonly SemaphoreSlim _work = new(0);
    private readonly Thread _thread;
    private long _number;
    private volatile bool _stopped;

    public LocalNetwork(MessageCodec codec, LinkConditions conditions)
    {
        Codec = codec;
        Conditions = conditions;
        _thread = new Thread(Carry) { Name = "local links", IsBackground = true };
        _thread.Start();
    }

    public MessageCodec Codec { get; }
    public LinkConditions Conditions { get; }

    /// <summary>The transport of one node; a restarted node takes a new one.</summary>
    public INodeTransport For(NodeInfo node) => new LocalTransport(this, node);

    public void Dispose()
    {
        _stopped = true;
        _work.Release();
        _thread.Join();
        _work.Dispose();
    }

    private void Attach(NodeId id, LocalTransport transport)
    {
        lock (_gate) _nodes[id] = transport;
    }

    private void Detach(NodeId id, LocalTransport transport)
    {
        lock (_gate)
            if (_nodes.TryGetValue(id, out var current) && ReferenceEquals(current, transport)) _nodes.Remove(id);
    }

    private void Send(LocalTransport from, NodeId to, ReadOnlySpan<byte> frame)
    {
        if (!Conditions.TryPass(from.Node.Id, to, out var delayMicros))
        {
            Drop(from, "partition");
            return;
        }

        var parcel = new Parcel(from, to, frame.ToArray());
        var now = MonotonicClock.NowMicros;
        bool wait;
        lock (_gate)
        {
            // Behind its predecessor even if the delay has shrunk meanwhile: a link does not reorder.
            var due = now + delayMicros;
            var pair = (from.Node.Id, to);
            var state = _pairs.GetValueOrDefault(pair);
            due = Math.Max(due, state.LastDueMicros);
            wait = due > now || state.UnderWay > 0;
            if (wait) _parcels.Enqueue(parcel, (due, ++_number));
            _pairs[pair] = (due, wait ? state.UnderWay + 1 : 0);
        }

        if (wait) _work.Release();
        else Deliver(parcel);
    }

    private void Carry()
    {
        var cork = Cork.PutOnOwnThread(SettledMax)!;
        while (!_stopped)
        {
            Parcel? next = null;
            var wait = Timeout.InfiniteTimeSpan;
            lock (_gate)
            {
                if (_parcels.TryPeek(out var head, out var due))
                {
                    var left = due.DueMicros - MonotonicClock.NowMicros;
                    if (left <= 0) next = _parcels.Dequeue();
                    else wait = TimeSpan.FromMilliseconds((left + 999) / 1000);
                }
            }

            if (next is null)
            {
                cork.Pay();
                _work.Wait(wait);
                continue;
            }

            Deliver(next);
            lock (_gate)
            {
                var pair = (next.From.Node.Id, next.To);
                _pairs[pair] = _pairs[pair] with { UnderWay = _pairs[pair].UnderWay - 1 };
            }
        }
    }

    private void Deliver(Parcel parcel)
    {
        LocalTransport? target;
        lock (_gate) _nodes.TryGetValue(parcel.To, out target);
        // A frame of a life that has been killed is no longer on its way: its sockets are gone.
        if (target is null || parcel.From.IsGone || !target.Receive(parcel)) Drop(parcel.From, "down");
    }

    private static void Drop(LocalTransport from, string reason) =>
        RuntimeMeters.FramesDropped.Add(1, RuntimeMeters.Node(from.Node.Name), RuntimeMeters.Reason(reason));

    private sealed record Parcel(LocalTransport From, NodeId To, byte[] Frame);

    private sealed class LocalTransport(LocalNetwork network, NodeInfo node) : INodeTransport
    {
        private ITransportSink? _sink;
        private volatile bool _gone;

        public NodeInfo Node => node;
        public bool IsGone => _gone;

        public Task StartAsync(Incarnation incarnation, ITransportSink sink)
        {
            _sink = sink;
            network.Attach(node.Id, this);
            return Task.CompletedTask;
        }

        public void Send(NodeId to, ReadOnlySpan<byte> frame)
        {
            if (!_gone) network.Send(this, to, frame);
        }

        public bool Receive(Parcel parcel)
        {
            if (_gone || _sink is not { IsFull: false } sink) return false;
            var outcome = Frame.TryRead(parcel.Frame, Limits.FrameBytesMax, out var length, out _);
            Check.That(outcome == FrameOutcome.Ok);
            var messages = new List<Message>();
            var body = parcel.Frame.AsMemory(Frame.HeaderBytes + 1, length - 1);
            var read = MessageBatch.TryRead(network.Codec, body, messages, out var unknown);
            Check.That(read && unknown == 0);
            sink.OnMessages(parcel.From.Node.Id, messages, parcel.Frame.Length, mayHelp: false);
            return true;
        }

        public void Abort()
        {
            _gone = true;
            network.Detach(node.Id, this);
        }

        public ValueTask DisposeAsync()
        {
            Abort();
            return ValueTask.CompletedTask;
        }
    }
}
