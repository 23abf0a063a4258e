using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>
/// The operator: trims, creates streams, moves members and replaces a node whose disk was lost. It tries once and
/// leaves the rest to its next round, except for replacements, which it pursues.
/// </summary>
internal sealed class ReplicationAdmin(World world, ReplicationScenario scenario, int number)
{
    private readonly Rng _rng = world.Fork("admin");
    private readonly List<(int Client, int Number)> _issued = [];
    private readonly List<Asked> _asked = [];
    private (NodeId Lost, NodeId Fresh)? _replacement;
    private int _operation;
    private int _nextStream = 10;

    public IReadOnlyList<(int Client, int Number)> Issued => _issued;

    /// <summary>A change that was asked of a life of a leader and not answered.</summary>
    private sealed record Asked(GroupId Group, IReadOnlyList<NodeId> Members, SimNode Leader, long Life);

    public void Start() => Later(1_000_000);

    /// <summary>
    /// Members that a group may still get without anybody asking again: the request, or its leader, is under way.
    /// </summary>
    public IEnumerable<IReadOnlyList<NodeId>> UnderWay(GroupId group) =>
        _asked.Where(a => a.Group == group && a.Leader.Life == a.Life).Select(a => a.Members);

    public void Replace(NodeId lost, NodeId fresh) => _replacement = (lost, fresh);

    private void Later(long meanMicros) =>
        world.After(100_000 + (long)_rng.Exponential(meanMicros), "admin", Round);

    private void Round()
    {
        Later(_replacement is null ? scenario.Setup.AdminMeanMicros : 500_000);
        var identity = (number, ++_operation);
        var draw = _rng.NextUnit();
        var (group, _) = _rng.Pick(scenario.Setup.Births);
        if (world.Plan.OnlyOperations is { } only && !only.Contains(identity)) return;
        _issued.Add(identity);
        if (_replacement is { } pair) PursueReplacement(pair.Lost, pair.Fresh);
        else if (scenario.Setup.OnlyMoves) ChangeMembers(group);
        else if (draw < 0.5) Trim();
        else if (draw < 0.65) CreateStream(group);
        else if (draw < 0.9 && !scenario.Setup.KeepsMembers) ChangeMembers(group);
    }

    private void Trim()
    {
        var key = _rng.Pick(scenario.StreamsInUse);
        if (LeaderOf(key.Group) is not { } leader) return;
        var status = leader.Stream(key.Stream);
        var room = status.FsyncCommitted - status.BaseIndex;
        if (room < 2) return;
        var upTo = status.BaseIndex.Plus(_rng.Chance(0.4) ? room : _rng.Between(1, room));
        // An owner may ask for more than is committed; the leader must know better.
        if (_rng.Chance(0.2)) upTo = status.LastIndex;
        var snapshot = new byte[8];
        BitConverter.TryWriteBytes(snapshot, upTo.Value);
        world.Trace($"admin trims {key} up to {upTo} at {leader.Self}");
        world.Ask(leader.Self, new TrimRequest(key.Group, key.Stream, upTo, snapshot), (_, _) => { });
    }

    private void CreateStream(GroupId group)
    {
        if (LeaderOf(group) is not { } leader || _nextStream > 14) return;
        var stream = new StreamId(_nextStream++);
        world.Trace($"admin creates {group}/{stream} at {leader.Self}");
        world.Ask(leader.Self, new CreateStreamRequest(group, stream), (reply, _) =>
        {
            if (reply is NodeReply.Done) scenario.StreamsInUse.Add(new StreamKey(group, stream));
        });
    }

    private void ChangeMembers(GroupId group)
    {
        if (LeaderOf(group) is not { Config: { } config } leader) return;
        // On a healed core no operator hands a group to nodes that are dead for good.
        if (scenario.RecordOf(world, group) is not { } record || world.Nemesis.IsOver) return;
        var outside = world.Nodes.Where(n => n.State != NodeState.Gone && !config.Contains(n.Id))
            .Select(n => n.Id).ToList();
        var members = config.Members.ToList();
        var grow = outside.Count > 0 && (members.Count <= 2 || _rng.Chance(0.5));
        if (grow) members.Add(_rng.Pick(outside));
        else if (members.Count > Math.Max(record.MinCopies, 2)) members.Remove(_rng.Pick(members));
        // Members may be exchanged in one step: quorums overlap through the seal, not through the sets.
        if (outside.Count > 1 && _rng.Chance(0.4))
        {
            _rng.Shuffle(outside);
            var fresh = (int)_rng.Between(1, Math.Min(outside.Count, members.Count));
            members = [.. members.Except(outside).Skip(fresh), .. outside.Take(fresh)];
        }

        if (members.Count < Math.Max(2, record.MinCopies)) return;
        // Nobody knows which copy rots; but a group that cannot do without it is more than is promised to survive.
        var next = new GroupConfig(members.Distinct(), config.Policy);
        if (!ReplicationScenario.CanSpareRotten(world, next, record.MinCopies)) return;
        Change(leader, members.Distinct().ToList(), []);
    }

    private void PursueReplacement(NodeId lost, NodeId fresh)
    {
        var done = true;
        foreach (var (group, _) in scenario.Setup.Births)
        {
            if (scenario.RecordOf(world, group) is not { } record) continue;
            var counts = ReplicationScenario.Counting(record).Any(c => c.Contains(lost)) || record.Full.Contains(lost);
            if (!counts) continue;
            done = false;
            if (LeaderOf(group) is not { Config: { } config } leader) continue;
            // As an operator would: first a learner, which counts nowhere, or a member at once.
            if (_rng.Chance(0.3)) Change(leader, config.Members.ToList(), [fresh]);
            else Change(leader, [.. config.Members.Where(m => m != lost && m != fresh), fresh], []);
        }

        if (done) _replacement = null;
    }

    private void Change(Group leader, List<NodeId> members, List<NodeId> learners)
    {
        members.Sort();
        world.Trace($"admin asks {leader.Self} for {leader.Id} with {string.Join(' ', members)}" +
            (learners.Count > 0 ? $" learners {string.Join(' ', learners)}" : ""));
        var node = world.Node(leader.Self);
        var asked = new Asked(leader.Id, members, node, node.Life);
        _asked.RemoveAll(a => a.Leader.Life != a.Life);
        _asked.Add(asked);
        world.Ask(
            leader.Self, new ChangeMembersRequest(leader.Id, members, learners), (_, _) => _asked.Remove(asked));
    }

    private Group? LeaderOf(GroupId group)
    {
        foreach (var node in world.Nodes)
        {
            if (node.State != NodeState.Up || node.Machine is not ReplicationNode machine) continue;
            foreach (var candidate in machine.Groups)
                if (candidate.Id == group && candidate.IsOpen) return candidate;
        }

        return null;
    }
}
