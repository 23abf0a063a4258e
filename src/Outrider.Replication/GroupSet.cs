using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Draws ids of control-plane calls; one for all machines of a node, since answers carry nothing else.
/// </summary>
public sealed class CallIds
{
    private long _last;

    public long Next() => ++_last;
}

/// <summary>
/// All groups of one node: routes events to them, sends one heartbeat a peer whatever the number of groups, and looks
/// at the control plane for all of them. A composite machine holds one and calls Step first and Flush last.
/// </summary>
public sealed class GroupSet
{
    private const string RecordPrefix = "groups/";
    private const int RoundsKept = 64;

    private readonly Dictionary<GroupId, Group> _byId = [];
    // Ascending by id: walked several times a step, so a plain list.
    private readonly List<Group> _groups = [];
    private readonly List<Group> _joined = [];
    private readonly SortedTable<NodeId, List<HeartbeatLine>> _beats = [];
    private readonly long[] _roundMicros = new long[RoundsKept];
    private readonly Recovered _recovered;
    private readonly GroupOptions _options;
    private readonly ReplicationBugs _bugs;
    private readonly ulong _seed;
    private readonly Rng _rng;
    private long _round;
    private long _listCall;
    private long _listDueMicros;
    private bool _isGathering;
    private bool _gatherArmed;

    /// <param name="self">This node.</param>
    /// <param name="recovered">What its journal held; groups in it are opened at <see cref="EventKind.Started"/>.
    /// </param>
    /// <param name="options">Intervals and bounds of all its groups.</param>
    /// <param name="seed">For back-off and attempt ids only.</param>
    /// <param name="calls">Shared with the owner's own calls.</param>
    /// <param name="bugs">None outside the simulator.</param>
    public GroupSet(
        NodeId self, Recovered recovered, GroupOptions options, ulong seed, CallIds calls,
        ReplicationBugs bugs = ReplicationBugs.None)
    {
        Self = self;
        Calls = calls;
        Incarnation = recovered.Incarnation;
        _recovered = recovered;
        _options = options;
        _bugs = bugs;
        // Two lives of a node must not draw the same attempt ids.
        _seed = seed ^ ((ulong)recovered.Incarnation.Value * 0x9E3779B97F4A7C15UL);
        _rng = Rng.Fork(_seed, "heartbeat", self.Value);
    }

    public NodeId Self { get; }
    public Incarnation Incarnation { get; }
    public CallIds Calls { get; }

    /// <summary>Ascending by id.</summary>
    public IReadOnlyList<Group> Groups => _groups;

    /// <summary>Groups that came to be here in the last step because another node spoke of them.</summary>
    public IReadOnlyList<Group> Joined => _joined;

