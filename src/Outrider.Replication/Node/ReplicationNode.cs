using Outrider.Core;

namespace Outrider.Replication;

/// <summary>A node that hosts plain groups and answers requests on them: for the simulator, the bench and tests.
/// </summary>
public sealed class ReplicationNode : Machine
{
    private readonly GroupSet _set;
    private readonly IReadOnlyList<(GroupId Group, GroupBirth Birth)> _births;
    private readonly SortedTable<GroupId, Desk> _desks = [];
    private readonly SortedTable<long, (RequestId Request, TrimRequest Ask)> _trims = [];
    private readonly NodeClosers _closers;
    private Desk? _lastDesk;
    private long _lastRead;

    /// <param name="births">Groups that this node is to take part in, with their first configurations.</param>
    public ReplicationNode(
        NodeId self, Recovered recovered, IReadOnlyList<(GroupId Group, GroupBirth Birth)> births,
        GroupOptions options, ulong seed, ReplicationBugs bugs = ReplicationBugs.None)
    {
        _births = births;
        _set = new GroupSet(self, recovered, options, seed, new CallIds(), bugs);
        _closers = new NodeClosers(_set, options);
    }

    public IReadOnlyCollection<Group> Groups => _set.Groups;

    public Group? Find(GroupId group) => _set.Find(group);

    /// <summary>The readers of this protocol's messages.</summary>
    public static void Register(MessageCodec codec) => ReplicationMessages.Register(codec);

    public override void Step(in Event e, Effects effects)
    {
        if (!_closers.Step(in e, effects)) _set.Step(in e, effects);
        switch (e.Kind)
        {
            case EventKind.Started:
                foreach (var (group, birth) in _births) _set.Join(group, birth, e.NowMicros, effects);
                break;
            case EventKind.Requested:
                if (e.Ask is CloseGroupRequest close) _closers.Begin(e.Request, close, e.NowMicros, effects);
                else OnRequest(e.Request, e.Ask, effects);
                break;
            case EventKind.EntriesRead when e.Entries.Id > 0:
                OnRead(e.Entries, effects);
                break;
        }

        var groups = _set.Groups;
        for (var i = 0; i < groups.Count; i++)
            if (groups[i].LeadingTerm > Term.Zero)
                groups[i].Haste = groups[i].IsOpen ? DeskOf(groups[i]).Appends.Haste : AckHaste.Both;
        _set.Flush(effects);
        for (var i = 0; i < groups.Count; i++) Settle(groups[i], effects);
    }

    public override void CheckInvariants() => _set.CheckInvariants();

    private void OnRequest(RequestId id, Request request, Effects effects)
    {
        if (request is not NodeRequest ask || _set.Find(ask.Group) is not { } group)
        {
            var reason = "this node has no such group; ask a member of it";
            effects.Reply(id, new NodeReply.Refused(NodeRefusal.NoSuchGroup, reason));
            return;
        }

        var desk = DeskOf(group);
        switch (ask)
        {
            case AppendRequest append: OnAppend(id, append, group, desk, effects); break;
            case ReadRequest read: OnReadRequest(id, read, desk, effects); break;
            case CreateStreamRequest create: OnCreate(id, create, group, desk, effects); break;
            case TrimRequest trim: OnTrim(id, trim, group, desk, effects); break;
            case ChangeMembersRequest change: OnChange(id, change, group, desk, effects); break;
            case GroupStatusRequest: effects.Reply(id, new NodeReply.Status(StatusOf(group))); break;
            default: throw Check.Unreachable(ask);
        }
    }

    private void OnAppend(RequestId id, AppendRequest ask, Group group, Desk desk, Effects effects)
    {
        if (ask.Slots is < 1 or > Limits.BatchRecordsMax)
        {
            var reason = $"an entry holds 1 to {Limits.BatchRecordsMax} records, not {ask.Slots}";
            effects.Reply(id, new NodeReply.Refused(NodeRefusal.Invalid, reason));
            return;
        }

        var draft = new EntryDraft(EntryKind.Records, ask.Slots, ask.Producer, ask.Sequence, ask.Payload);
        var outcome = group.Append(ask.Stream, draft);
        if (outcome.IsPlaced) desk.Appends.Add(ask.Stream, id, outcome, ask.Durability, isAppend: true);
        else effects.Reply(id, Refusal(outcome));
    }

