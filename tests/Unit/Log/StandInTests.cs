using System.Text;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>A node that was added takes the place of founders of its region that are away.</summary>
public sealed class StandInTests
{
    private static readonly string[] Regions = ["us", "eu", "asia"];
    private static readonly double[][] RttMs = [[0, 8, 15], [8, 0, 22], [15, 22, 0]];

    [Fact]
    public void It_serves_the_keys_of_a_region_whose_founders_have_all_died()
    {
        var cluster = Cluster();
        var key = KeyOf(cluster, "eu");
        cluster.RunUntil(5_000_000);
        var earlier = Append(cluster, "us-1", key, "before");
        Assert.DoesNotContain(Live(cluster), rid => rid.Node == Id(cluster, "eu-3"));
        cluster.Kill("eu-1");
        cluster.Kill("eu-2");
        cluster.RunUntil(cluster.NowMicros + 20_000_000);
        Assert.Contains(Live(cluster), rid => rid.Node == Id(cluster, "eu-3"));
        var later = Append(cluster, "us-1", key, "after");
        var read = Assert.IsType<LogReply.Records>(
            Ask(cluster, "asia-2", new KeyRead(key, new(0), new(long.MaxValue), 10, Descending: false)));
        Assert.Equal(["before", "after"], read.Items.Select(one => Encoding.ASCII.GetString(one.Payload.Span)));
        Assert.Equal([earlier[0], later[0]], read.Items.Select(one => one.Position.Value));
    }

    [Fact]
    public void It_becomes_the_copy_that_a_dead_founder_was_and_holds_what_comes_after()
    {
        var cluster = Cluster();
        var key = KeyOf(cluster, "eu");
        cluster.RunUntil(5_000_000);
        cluster.Kill("eu-1");
        cluster.RunUntil(cluster.NowMicros + 20_000_000);
        var mine = Live(cluster).Single(rid => rid.Node == Id(cluster, "eu-2"));
        var group = cluster.Node("eu-2").Groups.Find(LogNode.GroupOf(mine.Rid))!;
        Assert.True(group.Config!.Contains(Id(cluster, "eu-3")), group.Config.ToString());
        Append(cluster, "us-1", key, "with two copies at home");
        var held = cluster.Node("eu-3").Groups.Find(LogNode.GroupOf(mine.Rid))!.Stream(new(1));
        var placed = cluster.Node("us-1").State.CommittedOf(mine.Rid);
        Assert.True(placed.Value > 0 && held.EndSlot >= placed.Value, $"{held.EndSlot} of {placed}");
    }

    [Fact]
    public void Nobody_hears_of_it_while_the_founders_are_there()
    {
        var cluster = Cluster();
        cluster.RunUntil(20_000_000);
        Assert.Equal(6, Live(cluster).Count);
        Assert.All(Live(cluster), rid => Assert.DoesNotContain(
            rid.Origin.Copies, copy => copy.Node == Id(cluster, "eu-3")));
    }

    private static LogCluster Cluster()
    {
        var founders = Regions.SelectMany((region, r) => new[] { 1, 2 }.Select(
            n => new NodeInfo(new((2 * r) + n), $"{region}-{n}", new(r)))).ToList();
        var layout = new Layout(1, Regions, founders, RttMs);
        var options = LogOptions.Default with { Shards = 3, Replicas = 2 };
        return new LogCluster(
            layout with { Nodes = [.. founders, new(new(7), "eu-3", new(1))] }, options, GroupOptions.Default);
    }

    private static NodeId Id(LogCluster cluster, string node) => cluster.Layout.Find(node)!.Id;

    private static List<RidState> Live(LogCluster cluster) =>
        [.. cluster.Node("us-1").State.Rids.Where(rid => rid.Live)];

    private static string KeyOf(LogCluster cluster, string region)
    {
        var topology = cluster.Node("us-1").Topology;
        for (var i = 0; ; i++)
            if (Regions[topology.Shard(topology.Home($"key{i}").Shard).Region.Value] == region) return $"key{i}";
    }

    private static long[] Append(LogCluster cluster, string node, string key, string text)
    {
        var draft = new RecordDraft(key, Encoding.ASCII.GetBytes(text), default, 0);
        var reply = Ask(cluster, node, new LogAppend([draft], ProducerId.None, 0, Durability.FsyncQuorum));
        return [.. Assert.IsType<LogReply.Appended>(reply).Positions.Select(position => position.Value)];
    }

    private static Reply Ask(LogCluster cluster, string node, Request ask)
    {
        Reply? answer = null;
        cluster.Ask(node, ask, reply => answer = reply);
        cluster.RunUntil(cluster.NowMicros + 20_000_000);
        return answer!;
    }
}
