using Outrider.Client.Processing;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;
using Outrider.Storage;

namespace Outrider.Simulation;

/// <summary>The log on a few nodes, under producers, readers, followers and an operator who trims.</summary>
internal sealed class LogScenario(ulong seed, LogDraw draw, PlantedLogBugs bugs) : SimScenario
{
    private const int StateEvery = 16;
    private readonly List<LogClient> _clients = [];
    // A reader of one key is told how far the log is final at intervals only.
    private const long FollowMicros = 1_000_000;
    private readonly List<LogFollower> _followers = [];
    private readonly Queue<(long Micros, Position Position)> _recentAcks = new();
    private Position _dueAt = new(-1);
    private readonly SortedDictionary<NodeId, SortedDictionary<Rid, long>> _lastHeld = [];
    private LogNode? _furthestStopped;
    private LogHoldings? _holdings;
    private LogTrimmer? _trimmer;
    private LogDrainer? _drainer;
    private LogDestroyer? _destroyer;
    private LogRetained? _retained;
    private bool _healed;
    private long _views;
    private NodeId _lastLeader;
    private long _leaderChanges;
    private bool _telling;
    private readonly Dictionary<long, ulong> _states = [];
    private readonly Dictionary<NodeId, LogIndex> _statesOf = [];

    public LogHistory History { get; } = new();

    /// <summary>Null in a seed without consumer groups.</summary>
    public LogGroups? Groups { get; private set; }

    public ProcessorBugs ProcessorBugs => bugs.Processor;

    /// <summary>More may be lost for good than is promised to be survived.</summary>
    public bool IsBeyondRepair { get; private set; }

    /// <summary>
    /// Clients turn to something else after a while, as long as nothing has to work: a shard whose copies are all away
    /// must not end the work on the others.
    /// </summary>
    public bool MayGiveUp => !_healed || IsBeyondRepair;
    public LogDraw Setup => draw;

    /// <summary>As it is now; it grows in some seeds.</summary>
    public Layout Layout { get; set; } = draw.Layout;

    /// <summary>The highest position that a client saw acknowledged.</summary>
    public Position NewestAcked { get; private set; }

    public override MessageCodec Codec { get; } = MakeCodec();
    public override long AcknowledgedOperations => _clients.Sum(c => c.Acknowledged);

    /// <summary>Changes of who takes part and of who orders: the log's kind of term changes.</summary>
    public override long TermChanges => _views + _leaderChanges;

    public override IReadOnlyList<(int Client, int Number)> Operations => [.. _clients.SelectMany(c => c.Issued)];

    public override JournalOptions JournalOptionsOf(NodeId node) => new()
    {
        ClusterId = draw.Layout.ClusterId,
        Node = node,
        SegmentBytes = draw.SegmentBytes,
        Bugs = bugs.Storage,
    };

    public override void SetUp(World world)
    {
        foreach (var node in draw.Layout.Nodes) world.AddNode(node.Id, node.Region);
    }

    public override ModelRecorder Recorder(int linesMax) => new OrderRecorder(linesMax);

    public override Machine Build(NodeId node, Recovered recovered)
    {
        var rng = Rng.Fork(seed, "machine", (node.Value * 1_000_003L) + recovered.Incarnation.Value);
        return new LogNode(
            node, Layout, recovered, draw.Options, draw.Groups, rng.NextULong(), bugs.Log, bugs.Replication);
    }

