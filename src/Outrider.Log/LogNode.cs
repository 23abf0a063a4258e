using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// One node of the shared log: its copies of sub-logs, the primaries it runs in this life, the ordering leader when it
/// leads, and a gateway that serves every request of the log's vocabulary.
/// </summary>
public sealed class LogNode : Machine
{
    private readonly LogContext _context;
    private readonly OrderingFollower _follower;
    private readonly SubLogs _subLogs;
    private readonly Fetcher _fetcher;
    private readonly Merger _merger;
    private readonly SubscriptionServer _subscriptions;
    private readonly Gateway _gateway;
    private readonly KeyServer _keys;
    private readonly SortedTable<Rid, SubLogPrimary> _primaries = [];
    private readonly SortedTable<ShardId, ShardIndex> _shards = [];
    private readonly Recovered _recovered;
    private readonly TailReads _tailReads;
    private readonly Retention _retention;
    private readonly bool _gathers;
    private OrderingLeader? _leader;
    private int _ridsSeen;
    private bool _diskFailed;

    /// <param name="self">This node.</param>
    /// <param name="layout">The cluster; the same at all nodes.</param>
    /// <param name="recovered">What its journal held.</param>
    /// <param name="options">The same at all nodes.</param>
    /// <param name="groupOptions">Intervals of replication.</param>
    /// <param name="seed">For back-off only.</param>
    /// <param name="bugs">None outside the simulator.</param>
    /// <param name="replicationBugs">None outside the simulator.</param>
    public LogNode(
        NodeId self, Layout layout, Recovered recovered, LogOptions options, GroupOptions groupOptions, ulong seed,
        LogBugs bugs = LogBugs.None, ReplicationBugs replicationBugs = ReplicationBugs.None)
    {
        var groups = new GroupSet(self, recovered, groupOptions, seed, new CallIds(), replicationBugs);
        _context = new()
        {
            Self = self,
            Life = recovered.Incarnation,
            Topology = LogTopology.Of(layout, options, bugs),
            Options = options,
            Bugs = bugs,
            Groups = groups,
        };
        _subLogs = new(_context);
        _fetcher = new(_context, _subLogs);
        _merger = new(_context, _fetcher);
        _subscriptions = new(_context, _fetcher, _merger);
        _gateway = new(_context, _fetcher);
        _keys = new(_context, _fetcher, shard => _shards.GetValueOrDefault(shard));
        _follower = new(_context);
        _tailReads = new(_context);
        _retention = new(_context, _gateway);
        _recovered = recovered;
        _gathers = groupOptions.GatherRequests;
        for (var i = 0; i < recovered.Groups.Count; i++)
            if (LogContext.TryRid(recovered.Groups[i].Group, out var rid)) _subLogs.Recover(rid, recovered.Groups[i]);
        for (var i = 0; i < options.Shards; i++)
            if (_context.Topology.Holds(self, new(i))) _shards.Add(new(i), new(_context, _fetcher, new(i)));
    }

    /// <summary>The order as this node has read it; for the simulator's checkers.</summary>
    public OrderingState State => _context.State;

    /// <summary>The last index of the ordering stream in <see cref="State"/>.</summary>
    public LogIndex Applied => _context.Applied;

    public GroupSet Groups => _context.Groups;
    public LogTopology Topology => _context.Topology;
    public bool LeadsOrder => _leader is not null;

    /// <summary>Requests whose outcome is open, and reads under way: bounded.</summary>
    public int OpenWork => _gateway.Count + _fetcher.Pending + _subscriptions.Count;

    /// <summary>One line for whoever wonders what this node waits for.</summary>
    public string Story => Order() + "primaries: "
        + string.Join(", ", _primaries.Where(p => !p.Value.State.Failed).Select(p => p.Value))
        + string.Concat(_shards.Where(s => !s.Value.Ready).Select(s => $"; {s.Value}"));

