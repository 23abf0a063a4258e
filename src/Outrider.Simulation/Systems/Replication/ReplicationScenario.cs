using Outrider.Core;
using Outrider.Replication;
using Outrider.Storage;

namespace Outrider.Simulation;

/// <summary>
/// Plain groups on a few nodes, under clients that append, read, trim, create streams and change members.
/// </summary>
internal sealed class ReplicationScenario(
    ulong seed, Swarm swarm, ReplicationDraw draw, ReplicationBugs bugs, StorageBugs journalBugs) : SimScenario
{
    private const ulong ClusterId = 0x5EED;
    private const long OperationsPerSecond = 16;
    private readonly Dictionary<(NodeId, StreamKey), LogIndex> _shown = [];
    private readonly Dictionary<(NodeId, GroupId), Term> _open = [];
    private readonly SortedDictionary<GroupId, Term> _terms = [];
    private readonly List<ReplicationClient> _clients = [];
    private ReplicationAdmin? _admin;
    private World? _world;
    private Stage? _stage;

    public ReplicationHistory History { get; } = new();
    public ReplicationDraw Setup => draw;

    /// <summary>Streams that clients may use: those of the birth and those whose creation was acknowledged.</summary>
    public List<StreamKey> StreamsInUse { get; } = [];

    public override MessageCodec Codec { get; } = MakeCodec();
    public override long AcknowledgedOperations => _clients.Sum(c => c.Acknowledged);
    public override long TermChanges => _terms.Values.Sum(t => Math.Max(0, t.Value - 1));

    /// <summary>Fewer operations were answered than there should be by now: clients ask and do not think.</summary>
    public bool IsBehind => AcknowledgedOperations * 1_000_000 < OperationsPerSecond * _world!.NowMicros;

    public override IReadOnlyList<(int Client, int Number)> Operations =>
        [.. _clients.SelectMany(c => c.Issued), .. _admin?.Issued ?? []];

    public override JournalOptions JournalOptionsOf(NodeId node) => new()
    {
        ClusterId = ClusterId,
        Node = node,
        SegmentBytes = draw.SegmentBytes,
        Bugs = journalBugs,
        Probe = _world!.Probe,
    };

    public override void SetUp(World world)
    {
        _world = world;
        _stage = new Stage(world);
        if (!world.Plan.Timeless) world.Trace($"swarm {swarm}");
        var births = string.Join(' ', draw.Births.Select(b => b.Birth));
        if (!world.Plan.Timeless) world.Trace($"setup {draw} births {births}");
        foreach (var (group, birth) in draw.Births)
            for (var s = 1; s <= birth.Streams; s++) StreamsInUse.Add(new StreamKey(group, new StreamId(s)));
        for (var i = 1; i <= draw.NodeCount; i++)
            world.AddNode(new NodeId(i), new RegionId((i - 1) % swarm.Regions));
    }

    public override ModelRecorder Recorder(int linesMax) => new StreamRecorder(draw.Births, linesMax);

    public override Machine Build(NodeId node, Recovered recovered)
    {
        var births = draw.Births.Where(b => b.Birth.Config.Contains(node)).ToList();
        var backoff = Rng.Fork(seed, "machine", (node.Value * 1_000_003L) + recovered.Incarnation.Value);
        return new ReplicationNode(node, recovered, births, draw.Options, backoff.NextULong(), bugs);
    }

    public override void StartClients(World world)
    {
        var number = 0;
        for (var i = 0; i < draw.Producers; i++) _clients.Add(new ReplicationProducer(world, this, ++number));
        for (var i = 0; i < draw.Readers; i++) _clients.Add(new ReplicationReader(world, this, ++number));
        foreach (var client in _clients) client.Start();
        _admin = new ReplicationAdmin(world, this, ++number);
        _admin.Start();
    }

    public override void AfterStep(SimNode node, in Event e)
    {
        _justOpened = _justPromised = _justChanged = _justCommitted = false;
        foreach (var group in ((ReplicationNode)node.Machine!).Groups)
        {
            Watch(node, group);
            var streams = group.Streams;
            for (var i = 0; i < streams.Count; i++) Watch(node, group, streams[i]);
        }

        _stage!.AfterStep();
    }

    internal override string? Play(NodeFaults nodes, Rng rng)
    {
        var plays = new Plays(_world!, nodes, draw.Births[0].Group, rng);
        if (_stage!.IsBusy || plays.Draw() is not var (name, play)) return null;
        _stage.Begin(play);
        return name;
    }

    /// <summary>A new life has shown nothing yet: what it read back from its disk is compared again.</summary>
    public override void Stopped(SimNode node)
    {
        foreach (var group in ((ReplicationNode)node.Machine!).Groups)
        {
            _open.Remove((node.Id, group.Id));
            foreach (var stream in group.Streams) _shown.Remove((node.Id, new(group.Id, stream)));
        }
    }

    public override IReadOnlyList<NodeId> Leaders(World world) =>
        [.. world.Nodes.Where(n => n.Machine is ReplicationNode m && m.Groups.Any(g => g.IsOpen)).Select(n => n.Id)];

    public override bool IsTelling(SimNode node, in Event e) =>
        e.Kind == EventKind.ControlAnswered || node.Effects.Answers.Count > 0 || _justOpened || _justPromised;

    /// <summary>
    /// Answers are many and alike; promises and new terms are few, and what a node forgets right after one is what
    /// fencing rests on.
    /// </summary>
    public override double TellingWeight(SimNode node, in Event e) =>
        _justOpened || _justPromised || _justChanged || _justCommitted ? Nemesis.FewAndTelling
        : IsTelling(node, e) ? 0.7 : 0;

    public override bool MayLoseDisk(World world, SimNode node)
    {
        foreach (var (group, _) in draw.Births)
        {
            if (RecordOf(world, group) is not { } record) return false;
            foreach (var config in Counting(record))
            {
                // A commit quorum without the lost one must be left, and no earlier loss may still count.
                if (config.Members.Any(m => world.Node(m).State == NodeState.Gone)) return false;
                if (config.Contains(node.Id) && !CanSpareOne(config, record.MinCopies)) return false;
            }
        }

        return world.Nodes.Count(n => n.State == NodeState.Gone) == 0;
    }

    /// <summary>A group that may shrink to one copy by itself could shrink to the rotten one.</summary>
    public override bool MayRot(World world, SimNode node) =>
        draw.Births.All(b => b.Birth.Config.Policy == QuorumPolicy.Majority || b.Birth.MinCopies > 1)
        && MayLoseDisk(world, node);

    internal static bool CanSpareRotten(World world, GroupConfig config, int minCopies) =>
        !config.Members.Any(m => world.Node(m).Disk.HasRotted) || CanSpareOne(config, minCopies);

    private static bool CanSpareOne(GroupConfig config, int minCopies) => config.Policy == QuorumPolicy.Majority
        ? config.Count - 1 >= config.CommitQuorum
        : config.Count - 1 >= Math.Max(1, minCopies);

    public override void Replaced(World world, SimNode lost, SimNode fresh) => _admin?.Replace(lost.Id, fresh.Id);

    public override IReadOnlyList<NodeId> DrawCore(World world, Rng rng)
    {
        var core = world.Nodes.Where(n => n.State != NodeState.Gone && !n.IsDamaged).Select(n => n.Id).ToList();
        // A copy with rot may have to be silent until it is repaired, so the others must do without it.
        var rotten = world.Nodes.Where(n => n.Disk.HasRotted).Select(n => n.Id).ToList();
        if (!Suffices(world, [.. core.Except(rotten)])) return [];
        if (rng.Chance(0.4)) return core;
        var order = core.ToList();
        rng.Shuffle(order);
        foreach (var node in order)
        {
            var without = core.Where(n => n != node).ToList();
            if (Suffices(world, [.. without.Except(rotten)])) core = without;
        }

        return core;
    }

    public override void Healed(World world)
    {
        foreach (var client in _clients) client.Healed();
    }

    public override string? Unsettled(World world)
    {
        foreach (var (id, _) in draw.Births)
        {
            var leader = LeaderOf(world, id);
            if (leader is null) return $"{id} has no open leader ({Describe(world, id)})";
            foreach (var member in leader.Config!.Members)
            {
                if (world.Node(member).Machine is not ReplicationNode machine) continue;
                if (machine.Groups.FirstOrDefault(g => g.Id == id) is not { } copy)
                    return $"{id} is unknown to its member {member}";
                foreach (var stream in leader.Streams)
                {
                    var wanted = HealedEnd(new StreamKey(id, stream), leader.Stream(stream));
                    if (copy.Stream(stream).FsyncCommitted < wanted)
                        return $"{id}/{stream} at {member} knows {copy.Stream(stream)}, not yet {wanted}";
                }
            }
        }

        return _clients.FirstOrDefault(c => !c.HasRecovered)?.Complaint;
    }

    public override void Quiesce(World world)
    {
        foreach (var client in _clients) client.Stop();
    }

    public override string? Undrained(World world)
    {
        foreach (var (id, _) in draw.Births)
        {
            if (LeaderOf(world, id) is not { } leader) return $"{id} has no open leader";
            foreach (var stream in leader.Streams)
            {
                // A creation that was never acknowledged may leave a stream that nobody will ever commit to.
                if (stream != StreamId.Catalogue && !StreamsInUse.Contains(new(id, stream))) continue;
                var status = leader.Stream(stream);
                if (status.FsyncCommitted < status.LastIndex) return $"{id}/{stream}: {status}";
            }
        }

        return null;
    }

    public override IReadOnlyList<CheckerReport> Judge(World world)
    {
        History.IsComplete = world.IsComplete;
        return [.. StreamCheckers.All(History), MemoryBound()];
    }

    public override bool MustJudge(string checker) => checker != "reads" || draw.Readers > 0;

    internal GroupRecord? RecordOf(World world, GroupId group)
    {
        var value = world.Control.Peek(GroupRecord.Key(group));
        return value.Exists ? GroupRecord.Decode(value.Value) : null;
    }

    internal IEnumerable<IReadOnlyList<NodeId>> UnderWay(GroupId group) => _admin?.UnderWay(group) ?? [];

    internal static IEnumerable<GroupConfig> Counting(GroupRecord record) =>
        record.Active.Select(a => a.Config).Append(record.Proposed);

    private static MessageCodec MakeCodec()
    {
        var codec = new MessageCodec();
        ReplicationNode.Register(codec);
        return codec;
    }

    private bool _justOpened, _justPromised, _justChanged, _justCommitted;
    private readonly Dictionary<(NodeId, GroupId), GroupRole> _roles = [];
    private readonly Dictionary<(NodeId, GroupId), Term> _promised = [];
    private readonly SortedDictionary<StreamKey, LogIndex> _healedEnds = [];
    private long _boundFacts;
    private string? _boundProblem;

    private void Watch(SimNode node, Group group)
    {
        var role = group.Role;
        if (_roles.GetValueOrDefault((node.Id, group.Id)) != role)
        {
            _roles[(node.Id, group.Id)] = role;
            _justChanged = true;
        }

        if (_promised.GetValueOrDefault((node.Id, group.Id)) != group.Promised)
        {
            _promised[(node.Id, group.Id)] = group.Promised;
            _justPromised = true;
        }

        if (!group.IsOpen)
        {
            if (_open.Count > 0) _open.Remove((node.Id, group.Id));
            return;
        }

        var led = group.LeadingTerm;
        if (_open.GetValueOrDefault((node.Id, group.Id)) == led) return;
        _open[(node.Id, group.Id)] = led;
        _justOpened = true;
        History.Opened.Add(new OpenedTerm(group.Id, led, node.Id, node.Life, _world!.NowMicros));
        if (led > _terms.GetValueOrDefault(group.Id)) _terms[group.Id] = led;
        _world.Trace($"{node.Id} leads {group.Id} {led} {group.Config}");
    }

    private void Watch(SimNode node, Group group, StreamId stream)
    {
        var key = (node.Id, new StreamKey(group.Id, stream));
        var status = group.Stream(stream);
        var shown = _shown.GetValueOrDefault(key);
        if (group.IsOpen) WatchBound(node, group, status);
        if (status.FsyncCommitted <= shown) return;
        // The first commit of a term that is not open yet: what it rests on may be known to nobody else.
        _justCommitted |= group.Role == GroupRole.Leader && !group.IsOpen;
        var from = LogIndex.Max(shown, status.BaseIndex).Next();
        var history = History.Stream(key.Item2);
        for (var index = from; index <= status.FsyncCommitted; index = index.Next())
        {
            var entry = group.TryGet(stream, index);
            // With a small cache an entry may be gone from memory as soon as it is committed.
            if (entry is null && history.At(index) is null) entry = node.ReadEntry(key.Item2, index);
            if (entry is not null)
                history.Observe(entry, SealMark.HasLoss(entry), node.Id, _world!.NowMicros);
            else if (group.TermAt(stream, index) is { } term) history.Observe(index, term, node.Id);
        }

        _shown[key] = status.FsyncCommitted;
    }

    /// <summary>Back-pressure holds: a leader never has more uncommitted appends than it was told to take.</summary>
    private void WatchBound(SimNode node, Group group, in StreamStatus status)
    {
        _boundFacts++;
        var uncommitted = status.LastIndex - status.FsyncCommitted;
        // What was recovered, and the entries of the system itself, come on top of what clients may add.
        if (uncommitted > draw.Options.PendingAppendsMax + RecoveredAllowance)
            _boundProblem ??= $"{node.Id} holds {uncommitted} uncommitted entries of {group.Id}/{status.Stream}";
        if (node.OutboxCount > OutboxMax) _boundProblem ??= $"{node.Id} holds back {node.OutboxCount} messages";
    }

    private const int RecoveredAllowance = 2_000;
    private const int OutboxMax = 20_000;

    private CheckerReport MemoryBound() => new("memory", _boundFacts, _boundProblem);

    private LogIndex HealedEnd(StreamKey key, in StreamStatus atLeader)
    {
        if (!_healedEnds.TryGetValue(key, out var end)) _healedEnds[key] = end = atLeader.FsyncCommitted;
        return end;
    }

    private bool Suffices(World world, List<NodeId> core)
    {
        foreach (var (group, _) in draw.Births)
        {
            if (RecordOf(world, group) is not { } record) return false;
            if (record.Proposed.Members.Count(core.Contains) < record.MinCopies) return false;
            // A change of members that is under way may be through before anybody suspects one of the dead.
            var wanted = UnderWay(group).Select(m => new GroupConfig(m, record.Proposed.Policy));
            foreach (var config in Counting(record).Concat(wanted))
            {
                var present = config.Members.Count(core.Contains);
                if (config.Policy == QuorumPolicy.Majority && present < config.CommitQuorum) return false;
                if (config.Policy == QuorumPolicy.All && present < Math.Max(1, record.MinCopies)) return false;
            }
        }

        return true;
    }

    private static Group? LeaderOf(World world, GroupId id) => world.Nodes
        .Select(n => n.State == NodeState.Up ? n.Machine as ReplicationNode : null)
        .Select(m => m?.Groups.FirstOrDefault(g => g.Id == id && g.IsOpen))
        .Where(g => g is not null)
        .MaxBy(g => g!.Term.Value);

    private string Describe(World world, GroupId id) => string.Join("; ", world.Nodes.Select(n =>
        n.Machine is ReplicationNode m && m.Groups.FirstOrDefault(g => g.Id == id) is { } g
            ? $"{n.Id} {g.Role} {g.Term}"
            : $"{n.Id} {n.State}")) + "; record " + Describe(RecordOf(world, id));

    private static string Describe(GroupRecord? record) => record is null
        ? "none"
        : $"{record.Term} of {record.Leader} opened {record.OpenedTerm} proposed {record.Proposed} active " +
            string.Join(' ', record.Active.Select(a => $"{a.Term}:{a.Config}"));
}