    public Group? Find(GroupId id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// Takes part in a group, from <see cref="EventKind.Started"/> on. With a birth, this node writes the group's first
    /// record if there is none; a fixed leader's own node leads it then.
    /// </summary>
    public Group Join(GroupId id, GroupBirth? birth, long nowMicros, Effects effects)
    {
        if (Find(id) is not { } group) return Add(id, birth, null, nowMicros, effects);
        if (birth is not null) group.Core.Bear(birth, effects);
        return group;
    }

    /// <summary>Forgets a group with its streams: this node will never be a member of it again.</summary>
    public void Drop(GroupId id, Effects effects)
    {
        if (!_byId.Remove(id, out var group)) return;
        _groups.Remove(group);
        effects.Persist(new JournalRecord.DropGroup(id));
    }

    /// <summary>Passes an event on. False if the owner should look at it (too).</summary>
    public bool Step(in Event e, Effects effects)
    {
        _joined.Clear();
        _isGathering = e.Kind == EventKind.Requested && _options.GatherRequests;
        foreach (var group in _groups) group.Core.Now(e.NowMicros);
        switch (e.Kind)
        {
            case EventKind.Started:
                OnStarted(e.NowMicros, effects);
                return false;
            case EventKind.Received:
                return OnMessage(e.From, e.Message, e.NowMicros, effects);
            case EventKind.TimerFired when ReplicationTimers.IsOurs(e.Timer):
                OnTimer(e.Timer, e.NowMicros, effects);
                return true;
            case EventKind.Durable:
                foreach (var group in _groups) group.Core.OnDurable(e.Token, effects);
                return false;
            case EventKind.DiskFailed:
                foreach (var group in _groups) group.Core.OnDiskFailed(e.Failure);
                return false;
            case EventKind.EntriesRead when e.Entries.Id < 0:
                Find(e.Entries.Stream.Group)?.Core.OnRead(e.Entries, effects);
                return true;
            case EventKind.ControlAnswered:
                return OnControl(e.Answer, effects);
            case EventKind.ControlChanged:
                OnSeen(e.Change.Value, effects);
                return false;
            default:
                return false;
        }
    }

    /// <summary>Sends and persists what the step has produced; once, at the end of the owner's step.</summary>
    public void Flush(Effects effects)
    {
        if (_isGathering)
        {
            if (!_gatherArmed) effects.SetTimer(ReplicationTimers.Gather, 0);
            _gatherArmed = true;
            return;
        }

        foreach (var group in _groups) group.Core.Flush(effects);
    }

    public void CheckInvariants()
    {
        foreach (var group in _groups) group.CheckInvariants();
    }

    private void OnStarted(long nowMicros, Effects effects)
    {
        foreach (var recovered in _recovered.Groups)
            if (Find(recovered.Group) is null) Add(recovered.Group, null, recovered, nowMicros, effects);
        effects.SetTimer(ReplicationTimers.Tick, _rng.Below(_options.HeartbeatMicros) + 1);
        effects.Control(new ControlCall.Watch(Calls.Next(), RecordPrefix));
        _listDueMicros = nowMicros + _options.RecordPollMicros;
    }

    internal GroupContext NewContext(GroupId id, string purpose)
    {
        // Each context draws attempt ids of its own, also the second closer of one group.
        var rng = Rng.Fork(_seed, $"{purpose} {id} {Self}", Calls.Next());
        return new GroupContext(id, Self, Incarnation, _options, _bugs, rng, Calls);
    }

    private Group Add(GroupId id, GroupBirth? birth, RecoveredGroup? recovered, long nowMicros, Effects effects)
    {
        var context = NewContext(id, "group");
        context.NowMicros = nowMicros;
        var group = new Group(context, birth);
        _byId.Add(id, group);
        var at = _groups.Count;
        while (at > 0 && _groups[at - 1].Id.CompareTo(id) > 0) at--;
        _groups.Insert(at, group);
        group.Core.Start(recovered, _recovered.Unclean, effects);
        return group;
    }

    private bool OnMessage(NodeId from, Message message, long nowMicros, Effects effects)
    {
        if (message.Tag is < 100 or >= 200) return false;
        switch (message)
        {
            case Heartbeat beat:
                OnHeartbeat(from, beat, effects);
                return true;
            case HeartbeatAck ack:
                OnHeartbeatAck(from, ack, nowMicros);
                return true;
        }

        var group = Find(message.Group);
        if (group is null)
        {
            // A leader's first words make a copy, and so does a question that only members are asked: a member that no
            // leader has reached yet must be able to help to elect the next. Answers to nobody are void.
            if (message is not (Append or Seal or Install or AskSuspicion)) return true;
            group = Add(message.Group, null, null, nowMicros, effects);
            _joined.Add(group);
        }

        group.Core.OnMessage(from, message, effects);
        return true;
    }

    private void OnHeartbeat(NodeId from, Heartbeat beat, Effects effects)
    {
        var lines = new List<HeartbeatLine>(beat.Lines.Count);
        foreach (var line in beat.Lines)
            if (Find(line.Group) is { } group)
                lines.Add(new HeartbeatLine(line.Group, group.Core.OnHeartbeat(line.Term)));
        effects.Send(from, new HeartbeatAck(Incarnation, beat.Round, lines));
    }

    private void OnHeartbeatAck(NodeId from, HeartbeatAck ack, long nowMicros)
    {
        if (ack.Round > _round || ack.Round <= _round - RoundsKept) return;
        var rtt = nowMicros - _roundMicros[ack.Round % RoundsKept];
        foreach (var line in ack.Lines) Find(line.Group)?.Core.OnHeartbeatAck(from, ack.Life, line.Term, rtt);
    }

    private void OnTimer(TimerKey key, long nowMicros, Effects effects)
    {
        if (key == ReplicationTimers.Gather)
        {
            _gatherArmed = false;
            return;
        }

        if (key != ReplicationTimers.Tick)
        {
            Find(new GroupId(key.Scope))?.Core.OnTimer(key, effects);
            return;
        }

        effects.SetTimer(ReplicationTimers.Tick, _options.HeartbeatMicros);
        foreach (var group in _groups) group.Core.Tick(effects);
        SendHeartbeats(nowMicros, effects);
        if (nowMicros < _listDueMicros || _groups.Count == 0) return;
        _listDueMicros = nowMicros + _options.RecordPollMicros;
        _listCall = Calls.Next();
        effects.Control(new ControlCall.List(_listCall, RecordPrefix));
    }

    private void SendHeartbeats(long nowMicros, Effects effects)
    {
        foreach (var lines in _beats.Values) lines.Clear();
        var any = false;
        foreach (var group in _groups)
        {
            if (group.Core.Leader is not { } leader) continue;
            foreach (var peer in leader.Peers)
            {
                if (peer.Node == Self) continue;
                if (!_beats.TryGetValue(peer.Node, out var lines)) _beats.Add(peer.Node, lines = []);
                lines.Add(new HeartbeatLine(group.Id, leader.Term));
                any = true;
            }
        }

        if (!any) return;
        _roundMicros[++_round % RoundsKept] = nowMicros;
        foreach (var (node, lines) in _beats)
            if (lines.Count > 0) effects.Send(node, new Heartbeat(Incarnation, _round, lines.ToArray()));
    }

    private bool OnControl(ControlAnswer answer, Effects effects)
    {
        if (answer.Id == _listCall)
        {
            _listCall = 0;
            if (answer is ControlAnswer.Values values)
                foreach (var value in values.Items) OnSeen(value, effects);
            return true;
        }

        foreach (var group in _groups)
            if (group.Core.OnControl(answer, effects)) return true;
        return false;
    }

    private void OnSeen(ControlValue value, Effects effects)
    {
        if (!value.Exists || !GroupRecord.TryParseKey(value.Key, out var id) || Find(id) is not { } group) return;
        if (GroupRecord.Decode(value.Value) is { } record) group.Core.OnRecordSeen(record, value.Version, effects);
    }
}
