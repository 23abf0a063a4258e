using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log.Groups;

/// <summary>What a trim leaves to consumer groups, on a cluster in virtual time.</summary>
public sealed class TrimTests
{
    private const string Key = "orders";
    private readonly LogCluster _cluster;
    private readonly GroupDesk _desk;

    public TrimTests()
    {
        _cluster = Cluster(LogOptions.Default with { Shards = 2 });
        _desk = new(Key, 1, (ask, then) => _cluster.Ask("a-2", ask, then));
        for (var i = 0; i < 10; i++)
        {
            Append(Key);
            Append($"other-{i}");
        }

        Create("slow");
    }

    [Fact]
    public void A_trim_of_the_log_stops_at_the_slowest_group()
    {
        var positions = Positions();
        Deliver("slow", positions.Take(4));
        var trimmed = Assert.IsType<LogReply.Trimmed>(Ask(new LogTrim(positions[8])));
        // Delivered is not acknowledged.
        Assert.Equal((positions[0], $"group 'slow' of '{Key}'"), (trimmed.Below, trimmed.HeldBy));
        Decide(new GroupOp.Release("slow", positions.Take(3).ToList()));
        trimmed = Assert.IsType<LogReply.Trimmed>(Ask(new LogTrim(positions[8])));
        Assert.Equal((positions[3], $"group 'slow' of '{Key}'"), (trimmed.Below, trimmed.HeldBy));
        Decide(new GroupOp.Destroy("slow"));
        trimmed = Assert.IsType<LogReply.Trimmed>(Ask(new LogTrim(positions[8])));
        Assert.Equal((positions[8], null), (trimmed.Below, trimmed.HeldBy));
    }

    [Fact]
    public void A_group_outlives_a_trim_past_all_of_its_records()
    {
        var positions = Positions();
        Deliver("slow", positions.Take(4));
        var tail = Assert.IsType<LogReply.Tail>(Ask(new LogTail())).ConfirmedEnd;
        var trimmed = Assert.IsType<LogReply.Trimmed>(Ask(new LogTrim(tail, Force: true)));
        Assert.Equal((tail, null), (trimmed.Below, trimmed.HeldBy));
        var other = new GroupDesk(Key, 2, (ask, then) => _cluster.Ask("a-3", ask, then));
        ConsumerGroups? state = null;
        other.Decide(
            static groups => GroupDecision<ConsumerGroups>.Only(groups),
            end => state = Assert.IsType<GroupEnd<ConsumerGroups>.Decided>(end).Answer);
        Wait(() => state is not null);
        Assert.Equal(positions.Take(4), state!.Find("slow")!.Pending.Keys);
        // And who served it before goes on.
        Decide(new GroupOp.Release("slow", positions.Take(4).ToList()));
    }

    [Fact]
    public void A_trim_of_a_key_stops_at_its_slowest_group_only()
    {
        var positions = Positions();
        Deliver("slow", positions.Take(4));
        Decide(new GroupOp.Release("slow", positions.Take(4).ToList()));
        var trimmed = Assert.IsType<LogReply.Trimmed>(Ask(new KeyTrim(Key, null, KeepLast: 2)));
        Assert.Equal((positions[4], 4, $"group 'slow' of '{Key}'"), (trimmed.Below, trimmed.Removed, trimmed.HeldBy));
        trimmed = Assert.IsType<LogReply.Trimmed>(Ask(new KeyTrim("other-1", null, KeepLast: 0)));
        Assert.Equal((1, null), (trimmed.Removed, trimmed.HeldBy));
        trimmed = Assert.IsType<LogReply.Trimmed>(Ask(new KeyTrim(Key, null, KeepLast: 2, Force: true)));
        Assert.Equal((positions[8], 4, null), (trimmed.Below, trimmed.Removed, trimmed.HeldBy));
    }

