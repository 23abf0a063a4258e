using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>A node that is back before anybody missed it, while nobody writes.</summary>
public sealed class QuickRestartTests
{
    [Fact]
    public void A_node_outside_the_ordering_group_learns_the_order_again()
    {
        NodeInfo[] nodes = [.. Enumerable.Range(1, 4).Select(i => new NodeInfo(new(i), $"eu-{i}", new(0)))];
        var options = LogOptions.Default with { Shards = 1, Replicas = 2 };
        var cluster = new LogCluster(new(1, ["eu"], nodes, [[0]]), options, GroupOptions.Default);
        Assert.DoesNotContain(new NodeId(4), cluster.Node("eu-4").Topology.OrderingMembers);
        cluster.RunUntil(5_000_000);
        Assert.IsType<LogReply.Appended>(Append(cluster));
        cluster.RunUntil(cluster.NowMicros + 5_000_000);
        var read = cluster.Node("eu-4").Applied;
        cluster.LosePower(new(4));
        Assert.Equal(LogIndex.Zero, cluster.Node("eu-4").Applied);
        cluster.RunUntil(cluster.NowMicros + 5_000_000);
        Assert.Equal(read, cluster.Node("eu-4").Applied);
        Assert.IsType<LogReply.Appended>(Append(cluster));
    }

    private static Reply Append(LogCluster cluster)
    {
        Reply? answer = null;
        cluster.Ask("eu-4", new LogAppend([new("k", default, default, 0)], ProducerId.None, 0, Durability.FsyncQuorum),
            reply => answer = reply);
        cluster.RunUntil(cluster.NowMicros + 20_000_000);
        return answer!;
    }
}