    private string Order()
    {
        if (_leader is not null) return _leader.ToString();
        return _context.Groups.Find(LogContext.OrderingGroup) is { } group
            ? $"orders {group.Role} {group.Term} promised {group.Promised}{(group.IsCorrupt ? " corrupt" : "")}, " : "";
    }

    /// <summary>The group that holds the copies of a sub-log.</summary>
    public static GroupId GroupOf(Rid rid) => LogContext.GroupOf(rid);

    /// <summary>Whether nobody needs any copy of an ended sub-log any more, as far as is known here.</summary>
    public bool Forgets(RidState rid) => _shards.TryGetValue(rid.Shard, out var shard) && shard.IsCarried(rid.Rid);

    /// <summary>Records revoked that this node had merged.</summary>
    public long RevokedTotal => _merger.RevokedTotal;

    /// <summary>The readers of all messages that such nodes exchange.</summary>
    public static void Register(MessageCodec codec)
    {
        ReplicationNode.Register(codec);
        codec.Register(200, Follow.Read).Register(201, Feed.Read).Register(202, Report.Read).Register(203, Nudge.Read)
            .Register(204, ChannelAsk.Read).Register(205, ChannelData.Read).Register(206, FetchAsk.Read)
            .Register(207, FetchAnswer.Read).Register(208, Forwarded.Read).Register(209, ForwardedReply.Read)
            .Register(210, GiveUp.Read).Register(211, FeedBase.Read);
    }

    public override void Step(in Event e, Effects effects)
    {
        _context.NowMicros = e.NowMicros;
        _context.Effects = effects;
        if (_diskFailed)
        {
            // Fail-stop: it may promise nothing any more; others end its sub-logs.
            if (e.Kind == EventKind.Requested) RefuseAll(e.Request);
            return;
        }

        if (!Dispatch(in e)) _context.Groups.Step(in e, effects);
        else if (IsGathered(in e))
        {
            effects.SetTimer(LogTimers.Gathered, 0);
            return;
        }

        TakeGroups();
        Advance();
        CopyHaste.Set(_context);
        _context.Groups.Flush(effects);
    }

    /// <summary>What appends and their answers give rise to follows at the end of the turn, once for all.</summary>
    private bool IsGathered(in Event e) => _gathers && e.Kind switch
    {
        EventKind.Requested => e.Ask is LogAppend,
        EventKind.Received => e.Message is ForwardedReply or Forwarded { Ask: LogAppend },
        _ => false,
    };

    /// <summary>True if the event was the log's own.</summary>
    private bool Dispatch(in Event e)
    {
        switch (e.Kind)
        {
            case EventKind.Started:
                _context.Groups.Step(in e, _context.Effects);
                Start();
                return true;
            case EventKind.Received when e.Message.Tag is >= 200 and < 300:
                Receive(e.From, e.Message);
                return true;
            case EventKind.TimerFired when LogTimers.IsOurs(e.Timer):
                OnTimer(e.Timer);
                return true;
            case EventKind.Requested:
                Ask(e.Request, e.Ask);
                return true;
            case EventKind.Cancelled:
                if (!_subscriptions.Close(e.Request)) _gateway.Cancel(e.Request);
                return true;
            case EventKind.EntriesRead:
                return _fetcher.OnEntriesRead(e.Entries) || _subLogs.OnEntriesRead(e.Entries)
                    || _follower.OnEntriesRead(e.Entries);
            case EventKind.DiskFailed:
                _diskFailed = true;
                return false;
            default:
                return _leader is { } leader && leader.Owns(in e);
        }
    }

    private void Start()
    {
        _context.Effects.SetTimer(LogTimers.Tick, TickMicros);
        for (var i = 0; i < _recovered.Groups.Count; i++)
        {
            var id = _recovered.Groups[i].Group;
            if (LogContext.TryRid(id, out var rid) && _context.Groups.Find(id) is { } group) _subLogs.Open(rid, group);
        }

        var members = _context.Topology.OrderingMembers;
        if (!members.Contains(_context.Self)) return;
        var birth = new GroupBirth(new GroupConfig(members, QuorumPolicy.Majority));
        _context.Groups.Join(LogContext.OrderingGroup, birth, _context.NowMicros, _context.Effects);
    }

