using System.Text;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>All copies of a shard are gone, and an operator says so.</summary>
public sealed class LossTests
{
    private static readonly string[] Regions = ["us", "eu", "asia"];
    private static readonly double[][] RttMs = [[0, 8, 15], [8, 0, 22], [15, 22, 0]];

    [Fact]
    public void The_shard_goes_on_once_what_nobody_has_is_given_up()
    {
        var (cluster, key, earlier) = Bereaved();
        Assert.IsNotType<LogReply.Appended>(Ask(cluster, "us-1", Appending(key, "shut")));
        var missing = Missing(cluster);
        Assert.Equal(2, missing.Count);
        foreach (var slots in missing)
        {
            Assert.Equal(["eu-1", "eu-2"], slots.Silent.Select(node => NameOf(cluster, node)));
            Assert.Equal(["eu-3"], slots.Without.Select(node => NameOf(cluster, node)));
            var refused = Assert.IsType<LogReply.Refused>(Ask(cluster, "us-1", new LogGiveUp(slots.Rid)));
            Assert.Contains("eu-1, eu-2", refused.Reason, StringComparison.Ordinal);
        }

        Assert.Equal(2, Missing(cluster).Count);
        GiveUp(cluster, "asia-1");
        var none = Assert.IsType<LogReply.Refused>(Ask(cluster, "us-1", new LogGiveUp(missing[0].Rid)));
        Assert.Contains("nothing of", none.Reason, StringComparison.Ordinal);
        var later = Append(cluster, "us-1", key, "after");
        var read = Assert.IsType<LogReply.Records>(Ask(cluster, "us-2", new LogRead(new(0), 100, 1 << 20)));
        Assert.Equal(later, Assert.Single(read.Items).Position);
        Assert.Contains(earlier, read.Missed);
        var info = Assert.IsType<LogReply.Key>(Ask(cluster, "asia-2", new KeyInfo(key)));
        Assert.Equal((1, later), (info.Count, info.First!.Value));
        var status = Assert.IsType<LogReply.Status>(Ask(cluster, "us-1", new LogStatusAsk()));
        Assert.Equal(missing.Sum(slots => slots.To - slots.From), status.Value.LostTotal);
        foreach (var slots in missing)
            Assert.Equal(slots.To - slots.From, status.Value.Rids.Single(rid => rid.Rid == slots.Rid).Lost);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("its own key")]
    public void A_reader_is_told_what_it_is_led_past(string? own)
    {
        var (cluster, key, earlier) = Bereaved();
        var other = KeyOf(cluster, "us");
        var pushes = new List<LogReply>();
        cluster.Ask("us-1", new LogSubscribe(
            new(0), Speculative: false, own is null ? null : key, Credits: 100), reply => pushes.Add((LogReply)reply));
        var strangers = new List<LogReply>();
        cluster.Ask("us-1", new LogSubscribe(
            new(0), Speculative: false, other, Credits: 100), reply => strangers.Add((LogReply)reply));
        GiveUp(cluster, "us-1");
        var later = Append(cluster, "us-1", key, "after");
        var told = pushes.OfType<LogReply.Lost>().SelectMany(lost => lost.Positions).ToList();
        Assert.Contains(earlier, told);
        Assert.Equal(told.Order(), told);
        Assert.Equal([later], pushes.OfType<LogReply.Records>().SelectMany(r => r.Items).Select(r => r.Position));
        Assert.DoesNotContain(strangers, push => push is LogReply.Lost);
    }

    [Fact]
    public void A_copy_that_returns_changes_nothing()
    {
        var (cluster, key, earlier) = Bereaved();
        GiveUp(cluster, "us-1");
        var later = Append(cluster, "us-1", key, "after");
        cluster.LosePower(cluster.Layout.Find("eu-1")!.Id);
        cluster.RunUntil(cluster.NowMicros + 20_000_000);
        foreach (var node in (string[])["us-1", "eu-1"])
        {
            var read = Assert.IsType<LogReply.Records>(Ask(cluster, node, new LogRead(new(0), 100, 1 << 20)));
            Assert.Equal(later, Assert.Single(read.Items).Position);
            Assert.Contains(earlier, read.Missed);
            var ofKey = Assert.IsType<LogReply.Records>(
                Ask(cluster, node, new KeyRead(key, new(0), new(long.MaxValue), 10, Descending: false)));
            Assert.Equal([later], ofKey.Items.Select(record => record.Position));
        }
    }

    [Fact]
    public void A_copy_counts_whose_node_has_just_returned_and_read_nothing_of_the_order()
    {
        var (cluster, _, _) = Bereaved();
        Assert.NotEmpty(Missing(cluster));
        cluster.LosePower(cluster.Layout.Find("eu-1")!.Id);
        Assert.Empty(Missing(cluster));
    }