    public override void StartClients(World world)
    {
        var number = 0;
        for (var i = 0; i < draw.Producers; i++) _clients.Add(new LogProducer(world, this, ++number));
        for (var i = 0; i < draw.Readers; i++) _clients.Add(new LogReader(world, this, ++number));
        FirstFollower = number + 1;
        for (var i = 0; i < draw.Followers; i++) _followers.Add(new LogFollower(world, this, ++number));
        if (draw.Consumers.Keys > 0)
        {
            Groups = new(world, this, bugs.Groups);
            _followers.AddRange(Groups.Observers(ref number));
        }

        _holdings = new LogHoldings(world);
        foreach (var client in _clients) client.Start();
        foreach (var follower in _followers) follower.Start();
        Groups?.Start();
        _trimmer = new LogTrimmer(world, this);
        if (draw.Retains) _retained = new LogRetained(world, this);
        else _trimmer.Start();
        _drainer = new LogDrainer(world, this);
        if (draw.Drains) _drainer.Start();
        if (draw.Hunt != LogHunt.Nothing) new LogHunter(world, this).Start();
        var growth = new LogGrowth(world, this);
        if (!draw.MayNotRevoke) growth.Start();
        if (!draw.Destroys) return;
        _destroyer = new LogDestroyer(world, this, growth);
        _destroyer.Start();
    }

    /// <summary>A trim has overtaken somebody by whom the groups are judged.</summary>
    public bool IsGroupBlind { get; private set; }

    /// <summary>A trim by age has overtaken a follower, which goes on behind it.</summary>
    public void Overtaken(int follower, string? key) =>
        IsGroupBlind |= follower == FirstFollower || (key is not null && GroupCodec.IsGroupStream(key));

    /// <summary>The number of the follower that reads all keys.</summary>
    public int FirstFollower { get; private set; }

    public override void AfterStep(SimNode node, in Event e)
    {
        var machine = (LogNode)node.Machine!;
        _telling = false;
        CompareStates(node, machine);
        _holdings?.Stepped(node, machine);
        _destroyer?.Stepped(machine);
        _retained?.Stepped(machine);
        if (machine.State.View.Value > _views)
        {
            _views = machine.State.View.Value;
            _telling = true;
        }

        if (!machine.LeadsOrder || _lastLeader == node.Id) return;
        _lastLeader = node.Id;
        _leaderChanges++;
        _telling = true;
    }

    /// <summary>Whoever has read as far holds the same state, replayed or begun from a snapshot.</summary>
    private void CompareStates(SimNode node, LogNode machine)
    {
        if (machine.Applied.Value % StateEvery != 0 || _statesOf.GetValueOrDefault(node.Id) == machine.Applied) return;
        _statesOf[node.Id] = machine.Applied;
        var digest = TraceHash.Of(OrderingSnapshot.Encode(machine.State));
        if (_states.TryAdd(machine.Applied.Value, digest) || _states[machine.Applied.Value] == digest) return;
        History.Broken.Add($"{node.Id} has another state at {machine.Applied} of the order than a node before it");
    }

    public override IReadOnlyList<NodeId> Leaders(World world) =>
        [.. world.Nodes.Where(n => n.Machine is LogNode { LeadsOrder: true }).Select(n => n.Id)];

    public override bool IsTelling(SimNode node, in Event e) =>
        _telling || e.Kind == EventKind.ControlAnswered || node.Effects.Answers.Count > 0;

    /// <summary>The copies of a shard are few: what none holds any more is lost by design.</summary>
    public override bool MayLoseDisk(World world, SimNode node) => false;

    /// <summary>
    /// The others must be able to go on without a node whose disk rots. A sub-log may be ended with what this one alone
    /// holds, even if that was acknowledged to nobody: then there is nobody to repair it from.
    /// </summary>
    public override bool MayRot(World world, SimNode node) => !IsAloneWithSome(world, node) && Suffices(world,
        [.. world.Nodes.Where(n => !n.IsDamaged && n.Id != node.Id).Select(n => n.Id)]);

    private bool IsAloneWithSome(World world, SimNode node) => node.Machine is LogNode machine
        && machine.State.Rids.Any(rid => !rid.Failed && Held(node, rid.Rid) is > 0 and var held
            && !world.Nodes.Any(n => n != node && !n.IsDamaged && Held(n, rid.Rid) >= held));