    private long TickMicros =>
        Math.Max(1_000, Math.Min(_context.Options.HeartbeatMicros, _context.Options.RetryMicros) / 4);

    private void OnTimer(TimerKey timer)
    {
        var rid = new Rid((int)timer.Number);
        if (timer == LogTimers.Fill(rid) && _primaries.TryGetValue(rid, out var filling)) filling.OnFillTimer();
        else if (timer == LogTimers.ReportPace(rid) && _primaries.TryGetValue(rid, out var p)) p.OnReportTimer();
        else if (timer == LogTimers.Tick) Tick();
    }

    private void Tick()
    {
        _context.Effects.SetTimer(LogTimers.Tick, TickMicros);
        _follower.Tick();
        _fetcher.Tick();
        _gateway.Tick();
        _retention.Tick(_leader);
        _merger.Tick();
        foreach (var rid in _primaries.Where(p => p.Value.IsOver).Select(p => p.Key).ToList()) _primaries.Remove(rid);
        foreach (var primary in _primaries.Values) primary.Tick();
        GoneSubLogs.Drop(_context, _fetcher, _subLogs, _shards, _primaries);
    }

    private void Receive(NodeId from, Message message)
    {
        switch (message)
        {
            case Follow follow:
                _follower.OnFollow(from, follow);
                _leader?.OnFollow(from, follow);
                break;
            case Feed feed:
                _follower.OnFeed(from, feed);
                break;
            case FeedBase feed:
                _follower.OnFeedBase(feed);
                break;
            case Report report:
                _leader?.OnReport(from, report);
                break;
            case GiveUp over:
                _leader?.Suspicion.GiveUp(from, over.Rid);
                break;
            case Nudge nudge:
                if (_primaries.TryGetValue(nudge.Rid, out var nudged)) nudged.OnNudge(nudge);
                break;
            case ChannelAsk ask:
                if (_primaries.TryGetValue(ask.Rid, out var asked)) asked.OnChannelAsk(from, ask);
                break;
            case ChannelData data:
                _merger.OnData(from, data);
                break;
            case FetchAsk ask:
                _fetcher.OnAsk(from, ask);
                break;
            case FetchAnswer answer:
                _fetcher.OnAnswer(answer);
                break;
            case Forwarded forwarded:
                Serve(from, forwarded);
                break;
            case ForwardedReply reply:
                _gateway.OnReply(reply);
                break;
            default:
                throw Check.Unreachable(message);
        }
    }

    private void Serve(NodeId from, Forwarded forwarded)
    {
        switch (forwarded.Ask)
        {
            case LogAppend or KeyTrim or GroupYield or GroupsBelow
                when _primaries.TryGetValue(forwarded.Rid, out var primary):
                primary.OnForwarded(from, forwarded);
                break;
            case KeyRead or KeyInfo:
                _keys.Open(from, forwarded);
                break;
            case LogTail when _leader is not null:
                _tailReads.Ask(_context.Groups.Find(LogContext.OrderingGroup)!, from, forwarded.Number);
                break;
            case LogTrim or LogDrain or LogLose when _leader is not null:
                _leader.OnForwarded(from, forwarded);
                break;
            default:
                _context.Send(from, new ForwardedReply(
                    forwarded.Number, forwarded.Ask is HeldAsk ? HeldView.Of(_context, _subLogs, _shards) : null));
                break;
        }
    }

    private void Ask(RequestId request, Request ask)
    {
        switch (ask)
        {
            case LogSubscribe subscribe:
                _subscriptions.Open(request, subscribe);
                break;
            case LogCredit credit:
                _subscriptions.Credit(credit);
                break;
            case LogGrow grow:
                _context.Topology.Grow(grow.Layout);
                break;
            case LogStatusAsk:
                _context.Effects.Reply(request, new LogReply.Status(LogStatusView.Of(
                    _context, _merger, _retention, shard => _shards.GetValueOrDefault(shard))));
                break;
            default:
                _gateway.Open(request, ask);
                break;
        }
    }