    [Fact]
    public void A_batch_that_was_lost_is_placed_again()
    {
        var (cluster, key, earlier) = Bereaved();
        GiveUp(cluster, "us-1");
        var again = Assert.IsType<LogReply.Appended>(Ask(cluster, "us-1", Appending(key, "before")));
        Assert.True(!again.Duplicate && again.Positions[0] > earlier);
        var twice = Assert.IsType<LogReply.Appended>(Ask(cluster, "asia-1", Appending(key, "before")));
        Assert.Equal((true, again.Positions[0]), (twice.Duplicate, twice.Positions[0]));
    }

    [Fact]
    public void Only_what_is_over_and_placed_as_a_whole_can_be_lost()
    {
        var state = new OrderingState();
        Assert.True(state.Apply(new OrderingChange.Open(new(OrderingMode.Speculative, 4, 2, Rotate: true, 1, 2))));
        for (var i = 0; i < 2; i++)
            Assert.True(state.Apply(new OrderingChange.Admit(
                new(new(0), i, new(i + 1), new(1), [new(new(i + 1), true)]))));
        Assert.True(state.Apply(new OrderingChange.FixWindow(0, 0, [new(new(0), 1), new(new(1), 1)],
            [new(0), new(1)], [])));
        Assert.True(state.Apply(new OrderingChange.Commit(0, 2, 0)));
        Assert.False(state.Apply(new OrderingChange.Lose(new(1), new(0))), "it lives");
        Assert.True(state.Apply(new OrderingChange.Fail(new(1), new(3))));
        Assert.False(state.Apply(new OrderingChange.Lose(new(1), new(0))), "a slot of it has no final position yet");
        Assert.True(state.Apply(new OrderingChange.Commit(0, 3, 0)));
        Assert.Equal(1, OrderingSnapshot.Encode(state)[0]);
        Assert.False(state.Apply(new OrderingChange.Lose(new(1), new(3))), "there is nothing to lose");
        Assert.True(state.Apply(new OrderingChange.Lose(new(1), new(2))));
        Assert.False(state.Apply(new OrderingChange.Lose(new(1), new(2))), "it is lost already");
        Assert.True(state.Apply(new OrderingChange.Lose(new(1), new(1))), "another copy was destroyed since");
        var bytes = OrderingSnapshot.Encode(state);
        var restored = OrderingSnapshot.Decode(bytes)!;
        Assert.Equal(new Lsn(1), restored.Find(new(1))!.Lost);
        Assert.Equal(bytes, OrderingSnapshot.Encode(restored));
        for (var length = 0; length < bytes.Length; length++)
            Assert.Null(OrderingSnapshot.Decode(bytes.AsMemory(0, length)));
    }

    /// <summary>A record was appended, and then both nodes that held it have died.</summary>
    private static (LogCluster Cluster, string Key, Position Earlier) Bereaved()
    {
        var founders = Regions.SelectMany((region, r) => new[] { 1, 2 }.Select(
            n => new NodeInfo(new((2 * r) + n), $"{region}-{n}", new(r)))).ToList();
        var layout = new Layout(1, Regions, founders, RttMs);
        var options = LogOptions.Default with { Shards = 3, Replicas = 2, RemoteCopy = false };
        var cluster = new LogCluster(
            layout with { Nodes = [.. founders, new(new(7), "eu-3", new(1))] }, options, GroupOptions.Default);
        cluster.RunUntil(5_000_000);
        var key = KeyOf(cluster, "eu");
        var earlier = Append(cluster, "us-1", key, "before");
        cluster.Kill("eu-1");
        cluster.Kill("eu-2");
        cluster.RunUntil(cluster.NowMicros + 20_000_000);
        return (cluster, key, earlier);
    }

    private static IReadOnlyList<MissingSlots> Missing(LogCluster cluster) =>
        Assert.IsType<LogReply.Missing>(Ask(cluster, "us-1", new LogMissing())).Items;

    private static void GiveUp(LogCluster cluster, string node)
    {
        foreach (var slots in Missing(cluster))
            Assert.IsType<LogReply.Missing>(Ask(cluster, node, new LogGiveUp(slots.Rid, Force: true)));
        Assert.Empty(Missing(cluster));
    }

    private static string NameOf(LogCluster cluster, NodeId node) =>
        cluster.Layout.Nodes.Single(one => one.Id == node).Name;

    private static string KeyOf(LogCluster cluster, string region)
    {
        var topology = cluster.Node("us-1").Topology;
        for (var i = 0; ; i++)
            if (Regions[topology.Shard(topology.Home($"key{i}").Shard).Region.Value] == region) return $"key{i}";
    }

    private static LogAppend Appending(string key, string text) => new(
        [new RecordDraft(key, Encoding.ASCII.GetBytes(text), default, 0)], new(77),
        text.Length, Durability.FsyncQuorum);

    private static Position Append(LogCluster cluster, string node, string key, string text) =>
        Assert.IsType<LogReply.Appended>(Ask(cluster, node, Appending(key, text))).Positions[0];

    private static Reply Ask(LogCluster cluster, string node, Request ask)
    {
        Reply? answer = null;
        cluster.Ask(node, ask, reply => answer = reply);
        cluster.RunUntil(cluster.NowMicros + 20_000_000);
        return answer!;
    }
}
