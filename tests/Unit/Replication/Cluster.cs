using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Replication;

/// <summary>
/// Nodes over a synchronous network in virtual time: one thread, one queue, the same order for the same seed. For
/// scenarios; the simulator with its faults is another thing.
/// </summary>
internal sealed class Cluster
{
    public const long HopMicros = 1_000;
    public const long SyncMicros = 300;

    public static readonly GroupId G = new(7);
    public static readonly StreamId S = new(1);

    private readonly PriorityQueue<Action, (long At, long Order)> _queue = new();
    private readonly SortedDictionary<NodeId, Host> _hosts = [];
    private readonly HashSet<(NodeId, NodeId)> _cuts = [];
    private readonly GroupBirth _birth;
    private readonly GroupOptions _options;
    private readonly ReplicationBugs _bugs;
    private readonly MessageCodec _codec = new();
    private long _order;
    private long _lastRequest;

    public Cluster(
        int nodes, GroupBirth? birth = null, GroupOptions? options = null, ulong seed = 1,
        ReplicationBugs bugs = ReplicationBugs.None)
    {
        var ids = Enumerable.Range(1, nodes).Select(id => new NodeId(id)).ToArray();
        _birth = birth ?? GroupBirth.Majority(ids);
        _options = options ?? GroupOptions.Default;
        _bugs = bugs;
        Seed = seed;
        Jitter = new Rng(seed);
        ReplicationNode.Register(_codec);
        foreach (var id in ids)
        {
            _hosts.Add(id, new Host(id));
            Start(id);
        }
    }

    public ulong Seed { get; }
    public Rng Jitter { get; }
    public long NowMicros { get; private set; }
    public long Messages { get; private set; }
    public MemoryControlPlane Control { get; } = new();
    public SortedDictionary<RequestId, NodeReply> Replies { get; } = [];

    /// <summary>Drops messages it answers true for.</summary>
    public Func<NodeId, NodeId, Message, bool>? Drops { get; set; }

    /// <summary>Messages it answers true for arrive twice.</summary>
    public Func<Message, bool>? Repeats { get; set; }

    public Func<NodeId, NodeId, long>? ExtraMicros { get; set; }

    public Action<NodeId, GroupOutput>? OnOutput { get; set; }

    public IEnumerable<NodeId> Ids => _hosts.Keys;

    public static NodeId N(int id) => new(id);

    public Group Group(int node) => _hosts[N(node)].Machine!.Find(G)!;

    public bool IsUp(int node) => _hosts[N(node)].Machine is not null;

    public void Hold(int node, bool syncs) => _hosts[N(node)].HoldsSyncs = syncs;

    public void Cut(int a, int b)
    {
        _cuts.Add((N(a), N(b)));
        _cuts.Add((N(b), N(a)));
    }

    public void Isolate(int node)
    {
        foreach (var other in _hosts.Keys)
            if (other != N(node)) Cut(node, other.Value);
    }

    public void Heal() => _cuts.Clear();

    /// <summary>Stops a node without a step; what was not synced is lost but for the first records told.</summary>
    public void Crash(int node, int keepUnsynced = 0)
    {
        var host = _hosts[N(node)];
        host.Machine = null;
        host.Epoch++;
        host.Journal.Crash(keepUnsynced);
        host.Unclean = true;
    }

    public void Stop(int node)
    {
        var host = _hosts[N(node)];
        host.Machine = null;
        host.Epoch++;
        host.Journal.CloseCleanly();
        host.Unclean = false;
    }

    public void Start(int node) => Start(N(node));

    /// <summary>A replaced disk: nothing of the node's past is known to it.</summary>
    public void Wipe(int node) => _hosts[N(node)].Journal = new MemoryJournal();

    public RequestId Ask(int node, Request request)
    {
        var id = new RequestId(++_lastRequest);
        var host = _hosts[N(node)];
        if (host.Machine is null) Replies[id] = new NodeReply.Unknown("the node is down");
        else Step(host, Event.Requested(NowMicros, id, request));
        return id;
    }

    public RequestId Append(int node, string text, Durability durability = Durability.FsyncQuorum,
        ulong producer = 0, long sequence = 0)
    {
        var payload = System.Text.Encoding.UTF8.GetBytes(text);
        return Ask(node, new AppendRequest(G, S, new ProducerId(producer), sequence, 1, payload, durability));
    }

    public NodeReply? Reply(RequestId id) => Replies.GetValueOrDefault(id);

    public T Await<T>(RequestId id, long maxMicros = 5_000_000)
        where T : NodeReply
    {
        RunUntil(() => Replies.ContainsKey(id), maxMicros);
        return Assert.IsType<T>(Replies[id]);
    }

    public int Leader(long maxMicros = 20_000_000)
    {
        RunUntil(() => OpenLeader() != 0, maxMicros);
        return OpenLeader();
    }

    public int OpenLeader()
    {
        var best = 0;
        foreach (var host in _hosts.Values)
        {
            if (host.Machine?.Find(G) is not { IsOpen: true } group) continue;
            if (best == 0 || group.Term > Group(best).Term) best = host.Id.Value;
        }

        return best;
    }

    /// <summary>Waits for a leader of a term above one.</summary>
    public int LeaderAfter(Term term, long maxMicros = 20_000_000)
    {
        RunUntil(() => OpenLeader() is var leader && leader != 0 && Group(leader).Term > term, maxMicros);
        return OpenLeader();
    }