    private void OnReadRequest(RequestId id, ReadRequest ask, Desk desk, Effects effects)
    {
        if (ask.From < new LogIndex(1) || ask.MaxEntries < 1 || ask.MaxBytes < 1)
            effects.Reply(id, new NodeReply.Refused(NodeRefusal.Invalid, "indices and bounds begin at 1"));
        else
            desk.Reads.Begin(id, ask, NextReadId, effects);
    }

    private void OnCreate(RequestId id, CreateStreamRequest ask, Group group, Desk desk, Effects effects)
    {
        if (ask.Stream.Value is < 1 or >= Limits.StreamsMax)
        {
            var reason = $"streams are numbered 1 to {Limits.StreamsMax - 1}";
            effects.Reply(id, new NodeReply.Refused(NodeRefusal.Invalid, reason));
            return;
        }

        var outcome = group.CreateStream(ask.Stream);
        if (outcome.IsPlaced)
            desk.Appends.Add(StreamId.Catalogue, id, outcome, Durability.FsyncQuorum, isAppend: false);
        else
            effects.Reply(id, Refusal(outcome));
    }

    private void OnTrim(RequestId id, TrimRequest ask, Group group, Desk desk, Effects effects)
    {
        if (group.TryGet(ask.Stream, ask.UpTo) is { } entry)
        {
            Trim(id, ask, group, desk, entry.EndSlot, effects);
            return;
        }

        var status = group.Stream(ask.Stream);
        if (!group.IsOpen || ask.UpTo <= status.BaseIndex || ask.UpTo > status.LastIndex)
        {
            Trim(id, ask, group, desk, endSlot: 0, effects);
            return;
        }

        // The slots up to there are in the entry, which is on disk only.
        var read = NextReadId();
        _trims.Add(read, (id, ask));
        effects.ReadEntries(new ReadEntries(read, new StreamKey(ask.Group, ask.Stream), ask.UpTo, 1, 1));
    }

    private static void Trim(
        RequestId id, TrimRequest ask, Group group, Desk desk, long endSlot, Effects effects)
    {
        var outcome = group.Trim(ask.Stream, ask.UpTo, endSlot, ask.Snapshot);
        if (outcome.IsPlaced) desk.Appends.Add(ask.Stream, id, outcome, Durability.FsyncQuorum, isAppend: false);
        else effects.Reply(id, Refusal(outcome));
    }

    private static void OnChange(RequestId id, ChangeMembersRequest ask, Group group, Desk desk, Effects effects)
    {
        if (group.Config is not { } present || !group.IsOpen)
        {
            effects.Reply(id, new NodeReply.NotLeader(group.Leader));
            return;
        }

        var isValid = ask.Members.Count is > 0 and <= Limits.MembersMax
            && ask.Members.Distinct().Count() == ask.Members.Count;
        var config = isValid ? new GroupConfig(ask.Members, present.Policy) : present;
        if (isValid && desk.Change is null && group.ChangeMembers(config, ask.Learners))
        {
            desk.Change = (id, config, ask.Learners);
            return;
        }

        var reason = "members must be 1 to 9 distinct nodes, not below the minimum, one change at a time";
        effects.Reply(id, new NodeReply.Refused(NodeRefusal.ChangeFailed, reason));
    }

    private void OnRead(EntriesRead read, Effects effects)
    {
        if (_trims.Remove(read.Id, out var trim))
        {
            var group = _set.Find(trim.Ask.Group)!;
            var slot = read.Entries.Count > 0 ? read.Entries[0].EndSlot : 0;
            if (read.Outcome == ReadOutcome.Ok && read.Entries.Count > 0)
                Trim(trim.Request, trim.Ask, group, DeskOf(group), slot, effects);
            else
                effects.Reply(trim.Request, new NodeReply.Refused(NodeRefusal.Unreadable, read.Outcome.ToString()));
            return;
        }

        if (_set.Find(read.Stream.Group) is { } owner) DeskOf(owner).Reads.OnRead(read, effects);
    }