    private void RefuseAll(RequestId request) => _context.Effects.Reply(request, new LogReply.Refused(
        LogRefusal.Unavailable, "this node's disk has failed; restart it on a sound one"));

    /// <summary>Learns what replication has received in this step.</summary>
    private void TakeGroups()
    {
        for (var i = 0; i < _context.Groups.Joined.Count; i++)
        {
            var group = _context.Groups.Joined[i];
            if (LogContext.TryRid(group.Id, out var rid)) _subLogs.Open(rid, group);
        }

        _subLogs.ObserveAll();
        if (_context.Groups.Find(LogContext.OrderingGroup) is { Outputs.Count: > 0 } ordering)
        {
            _follower.Advance();
            _tailReads.Take(ordering, _leader);
        }

        for (var i = 0; i < _context.Groups.Groups.Count; i++) _context.Groups.Groups[i].ClearOutputs();
    }

    private void Advance()
    {
        for (var round = 0; ; round++)
        {
            Check.That(round < 10_000);
            _follower.Advance();
            OpenPrimaries();
            foreach (var shard in _shards.Values) shard.Advance();
            foreach (var primary in _primaries.Values) primary.Advance();
            while (_context.Local.TryDequeue(out var message)) Receive(_context.Self, message);
            Lead();
            if (_context.Local.Count == 0) break;
        }

        _keys.Advance();
        _gateway.Advance();
        _merger.Advance();
        _subscriptions.Advance();
        // Answers to this node itself and channels to its own primaries.
        while (_context.Local.TryDequeue(out var message)) Receive(_context.Self, message);
        _gateway.Advance();
    }

    private void OpenPrimaries()
    {
        for (; _ridsSeen < _context.State.Rids.Count; _ridsSeen++)
        {
            var rid = _context.State.Rids[_ridsSeen];
            if (rid.Node != _context.Self) continue;
            if (rid.Origin.Incarnation != _context.Life && !_context.Has(LogBugs.ResumeAfterRestart)) continue;
            if (rid.Failed) continue;
            // A stand-in reads the shard only now.
            if (!_shards.TryGetValue(rid.Shard, out var index))
                _shards.Add(rid.Shard, index = new(_context, _fetcher, rid.Shard));
            var id = LogContext.GroupOf(rid.Rid);
            var group = _context.Groups.Find(id) ?? _context.Groups.Join(
                id, CopyKeeper.BirthOf(rid, _context), _context.NowMicros, _context.Effects);
            _primaries.Add(rid.Rid, new(_context, rid, _subLogs.Open(rid.Rid, group), index));
        }
    }

    /// <summary>
    /// Leads while this node leads the ordering group; only after everything in its stream is applied.
    /// </summary>
    private void Lead()
    {
        var group = _context.Groups.Find(LogContext.OrderingGroup);
        if (group is not { IsOpen: true } || _leader is { Broken: true }) _leader = null;
        if (group is not { IsOpen: true }) return;
        if (_leader is null)
        {
            // An adopted window is binding: nothing is decided before all of them are known.
            if (_context.Applied < group.Stream(LogContext.Stream).LastIndex
                && !_context.Has(LogBugs.RedecideWindow)) return;
            _leader = new(_context, group);
            _context.Leader = _context.Self;
        }

        _leader.OnFollow(_context.Self, new(_context.Life, _context.Applied.Next()));
        _leader.OnCommitted(_context.Applied);
        _leader.Advance();
    }

    public override void CheckInvariants()
    {
        _context.Groups.CheckInvariants();
        foreach (var primary in _primaries.Values) primary.CheckInvariants();
        Check.That(_merger.Confirmed <= _merger.Buffer.End);
    }
}