    public void Run(long micros)
    {
        var until = NowMicros + micros;
        while (_queue.TryPeek(out _, out var key) && key.At <= until) RunOne();
        NowMicros = until;
    }

    public void RunUntil(Func<bool> done, long maxMicros)
    {
        var until = NowMicros + maxMicros;
        while (!done())
        {
            Assert.True(_queue.TryPeek(out _, out var key) && key.At <= until, "not within the time allowed");
            RunOne();
        }
    }

    /// <summary>Payloads of the fsync-committed records of a copy, from memory.</summary>
    public string[] Committed(int node)
    {
        var group = Group(node);
        var list = new List<string>();
        for (var index = new LogIndex(1); index <= group.Stream(S).FsyncCommitted; index = index.Next())
        {
            if (group.TryGet(S, index) is { Kind: EntryKind.Records } entry)
                list.Add(System.Text.Encoding.UTF8.GetString(entry.Payload.Span));
        }

        return [.. list];
    }

    private void RunOne()
    {
        _queue.TryDequeue(out var action, out var key);
        NowMicros = Math.Max(NowMicros, key.At);
        action!();
    }

    private void Start(NodeId id)
    {
        var host = _hosts[id];
        Assert.Null(host.Machine);
        var recovered = host.Journal.Open(host.Unclean);
        host.Unclean = true;
        (GroupId, GroupBirth)[] births = _birth.Config.Contains(id) ? [(G, _birth)] : [];
        host.Machine = new ReplicationNode(id, recovered, births, _options, Seed, _bugs);
        host.Effects = new Effects();
        host.Outbox = new DurableOutbox();
        host.Durable = DurableToken.Zero;
        host.Syncing = false;
        host.Timers.Clear();
        Step(host, Event.Started(NowMicros));
    }

    private void Step(Host host, in Event e)
    {
        host.Machine!.Step(in e, host.Effects);
        host.Machine.CheckInvariants();
        var effects = host.Effects;
        host.Journal.Write(effects.Journal);
        var ready = new List<Outgoing>();
        host.Outbox.Take(effects.Sends, ready);
        foreach (var send in ready) Deliver(host.Id, send);
        var epoch = host.Epoch;
        foreach (var timer in effects.Timers)
        {
            var stamp = host.Timers[timer.Key] = ++_order;
            if (timer.DelayMicros < 0) continue;
            After(timer.DelayMicros, host, epoch, () =>
            {
                if (host.Timers[timer.Key] == stamp) Step(host, Event.TimerFired(NowMicros, timer.Key));
            });
        }

        foreach (var answer in effects.Answers) Replies[answer.Request] = (NodeReply)answer.Reply;
        foreach (var call in effects.Controls)
        {
            var answer = Control.Call(call);
            After(HopMicros, host, epoch, () => Step(host, Event.ControlAnswered(NowMicros, answer)));
        }

        foreach (var read in effects.Reads)
            After(200, host, epoch, () => Step(host, Event.EntriesRead(NowMicros, host.Journal.Read(read))));
        effects.Clear();
        BeginSync(host);
    }

    private void BeginSync(Host host)
    {
        if (host.Syncing || host.Journal.LastToken <= host.Durable) return;
        host.Syncing = true;
        var upTo = host.Journal.LastToken;
        After(SyncMicros, host, host.Epoch, () => EndSync(host, upTo));
    }

    private void EndSync(Host host, DurableToken upTo)
    {
        if (host.HoldsSyncs)
        {
            After(SyncMicros, host, host.Epoch, () => EndSync(host, upTo));
            return;
        }

        host.Syncing = false;
        host.Journal.Sync(upTo);
        host.Durable = upTo;
        var ready = new List<Outgoing>();
        host.Outbox.OnDurable(upTo, ready);
        foreach (var send in ready) Deliver(host.Id, send);
        Step(host, Event.Durable(NowMicros, upTo));
    }

    private void Deliver(NodeId from, Outgoing send)
    {
        Messages++;
        if (_cuts.Contains((from, send.To)) || Drops?.Invoke(from, send.To, send.Message) == true) return;
        var message = OverTheWire(send.Message);
        var host = _hosts[send.To];
        var delay = HopMicros + (ExtraMicros?.Invoke(from, send.To) ?? 0);
        for (var copies = Repeats?.Invoke(message) == true ? 2 : 1; copies > 0; copies--)
            After(delay, host, host.Epoch, () => Step(host, Event.Received(NowMicros, from, message)));
    }

    private Message OverTheWire(Message message)
    {
        var writer = new WireWriter();
        MessageCodec.Write(writer, message);
        var reader = new WireReader(writer.ToArray());
        var read = _codec.Read(ref reader);
        Assert.NotNull(read);
        Assert.Equal(0, reader.Left);
        return read;
    }

    private void After(long delay, Host host, long epoch, Action action) =>
        _queue.Enqueue(() =>
        {
            if (host.Epoch == epoch && host.Machine is not null) action();
        }, (NowMicros + delay, ++_order));

    private sealed class Host(NodeId id)
    {
        public NodeId Id { get; } = id;
        public ReplicationNode? Machine { get; set; }
        public Effects Effects { get; set; } = new();
        public DurableOutbox Outbox { get; set; } = new();
        public MemoryJournal Journal { get; set; } = new();
        public SortedDictionary<TimerKey, long> Timers { get; } = [];
        public DurableToken Durable { get; set; }
        public long Epoch { get; set; }
        public bool Syncing { get; set; }
        public bool HoldsSyncs { get; set; }
        public bool Unclean { get; set; }
    }
}