    [Fact]
    public void Retention_by_size_keeps_the_newest_and_what_a_group_needs()
    {
        var cluster = Cluster(LogOptions.Default with { RetentionBytes = 20_000 });
        GroupDesk desk = new(Key, 1, (ask, then) => cluster.Ask("a-2", ask, then));
        var made = false;
        desk.Decide(
            static _ => new GroupDecision<bool>(true, [new GroupOp.Create("g", default, 0, GroupPolicy.None)]),
            end => made = end is GroupEnd<bool>.Decided);
        Run(cluster, Key, 100, 1_000);
        Assert.True(made);
        Assert.Equal(0, Status(cluster).Trimmed.Value);
        Assert.Equal($"group 'g' of '{Key}'", Leader(cluster).RetentionHeldBy);
        var gone = false;
        desk.Decide(
            static _ => new GroupDecision<bool>(true, [new GroupOp.Destroy("g")]),
            end => gone = end is GroupEnd<bool>.Decided);
        cluster.RunUntil(cluster.NowMicros + 5_000_000);
        Assert.True(gone);
        var status = Status(cluster);
        Assert.InRange(status.Trimmed.Value, 60, status.Confirmed.Value - 15);
        Assert.Null(Leader(cluster).RetentionHeldBy);
        Assert.True(Leader(cluster).RetentionTrims > 0);
    }

    [Fact]
    public void Retention_by_time_trims_what_is_older_and_no_more()
    {
        var cluster = Cluster(LogOptions.Default with { RetentionMicros = 10_000_000 });
        Run(cluster, Key, 20, 10);
        var old = Status(cluster).Confirmed;
        cluster.RunUntil(cluster.NowMicros + 6_000_000);
        Assert.True(Status(cluster).Trimmed < old);
        Run(cluster, Key, 20, 10);
        cluster.RunUntil(cluster.NowMicros + 5_000_000);
        var status = Status(cluster);
        Assert.InRange(status.Trimmed.Value, old.Value, status.Confirmed.Value - 20);
    }

    private static LogCluster Cluster(LogOptions options)
    {
        NodeInfo[] nodes = [new(new(1), "a-1", new(0)), new(new(2), "a-2", new(0)), new(new(3), "a-3", new(0))];
        var cluster = new LogCluster(new(0x5EED, ["a"], nodes, [[0]]), options, new GroupOptions());
        cluster.RunUntil(3_000_000);
        return cluster;
    }

    /// <summary>Appends a few records a second.</summary>
    private static void Run(LogCluster cluster, string key, int count, int bytes)
    {
        for (var i = 0; i < count; i++)
        {
            cluster.Ask("a-1", new LogAppend(
                [new RecordDraft(key, new byte[bytes], default, 0)], ProducerId.None, 0, Durability.FsyncQuorum),
                static reply => Assert.IsType<LogReply.Appended>(reply));
            cluster.RunUntil(cluster.NowMicros + 100_000);
        }

        cluster.RunUntil(cluster.NowMicros + 2_000_000);
    }

    private static LogStatus Leader(LogCluster cluster) =>
        Status(cluster, $"a-{Status(cluster).OrderingLeader.Value}");

    private static LogStatus Status(LogCluster cluster, string node = "a-1")
    {
        LogStatus? status = null;
        cluster.Ask(node, new LogStatusAsk(), reply => status = ((LogReply.Status)reply).Value);
        return status!;
    }

    private List<Position> Positions() => Assert.IsType<LogReply.Records>(
        Ask(new KeyRead(Key, default, new(long.MaxValue - 1), 100, Descending: false))).Items
        .Select(record => record.Position).ToList();

    private void Append(string key) => Assert.IsType<LogReply.Appended>(Ask(new LogAppend(
        [new RecordDraft(key, new byte[10], default, 0)], ProducerId.None, 0, Durability.FsyncQuorum)));

    private void Create(string group) => Decide(new GroupOp.Create(group, default, 0, GroupPolicy.None));

    private void Deliver(string group, IEnumerable<Position> ids)
    {
        var all = ids.ToList();
        Decide(new GroupOp.Deliver(group, "c", 1, all[^1].Next(), all, NoAck: false));
    }

    private void Decide(GroupOp op)
    {
        var done = false;
        _desk.Decide(_ => new GroupDecision<bool>(true, [op]), end =>
        {
            Assert.IsType<GroupEnd<bool>.Decided>(end);
            done = true;
        });
        Wait(() => done);
        // What groups need may be known a little late.
        _cluster.RunUntil(_cluster.NowMicros + 3_000_000);
    }

    private Reply Ask(Request ask)
    {
        Reply? answer = null;
        _cluster.Ask("a-1", ask, reply => answer = reply);
        Wait(() => answer is not null);
        return answer!;
    }

    private void Wait(Func<bool> until)
    {
        for (var i = 0; i < 1_000 && !until(); i++) _cluster.RunUntil(_cluster.NowMicros + 20_000);
        Assert.True(until());
    }
}