    /// <summary>Answers what the step has decided.</summary>
    private void Settle(Group group, Effects effects)
    {
        var desk = DeskOf(group);
        foreach (var output in group.Outputs)
        {
            switch (output)
            {
                case GroupOutput.SteppedDown down:
                    desk.GiveUp(down.Reason, effects);
                    break;
                case GroupOutput.ChangeFailed failed when desk.Change is { } asked:
                    desk.Change = null;
                    effects.Reply(asked.Request, new NodeReply.Refused(NodeRefusal.ChangeFailed, failed.Reason));
                    break;
                case GroupOutput.ReadConfirmed read:
                    desk.Reads.OnConfirmed(read, NextReadId, effects);
                    break;
            }
        }

        group.ClearOutputs();
        desk.Appends.Answer(effects);
        if (desk.Change is not { } change || !group.IsOpen || group.Record is not { } record) return;
        if (!group.Config!.Equals(change.Config) || !record.Learners.SequenceEqual(change.Learners)) return;
        desk.Change = null;
        effects.Reply(change.Request, new NodeReply.Done());
    }

    private Desk DeskOf(Group group)
    {
        if (_lastDesk is { } last && last.Group == group) return last;
        if (!_desks.TryGetValue(group.Id, out var desk)) _desks.Add(group.Id, desk = new Desk(group));
        return _lastDesk = desk;
    }

    /// <summary>Positive: the groups' own reads are negative.</summary>
    private long NextReadId() => ++_lastRead;

    private static NodeReply Refusal(AppendOutcome outcome) => outcome.Code switch
    {
        AppendCode.Overloaded => new NodeReply.Overloaded(),
        AppendCode.NotLeader => new NodeReply.NotLeader(outcome.Leader),
        AppendCode.TooFewCopies => new NodeReply.Refused(
            NodeRefusal.TooFewCopies, "the group has fewer copies than its minimum; wait for a member to return"),
        AppendCode.Closed => new NodeReply.Refused(NodeRefusal.Closed, "the group is closed for good"),
        AppendCode.NoSuchStream => new NodeReply.Refused(NodeRefusal.NoSuchStream, "create the stream first"),
        AppendCode.TooLarge => new NodeReply.Refused(
            NodeRefusal.TooLarge, $"an entry holds at most {Limits.EntryBytesMax} bytes, a snapshot 2 MiB"),
        AppendCode.StaleSequence => new NodeReply.Refused(
            NodeRefusal.StaleSequence, "the sequence is older than what is remembered of this producer"),
        AppendCode.UnknownProducer => new NodeReply.Refused(
            NodeRefusal.UnknownProducer, "the producer is not remembered; begin anew under another id"),
        AppendCode.OutOfRange => new NodeReply.Refused(
            NodeRefusal.Invalid, "a trim goes above the base and at most up to the committed end"),
        _ => throw Check.Unreachable(outcome.Code),
    };

    private static GroupStatus StatusOf(Group group)
    {
        var streams = new List<StreamStatus>();
        foreach (var stream in group.Streams) streams.Add(group.Stream(stream));
        return new GroupStatus(
            group.Id, group.Role, group.Term, group.Leader, group.IsOpen, group.IsClosed, group.Config?.Count ?? 0,
            streams);
    }

    /// <summary>What waits for one group.</summary>
    private sealed class Desk(Group group)
    {
        public Group Group => group;
        public AppendWaiters Appends { get; } = new(group);
        public NodeReads Reads { get; } = new(group);
        public (RequestId Request, GroupConfig Config, IReadOnlyList<NodeId> Learners)? Change { get; set; }

        public void GiveUp(string reason, Effects effects)
        {
            Appends.GiveUp(reason, effects);
            Reads.GiveUp(reason, effects);
            if (Change is { } change) effects.Reply(change.Request, new NodeReply.Unknown(reason));
            Change = null;
        }
    }
}
