using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>What copies forget of a trimmed log, and what stays known, on a cluster in virtual time.</summary>
public sealed class ForgettingTests
{
    private static readonly StreamId Stream = new(1);
    private static readonly ProducerId Producer = new(77);
    private LogCluster _cluster = Cluster(LogBugs.None);

    [Fact]
    public void Copies_of_a_live_sub_log_forget_what_is_trimmed_and_no_more()
    {
        for (var i = 0; i < 200; i++) Append("k", i);
        var kept = Positions("k");
        Trim(kept[150]);
        var rid = Live()[0];
        foreach (var name in Names)
        {
            var group = _cluster.Node(name).Groups.Find(LogNode.GroupOf(rid.Rid))!;
            Assert.InRange(group.Stream(Stream).BaseIndex.Value, 80, 400);
            Assert.True(group.Base(Stream).EndSlot <= State.TrimmedOf(rid.Rid).Value);
        }

        Assert.Equal(kept.Skip(150), Positions("k"));
        var refused = Assert.IsType<LogReply.Refused>(Ask("a-2", new LogRead(kept[100], 10, 1 << 20)));
        Assert.Equal(LogRefusal.Trimmed, refused.Code);
        Assert.Equal(50, Assert.IsType<LogReply.Records>(Ask("a-3", new LogRead(kept[150], 50, 1 << 20))).Items.Count);
    }

    [Fact]
    public void Ended_sub_logs_below_the_trim_are_dropped_everywhere_and_their_batches_stay_known()
    {
        for (var i = 0; i < 20; i++) Append("k", i);
        Floor("other");
        var first = Live()[0].Rid;
        RestartAll();
        Append("k", 20);
        Trim(Assert.Single(Positions("k").Skip(20)));
        foreach (var name in Names) Assert.Null(_cluster.Node(name).Groups.Find(LogNode.GroupOf(first)));
        // Whoever serves the key next has read no entry of the first one.
        RestartAll();
        for (var i = 0; i < 20; i++) Repeat("k", i);
        Append("k", 21);
        Assert.Equal(2, Positions("k").Count);
        Assert.Empty(Positions("other"));
        Append("other", 100);
        Assert.Empty(Positions("other"));
    }

    [Fact]
    public void What_was_carried_once_is_carried_on()
    {
        for (var i = 0; i < 5; i++) Append("k", i);
        var ended = new List<Rid>();
        for (var round = 0; round < 6; round++)
        {
            ended.Add(Live()[0].Rid);
            RestartAll();
            Append("k", 10 + round);
            Trim(State.TailPosition);
        }

        foreach (var name in Names)
            foreach (var rid in ended)
                Assert.Null(_cluster.Node(name).Groups.Find(LogNode.GroupOf(rid)));
        for (var i = 0; i < 5; i++) Repeat("k", i);
        // Where the later ones stood may still be known to who has read it.
        for (var round = 0; round < 6; round++)
            Assert.True(Ask("a-2", Batch("k", 10 + round)) is LogReply.Refused { Code: LogRefusal.Trimmed }
                or LogReply.Appended { Duplicate: true });
        Assert.Empty(Positions("k"));
    }

    [Fact]
    public void A_repeat_is_placed_again_where_batches_are_forgotten()
    {
        _cluster = Cluster(LogBugs.ForgetBatches);
        Append("k", 0);
        RestartAll();
        Append("k", 1);
        Trim(State.TailPosition);
        RestartAll();
        Assert.IsType<LogReply.Appended>(Ask("a-1", Batch("k", 0)));
    }

    private static IReadOnlyList<string> Names { get; } = ["a-1", "a-2", "a-3"];

    private OrderingState State => _cluster.Node("a-1").State;

    private List<RidState> Live() => State.Rids.Where(rid => rid.Live).ToList();

    private static LogCluster Cluster(LogBugs bugs)
    {
        NodeInfo[] nodes = [new(new(1), "a-1", new(0)), new(new(2), "a-2", new(0)), new(new(3), "a-3", new(0))];
        var cluster = new LogCluster(
            new(0x5EED, ["a"], nodes, [[0]]),
            LogOptions.Default with { TrimBytes = 4_000, Shards = 1, Replicas = 3 }, new GroupOptions(), bugs);
        cluster.RunUntil(3_000_000);
        return cluster;
    }

    private void RestartAll()
    {
        foreach (var node in _cluster.Layout.Nodes)
        {
            _cluster.LosePower(node.Id);
            _cluster.RunUntil(_cluster.NowMicros + 6_000_000);
        }
    }

    private void Trim(Position below)
    {
        Assert.Equal(below, Assert.IsType<LogReply.Trimmed>(Ask("a-1", new LogTrim(below))).Below);
        _cluster.RunUntil(_cluster.NowMicros + 5_000_000);
    }

    /// <summary>Hides a key up to a position that no record will reach in this test.</summary>
    private void Floor(string key)
    {
        Append(key, 99);
        Assert.Equal(1, Assert.IsType<LogReply.Trimmed>(
            Ask("a-1", new KeyTrim(key, new Position(1 << 30), null))).Removed);
    }

    private void Append(string key, long sequence) =>
        Assert.False(Assert.IsType<LogReply.Appended>(Ask("a-1", Batch(key, sequence))).Duplicate);

    private void Repeat(string key, long sequence) => Assert.Equal(
        LogRefusal.Trimmed, Assert.IsType<LogReply.Refused>(Ask("a-2", Batch(key, sequence))).Code);

    private static LogAppend Batch(string key, long sequence) => new(
        [new RecordDraft(key, new byte[60], default, 0)], Producer, sequence + 1, Durability.FsyncQuorum);

    private List<Position> Positions(string key) => Assert.IsType<LogReply.Records>(
        Ask("a-2", new KeyRead(key, default, new(long.MaxValue - 1), 1_000, Descending: false))).Items
        .Select(record => record.Position).ToList();

    private Reply Ask(string node, Request ask)
    {
        Reply? answer = null;
        _cluster.Ask(node, ask, reply => answer = reply);
        for (var i = 0; i < 1_000 && answer is null; i++) _cluster.RunUntil(_cluster.NowMicros + 20_000);
        Assert.NotNull(answer);
        return answer;
    }
}
