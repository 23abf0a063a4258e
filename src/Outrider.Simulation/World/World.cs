using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// A whole cluster in one thread and virtual time. The only sources of order are the event heap and the forks of one
/// seed, so the seed (with what it was told to leave out) says everything about a run.
/// </summary>
public sealed class World
{
    /// <summary>
    /// A hundred times what a busy cluster does in a second: machines that feed each other without end.
    /// </summary>
    private const int EventsPerSecondMax = 200_000;

    private readonly EventHeap _heap = new();
    private readonly SortedDictionary<int, SimNode> _nodes = [];
    private readonly Dictionary<long, Pending> _pending = [];
    private readonly Rng _clientRng;
    private readonly ulong _seed;
    private long _lastRequest;
    private long _second;
    private int _eventsInSecond;

    public World(ulong seed, Swarm swarm, SimScenario scenario, RunPlan plan)
    {
        _seed = seed;
        Swarm = swarm;
        Scenario = scenario;
        Plan = plan;
        Probe = new SimProbe(seed, swarm.Buggify);
        Network = new SimNetwork(this, swarm, scenario.Codec);
        Control = new SimControlPlane(this, swarm);
        Nemesis = new Nemesis(this, swarm, plan);
        _clientRng = Fork("clients");
        Recorder = plan.ModelTraces is null ? null : scenario.Recorder(plan.ModelTraceLines);
        if (Recorder is { } recorder) Control.Written += recorder.Written;
    }

    private sealed class Pending(NodeId node, Action<Reply?, bool> onReply)
    {
        public NodeId Node { get; } = node;
        public Action<Reply?, bool> OnReply { get; } = onReply;

        /// <summary>Pushes of one request share a connection: they arrive in order or not at all.</summary>
        public long LastPushMicros { get; set; }
    }

    public ulong Seed => _seed;
    public Swarm Swarm { get; }
    public SimScenario Scenario { get; }
    public RunPlan Plan { get; }
    public SimProbe Probe { get; }
    public SimNetwork Network { get; }
    public SimControlPlane Control { get; }
    public Nemesis Nemesis { get; }
    public TraceHash Hash { get; } = new();

    /// <summary>Writes traces for the protocol's model; null, and free, when nobody asked for them.</summary>
    public ModelRecorder? Recorder { get; }

    /// <summary>True time since the start, in microseconds; nodes see their own clocks only.</summary>
    public long NowMicros { get; private set; }

    public long EventsHandled { get; private set; }
    public Violation? Violation { get; private set; }

    /// <summary>The run came to its end healed, with nothing under way: what was acknowledged must be there.</summary>
    public bool IsComplete { get; internal set; }

    /// <summary>Journals opened and compared with what their disk had gone through.</summary>
    public long RecoveriesJudged { get; internal set; }

    /// <summary>Ascending by id; wiped nodes stay listed as gone.</summary>
    public IReadOnlyCollection<SimNode> Nodes => _nodes.Values;

    public SimNode Node(NodeId id) => _nodes[id.Value];

    public Rng Fork(string purpose, long number = 0) => Rng.Fork(_seed, purpose, number);

    public SimNode AddNode(NodeId id, RegionId region)
    {
        var rng = Fork("clock", id.Value);
        var skew = Swarm.SkewMicrosMax + 1;
        var drift = rng.Between(-Swarm.DriftPpmMax, Swarm.DriftPpmMax);
        // Clocks start above zero: a machine that takes zero for "never" should be caught elsewhere, not by this.
        var node = new SimNode(this, id, region, new SimClock(1_000_000 + rng.Below(2 * skew), drift));
        _nodes.Add(id.Value, node);
        return node;
    }

    /// <summary>One way between two nodes, by region.</summary>
    public long LatencyMicros(NodeId from, NodeId to)
    {
        var apart = Math.Abs(Node(from).Region.Value - Node(to).Region.Value);
        return apart * Swarm.RegionRttMicros / 2;
    }

    public void At(long atMicros, string label, Action action) =>
        Push(atMicros, new SimEvent { Kind = SimEventKind.Action, Body = action, Digest = TraceHash.Of(label) });

    public void After(long delayMicros, string label, Action action) => At(NowMicros + delayMicros, label, action);

    /// <summary>
    /// Sends a client's request. The answer (null: the node was not there, nothing was done) comes after the way back;
    /// it never comes if the node dies in between or a message is lost, which is the client's to bear.
    /// </summary>
    /// <returns>The request's id, for <see cref="Cancel"/>.</returns>
    public RequestId Ask(NodeId node, Request request, Action<Reply?, bool> onReply)
    {
        var id = ++_lastRequest;
        _pending[id] = new Pending(node, onReply);
        if (_clientRng.Chance(Swarm.LossChance / 4)) return new(id);
        Push(NowMicros + ClientDelay(), new SimEvent
        {
            Kind = SimEventKind.Requested,
            Node = Node(node),
            Number = id,
            Body = request,
            Digest = (ulong)id,
        });
        return new(id);
    }