    public override void Stopped(SimNode node)
    {
        if (node.Machine is not LogNode machine) return;
        var held = new SortedDictionary<Rid, long>();
        foreach (var rid in machine.State.Rids) held[rid.Rid] = OnDisk(machine, rid.Rid);
        _lastHeld[node.Id] = held;
        if (_furthestStopped is null || machine.Applied > _furthestStopped.Applied) _furthestStopped = machine;
    }

    private static long OnDisk(LogNode machine, Rid rid)
    {
        if (machine.Groups.Find(LogNode.GroupOf(rid)) is not { } group) return 0;
        var stream = group.Stream(new(1));
        if (stream.Synced >= stream.LastIndex) return stream.EndSlot;
        return group.TryGet(new(1), stream.Synced)?.EndSlot ?? 0;
    }

    public override void Replaced(World world, SimNode lost, SimNode fresh) =>
        throw Check.Unreachable(lost.Id);

    /// <summary>
    /// A majority of the ordering group and, of each shard and each sub-log, a copy: less has to wait for the dead.
    /// </summary>
    public override IReadOnlyList<NodeId> DrawCore(World world, Rng rng)
    {
        var core = world.Nodes.Where(n => !n.IsDamaged && n.State != NodeState.Gone).Select(n => n.Id).ToList();
        var dies = rng.Chance(0.5);
        var victim = rng.Pick(world.Nodes.Select(n => n.Id).ToList());
        // A copy with rot may have to be silent until it is repaired, so the others must do without it.
        var rotten = world.Nodes.Where(n => n.Disk.HasRotted).Select(n => n.Id).ToList();
        IsBeyondRepair = !Suffices(world, [.. core.Except(rotten)]);
        if (IsBeyondRepair) return [];
        if (!dies) return core;
        var without = core.Where(n => n != victim).ToList();
        return Suffices(world, [.. without.Except(rotten)]) ? without : core;
    }

