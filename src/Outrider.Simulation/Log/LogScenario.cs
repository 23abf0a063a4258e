using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;
using Outrider.Storage;

namespace Outrider.Simulation;

/// <summary>A cluster of log nodes with producers and subscribers, and what must hold of them.</summary>
internal sealed class LogScenario(ulong seed, LogDraw draw, LogBugs bugs) : SimScenario
{
    private readonly List<LogProducer> _producers = [];
    private readonly List<LogSubscriber> _subscribers = [];
    private readonly SortedDictionary<NodeId, LogIndex> _applied = [];
    private readonly SortedDictionary<NodeId, bool> _led = [];
    private readonly List<LogRecord> _all = [];
    private World? _world;
    private bool _quiesced;
    private bool _readAll;
    private bool _reading;
    private long _readFrom;
    private long _leaderChanges;
    private NodeId _justLed;

    public LogDraw Setup => draw;
    public LogHistory History { get; private set; } = null!;

    /// <summary>Mean pause of a producer; a calm seed still has to show its five hundred operations.</summary>
    public double ThinkMicros => draw.ThinkMeanMicros;

    public override MessageCodec Codec { get; } = MakeCodec();
    public override long AcknowledgedOperations => _producers.Sum(p => p.Acknowledged);
    public override long TermChanges => _leaderChanges;
    public override IReadOnlyList<(int Client, int Number)> Operations => [.. _producers.SelectMany(p => p.Issued)];

    public override JournalOptions JournalOptionsOf(NodeId node) => new()
    {
        ClusterId = LogDraw.ClusterId, Node = node, SegmentBytes = draw.SegmentBytes, Probe = _world!.Probe,
    };

    public override void SetUp(World world)
    {
        _world = world;
        History = new(world);
        foreach (var node in draw.Layout.Nodes) world.AddNode(node.Id, node.Region);
    }

    public override Machine Build(NodeId node, Recovered recovered)
    {
        var rng = Rng.Fork(seed, "machine", (node.Value * 1_000_003L) + recovered.Incarnation.Value);
        return new LogNode(node, draw.Layout, recovered, draw.Options, draw.Groups, rng.NextULong(), bugs);
    }

    public override void StartClients(World world)
    {
        var number = 0;
        for (var i = 0; i < draw.Producers; i++) _producers.Add(new(world, this, ++number));
        for (var i = 0; i < draw.Subscribers; i++) _subscribers.Add(new(world, this, ++number));
        foreach (var producer in _producers) producer.Start();
        foreach (var subscriber in _subscribers) subscriber.Start();
    }

    public override void AfterStep(SimNode node, in Event e)
    {
        var machine = (LogNode)node.Machine!;
        var applied = machine.Applied;
        if (_applied.GetValueOrDefault(node.Id) != applied)
        {
            _applied[node.Id] = applied;
            History.Order(applied, machine.State, node.Id);
        }

        _justLed = default;
        if (_led.GetValueOrDefault(node.Id) == machine.LeadsOrder) return;
        _led[node.Id] = machine.LeadsOrder;
        if (!machine.LeadsOrder) return;
        _justLed = node.Id;
        _leaderChanges++;
        _world!.Trace($"{node.Id} leads the order");
    }

    public override void Stopped(SimNode node)
    {
        _applied.Remove(node.Id);
        _led.Remove(node.Id);
    }

    public override IReadOnlyList<NodeId> Leaders(World world) =>
        [.. world.Nodes.Where(n => n.Machine is LogNode { LeadsOrder: true }).Select(n => n.Id)];

    public override bool IsTelling(SimNode node, in Event e) =>
        e.Kind == EventKind.ControlAnswered || node.Effects.Answers.Count > 0 || _justLed == node.Id;

    // A new id would have to be placed by an operator; the layout is fixed here.
    public override bool MayLoseDisk(World world, SimNode node) => false;

    public override void Replaced(World world, SimNode lost, SimNode fresh) { }

    public override IReadOnlyList<NodeId> DrawCore(World world, Rng rng)
    {
        // What rotted may have been the only whole copy of something: only safety can be asked then.
        if (world.Nodes.Any(n => n.IsDamaged || n.Disk.HasRotted || n.State == NodeState.Gone)) return [];
        return [.. world.Nodes.Select(n => n.Id)];
    }

    public override void Healed(World world)
    {
        foreach (var producer in _producers) producer.Healed();
    }

    public override string? Unsettled(World world)
    {
        foreach (var producer in _producers)
            if (!producer.HasRecovered) return producer.Complaint + Describe(world);
        return null;
    }

    public override void Quiesce(World world)
    {
        _quiesced = true;
        foreach (var producer in _producers) producer.Stop();
    }

    public override string? Undrained(World world)
    {
        Check.That(_quiesced);
        var up = world.Nodes.Where(n => n.Machine is LogNode).ToList();
        var tail = up.Max(n => ((LogNode)n.Machine!).State.TailPosition.Value);
        foreach (var subscriber in _subscribers)
            if (subscriber.Confirmed < LastRecord) return subscriber.Complaint(tail) + Describe(world);
        if (_readAll) return null;
        if (!_reading) ReadOn(world, up[0].Id);
        return "the whole log has not been read yet" + Describe(world);
    }

    /// <summary>The end of the last acknowledged batch: what lies beyond may be nothing but given-up slots.</summary>
    private long LastRecord => History.LastAcknowledged + 1;

    private void ReadOn(World world, NodeId node)
    {
        _reading = true;
        world.Ask(node, new LogRead(new(_readFrom), 500, 1 << 20), (reply, _) =>
        {
            _reading = false;
            if (reply is LogReply.Refused { Code: LogRefusal.Trimmed })
            {
                _readFrom = ((LogNode)world.Node(node).Machine!).State.Trimmed.Value;
                _all.Clear();
                return;
            }

            if (reply is not LogReply.Records records) return;
            foreach (var record in records.Items) History.Final(record, "the last reading");
            _all.AddRange(records.Items);
            _readFrom = records.Next.Value;
            if (_readFrom >= LastRecord) _readAll = true;
            else if (world.Violation is null) ReadOn(world, node);
        });
    }

    public override IReadOnlyList<CheckerReport> Judge(World world)
    {
        var (real, late) = History.Linearizable();
        var reports = new List<CheckerReport>
        {
            new("agreement", History.Facts, null),
            new("order", History.OrderFacts, null),
            new("linearizable", real, late),
            new("speculation", History.SpeculativeFacts, null),
        };
        if (!world.IsComplete) return reports;
        var (kept, lost) = History.NothingLost(_all, 0, _readFrom);
        reports.Add(new("acknowledged", kept, lost));
        return reports;
    }

    public override bool MustJudge(string checker) => checker != "speculation";

    private static string Describe(World world) => "; " + string.Join("; ", world.Nodes.Select(n =>
        n.Machine is LogNode m ? $"{n.Id} tail {m.State.Tail} {m.State.TailPosition} {m.State.View} applied {m.Applied}" +
            $" of {Ordering(m)?.Stream(new(1)).LastIndex}/{Ordering(m)?.Stream(new(1)).FsyncCommitted}" +
            $"{(Ordering(m) is { IsOpen: true } ? " open" : "")}{(m.LeadsOrder ? " leads" : "")}" : $"{n.Id} {n.State}"));

    private static Group? Ordering(LogNode machine) => machine.Groups.Find(new(1));

    private static MessageCodec MakeCodec()
    {
        var codec = new MessageCodec();
        LogNode.Register(codec);
        return codec;
    }
}