    /// <summary>The client no longer waits.</summary>
    public void Cancel(RequestId id)
    {
        if (!_pending.Remove(id.Value, out var pending)) return;
        Push(NowMicros + ClientDelay(), new SimEvent
        {
            Kind = SimEventKind.Cancelled,
            Node = Node(pending.Node),
            Number = id.Value,
        });
    }

    /// <summary>Stops the run: the first violation is the one that counts.</summary>
    public void Fail(ViolationKind kind, string checker, string text)
    {
        Trace($"VIOLATION {kind} {checker}: {text}");
        Violation ??= new Violation(kind, checker, text, NowMicros);
    }

    /// <summary>Writes a line of the run's story, when someone reads it.</summary>
    public void Trace(string line)
    {
        if (Plan.Tracer is { } tracer) tracer(Plan.Timeless ? line : $"{NowMicros / 1000.0,10:F3} {line}");
    }

    internal Action<string>? TracerOf(NodeId id) => Plan.Tracer is null ? null : line => Trace($"{id} {line}");

    /// <summary>Handles events until the time given, or a violation; true when the time was reached.</summary>
    public bool RunUntil(long untilMicros)
    {
        try
        {
            while (Violation is null && _heap.Count > 0 && _heap.NextAt <= untilMicros) HandleNext();
        }
        catch (InvariantViolation broken)
        {
            // Outside a machine's step: its journal has asserted, in a write or at a start.
            Fail(ViolationKind.Assert, "invariant", broken.Message);
        }

        if (Violation is not null) return false;
        NowMicros = Math.Max(NowMicros, untilMicros);
        return true;
    }

    internal void Push(long atMicros, SimEvent item) => _heap.Push(Math.Max(atMicros, NowMicros), item);

    internal void Answered(SimNode node, in Answer answer)
    {
        Hash.Fold(NowMicros, 100, node.Id.Value, (ulong)answer.Request.Value);
        var id = answer.Request.Value;
        if (!_pending.TryGetValue(id, out var pending)) return;
        var first = pending.LastPushMicros == 0;
        if (answer.Last) _pending.Remove(id);
        // Only a lone answer may be lost: in the middle of a subscription that would be a broken connection, which
        // the end of the node's life stands for.
        if (answer.Last && first && _clientRng.Chance(Swarm.LossChance / 4)) return;
        var at = Math.Max(pending.LastPushMicros, NowMicros + ClientDelay());
        pending.LastPushMicros = at;
        var (reply, last) = (answer.Reply, answer.Last);
        At(at, "reply", () => pending.OnReply(reply, last));
    }

    /// <summary>
    /// Steps a machine inside the world's own guard: whatever it throws is a finding, not a crash of ours.
    /// </summary>
    internal bool Guard(SimNode node, in Event e)
    {
        var machine = node.Machine!;
        try
        {
            machine.Step(e, node.Effects);
            machine.CheckInvariants();
            return true;
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            var kind = problem is InvariantViolation ? "invariant" : problem.GetType().Name;
            var where = problem is InvariantViolation ? "" : " " + FirstFrame(problem);
            Fail(ViolationKind.Assert, kind, $"{node.Id} on {e.Kind}: {problem.Message}{where}");
            return false;
        }
    }

    private void HandleNext()
    {
        var item = _heap.Pop(out var at);
        Check.That(at >= NowMicros);
        NowMicros = at;
        EventsHandled++;
        if (at / 1_000_000 != _second) (_second, _eventsInSecond) = (at / 1_000_000, 0);
        if (++_eventsInSecond > EventsPerSecondMax)
            Fail(ViolationKind.Assert, "runaway", $"over {EventsPerSecondMax} events in a second: a loop of messages");
        Hash.Fold(at, (int)item.Kind, item.Node?.Id.Value ?? 0, item.Digest ^ (ulong)item.Number);
        if (item.Node is not { } node)
        {
            ((Action)item.Body!)();
            return;
        }

        if (item.Kind == SimEventKind.Requested && node.State is NodeState.Down or NodeState.Gone) Refuse(item);
        else node.Take(item);
    }

    private void Refuse(SimEvent item)
    {
        if (_pending.Remove(item.Number, out var pending))
            After(ClientDelay(), "refused", () => pending.OnReply(null, true));
    }

    private long ClientDelay() => 50 + (long)_clientRng.Exponential(Math.Min(Swarm.DelayMeanMicros, 5_000));

    private static string FirstFrame(Exception problem)
    {
        var trace = problem.StackTrace ?? "";
        var end = trace.IndexOf('\n');
        return (end < 0 ? trace : trace[..end]).Trim();
    }
}
