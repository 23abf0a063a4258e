using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;
using Outrider.Tests.Unit.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>
/// Log nodes of some regions over a network in virtual time, without faults: what a figure depends on is the protocol
/// and the distances, not the machine that runs the test.
/// </summary>
internal sealed class LogCluster
{
    private const long LocalMicros = 200;
    private const long SyncMicros = 1_000;
    private readonly PriorityQueue<Action, (long At, long Order)> _queue = new();
    private readonly SortedDictionary<NodeId, Host> _hosts = [];
    private readonly MemoryControlPlane _control = new();
    private readonly MessageCodec _codec = new();
    private readonly Dictionary<RequestId, Action<Reply>> _waiting = [];
    private long _order;
    private long _lastRequest;

    public LogCluster(Layout layout, LogOptions options, GroupOptions groups)
    {
        Layout = layout;
        LogNode.Register(_codec);
        foreach (var node in layout.Nodes)
        {
            var host = new Host(node);
            _hosts.Add(node.Id, host);
            host.Machine = new(node.Id, layout, host.Journal.Open(unclean: false), options, groups, seed: 7);
            Step(host, Event.Started(NowMicros));
        }
    }

    public Layout Layout { get; }
    public long NowMicros { get; private set; }
    public long Messages { get; private set; }

    public LogNode Node(string name) => _hosts[Layout.Find(name)!.Id].Machine;

    public RequestId Ask(string node, Request ask, Action<Reply> answered)
    {
        var id = new RequestId(++_lastRequest);
        _waiting[id] = answered;
        Step(_hosts[Layout.Find(node)!.Id], Event.Requested(NowMicros, id, ask));
        return id;
    }

    /// <summary>For good: nothing reaches it any more, and nothing it waits for happens.</summary>
    public void Kill(string node) => _hosts[Layout.Find(node)!.Id].Down = true;

    public void At(long micros, Action action) => _queue.Enqueue(action, (micros, ++_order));

    public void RunUntil(long micros)
    {
        while (_queue.TryPeek(out _, out var key) && key.At <= micros)
        {
            _queue.TryDequeue(out var action, out key);
            NowMicros = Math.Max(NowMicros, key.At);
            action!();
        }

        NowMicros = micros;
    }

    private void Step(Host host, in Event e)
    {
        if (host.Down) return;
        host.Machine.Step(in e, host.Effects);
        var effects = host.Effects;
        host.Journal.Write(effects.Journal);
        var ready = new List<Outgoing>();
        host.Outbox.Take(effects.Sends, ready);
        foreach (var send in ready) Deliver(host, send);
        foreach (var timer in effects.Timers)
        {
            var stamp = host.Timers[timer.Key] = ++_order;
            if (timer.DelayMicros < 0) continue;
            At(NowMicros + timer.DelayMicros, () =>
            {
                if (host.Timers[timer.Key] == stamp) Step(host, Event.TimerFired(NowMicros, timer.Key));
            });
        }

        var answers = effects.Answers.ToArray();
        foreach (var call in effects.Controls)
        {
            var answer = _control.Call(call);
            At(NowMicros + 1_000, () => Step(host, Event.ControlAnswered(NowMicros, answer)));
        }

        foreach (var read in effects.Reads)
        {
            var entries = host.Journal.Read(read);
            At(NowMicros + 200, () => Step(host, Event.EntriesRead(NowMicros, entries)));
        }

        effects.Clear();
        BeginSync(host);
        foreach (var answer in answers) _waiting[answer.Request](answer.Reply);
    }

    private void BeginSync(Host host)
    {
        if (host.Syncing || host.Journal.LastToken <= host.Durable) return;
        host.Syncing = true;
        var upTo = host.Journal.LastToken;
        At(NowMicros + SyncMicros, () =>
        {
            host.Syncing = false;
            host.Durable = upTo;
            var ready = new List<Outgoing>();
            host.Outbox.OnDurable(upTo, ready);
            foreach (var send in ready) Deliver(host, send);
            Step(host, Event.Durable(NowMicros, upTo));
        });
    }

    private void Deliver(Host from, Outgoing send)
    {
        Messages++;
        var to = _hosts[send.To];
        var writer = new WireWriter();
        MessageCodec.Write(writer, send.Message);
        var reader = new WireReader(writer.ToArray());
        var message = _codec.Read(ref reader)!;
        var oneWay = Layout.RttMs[from.Info.Region.Value][to.Info.Region.Value] * 500;
        At(NowMicros + LocalMicros + (long)oneWay, () => Step(to, Event.Received(NowMicros, from.Info.Id, message)));
    }

    private sealed class Host(NodeInfo info)
    {
        public NodeInfo Info { get; } = info;
        public LogNode Machine { get; set; } = null!;
        public Effects Effects { get; } = new();
        public DurableOutbox Outbox { get; } = new();
        public MemoryJournal Journal { get; } = new();
        public SortedDictionary<TimerKey, long> Timers { get; } = [];
        public DurableToken Durable { get; set; }
        public bool Syncing { get; set; }
        public bool Down { get; set; }
    }
}