    private bool Suffices(World world, IReadOnlyList<NodeId> sound)
    {
        var topology = new LogTopology(draw.Layout, draw.Options);
        if (topology.OrderingMembers.Count(sound.Contains) * 2 <= topology.OrderingMembers.Count) return false;
        for (var s = 0; s < draw.Options.Shards; s++)
        {
            // Where all of them have lost their disks, a node that was added stands in.
            var homes = topology.Shard(new(s)).Homes.Where(n => world.Node(n).State != NodeState.Gone).ToList();
            if (homes.Count == 0) homes.AddRange(world.Nodes.Select(n => n.Id).Skip(draw.Layout.Nodes.Count));
            if (!homes.Any(sound.Contains)) return false;
        }

        // Everybody may be down or have just started: what the order was is known from those that were.
        var newest = world.Nodes.Select(n => n.Machine).OfType<LogNode>().MaxBy(m => m.Applied);
        if (newest is null || _furthestStopped?.Applied > newest.Applied) newest = _furthestStopped;
        foreach (var rid in newest?.State.Rids ?? [])
        {
            // Dropped, and another sub-log speaks for it.
            if (world.Nodes.Any(n => n.Machine is LogNode m && m.Forgets(rid)) || newest!.Forgets(rid)) continue;
            var value = world.Control.Peek(GroupRecord.Key(LogNode.GroupOf(rid.Rid)));
            if (!value.Exists || GroupRecord.Decode(value.Value) is not { } record) continue;
            // Nobody has it, and the operator will say so.
            if (_destroyer?.MayGiveUp(rid) == true
                && record.Newest.Members.All(n => world.Node(n).State == NodeState.Gone)) continue;
            var wanted = (rid.Lost ?? rid.Keep ?? newest!.State.CommittedOf(rid.Rid)).Value;
            // What is reported and not committed is kept as well when its sub-log ends; of one that is being ended,
            // perhaps all that any copy holds.
            var most = world.Nodes.Max(n => Held(n, rid.Rid));
            if (!rid.Failed) wanted = record.IsClosed ? most : Math.Max(wanted, Math.Min(most, 1));
            // Copies that were left out while they were silent hold less than was acknowledged since.
            if (wanted > 0
                && !record.Newest.Members.Any(n => sound.Contains(n) && Held(world.Node(n), rid.Rid) >= wanted))
            {
                world.Probe.Mark("log.core.lone-copy-with-rot");
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Slots that a copy holds: one that did not answer when its sub-log was ended may lack the end of what was kept.
    /// Of a node that is down, what its last life had synced is known; of one that has none, nothing.
    /// </summary>
    private long Held(SimNode node, Rid rid)
    {
        if (node.State == NodeState.Gone) return 0;
        if (node.Machine is LogNode machine)
            return machine.Groups.Find(LogNode.GroupOf(rid))?.Stream(new(1)).EndSlot ?? 0;
        return _lastHeld.TryGetValue(node.Id, out var held) ? held.GetValueOrDefault(rid) : 0;
    }

    public override void Healed(World world)
    {
        _healed = true;
        _drainer?.Stop();
        foreach (var client in _clients) client.Healed();
        Groups?.Healed();
    }

    public override string? Unsettled(World world)
    {
        if (_clients.FirstOrDefault(c => !c.HasRecovered) is { } waiting) return waiting.Complaint + Describe(world);
        if (!IsGroupBlind && Groups?.Unsettled() is { } idle) return idle + Describe(world);
        while (_recentAcks.TryPeek(out var old) && old.Micros <= world.NowMicros - FollowMicros)
            _dueAt = _recentAcks.Dequeue().Position;
        return Behind(_dueAt);
    }

    public override void Quiesce(World world)
    {
        foreach (var client in _clients) client.Stop();
        Groups?.Drain();
    }

    public override string? Undrained(World world) =>
        Behind(NewestAcked) ?? (IsGroupBlind ? null : Groups?.Undrained());

    private string? Behind(Position position)
    {
        var behind = _followers.FirstOrDefault(f => History.Acks.Count > 0 && f.Confirmed <= position);
        return behind is null ? null : $"{behind.Where}, and {position} was acknowledged";
    }

    public override IReadOnlyList<CheckerReport> Judge(World world)
    {
        History.IsComplete = world.IsComplete;
        var reports = LogCheckers.All(History).ToList();
        reports.Add(_holdings!.Judge());
        if (Groups is not null && !IsGroupBlind) reports.Add(Groups.Judge());
        if (_retained is not null) reports.Add(_retained.Judge());
        if (draw.MayNotRevoke) reports.Add(LogCheckers.Unrevoked(History));
        return reports;
    }

    public override bool MustJudge(string checker) =>
        checker is not ("copies" or "lost" or "retention") && (checker is not "linearizable" || draw.Producers > 1);

    public void Acked(AckedBatch batch)
    {
        History.Acks.Add(batch);
        _holdings!.Acked(batch);
        Groups?.Acked(batch);
        if (batch.Positions[^1] <= NewestAcked) return;
        NewestAcked = batch.Positions[^1];
        _recentAcks.Enqueue((batch.AckedMicros, NewestAcked));
    }

    /// <summary>The lowest position that some follower still needs: the operator never trims above it.</summary>
    public Position SlowestReader => _followers.Min(f => f.Confirmed);

    private static string Describe(World world) => "; " + string.Join("; ", world.Nodes.Select(n =>
        (n.Disk.HasRotted ? "rotten " : "") + (n.Machine is LogNode m
            ? $"{n.Id} tail {m.State.Tail} {m.State.View} applied {m.Applied} {m.Story}"
            : $"{n.Id} {n.State}")));

    private static MessageCodec MakeCodec()
    {
        var codec = new MessageCodec();
        LogNode.Register(codec);
        return codec;
    }
}
