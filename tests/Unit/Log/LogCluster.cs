using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;
using Outrider.Tests.Unit.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>
/// Log nodes of some regions over a network in virtual time, without faults but those that a test asks for: what a
/// figure depends on is the protocol and the distances, not the machine that runs the test.
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
    private readonly SortedSet<(NodeId, NodeId)> _cut = [];
    private readonly Func<Host, bool, LogNode> _make;
    private long _order;
    private long _lastRequest;

    public LogCluster(Layout layout, LogOptions options, GroupOptions groups, LogBugs bugs = LogBugs.None)
    {
        Layout = layout;
        _make = (host, unclean) => new(
            host.Info.Id, layout, host.Journal.Open(unclean), options, groups, seed: 7, bugs);
        LogNode.Register(_codec);
        foreach (var node in layout.Nodes)
        {
            var host = new Host(node);
            _hosts.Add(node.Id, host);
            host.Machine = _make(host, false);
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

    /// <summary>Nothing passes between the two any more, either way.</summary>
    public void Cut(NodeId one, NodeId other) => _cut.UnionWith([(one, other), (other, one)]);

    /// <summary>Syncs that are under way end; later ones do not.</summary>
    public void StopDisk(NodeId node) => _hosts[node].DiskStopped = true;

    /// <summary>The power goes for a moment: what was not synced is lost.</summary>
    public void LosePower(NodeId node)
    {
        var dead = _hosts[node];
        dead.Down = true;
        dead.Journal.Crash();
        var host = _hosts[node] = new(dead.Info) { Journal = dead.Journal };
        host.Machine = _make(host, true);
        Step(host, Event.Started(NowMicros));
    }

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
        if (host.DiskStopped || host.Syncing || host.Journal.LastToken <= host.Durable) return;
        host.Syncing = true;
        var upTo = host.Journal.LastToken;
        At(NowMicros + SyncMicros, () =>
        {
            host.Syncing = false;
            host.Durable = upTo;
            host.Journal.Sync(upTo);
            var ready = new List<Outgoing>();
            host.Outbox.OnDurable(upTo, ready);
            foreach (var send in ready) Deliver(host, send);
            Step(host, Event.Durable(NowMicros, upTo));
        });
    }

    private void Deliver(Host from, Outgoing send)
    {
        Messages++;
        if (_cut.Contains((from.Info.Id, send.To))) return;
        var writer = new WireWriter();
        MessageCodec.Write(writer, send.Message);
        var reader = new WireReader(writer.ToArray());
        var message = _codec.Read(ref reader)!;
        var oneWay = Layout.RttMs[from.Info.Region.Value][_hosts[send.To].Info.Region.Value] * 500;
        At(NowMicros + LocalMicros + (long)oneWay,
            () => Step(_hosts[send.To], Event.Received(NowMicros, from.Info.Id, message)));
    }

    private sealed class Host(NodeInfo info)
    {
        public NodeInfo Info { get; } = info;
        public LogNode Machine { get; set; } = null!;
        public Effects Effects { get; } = new();
        public DurableOutbox Outbox { get; } = new();
        public MemoryJournal Journal { get; init; } = new();
        public SortedDictionary<TimerKey, long> Timers { get; } = [];
        public DurableToken Durable { get; set; }
        public bool Syncing { get; set; }
        public bool DiskStopped { get; set; }
        public bool Down { get; set; }
    }
}
