using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>A node that leaves in order, where nobody else writes.</summary>
public sealed class DrainTests
{
    [Theory]
    [InlineData(FillPolicy.Peer)]
    [InlineData(FillPolicy.Timer)]
    public void An_idle_shard_goes_on_when_one_of_its_nodes_is_drained(FillPolicy fill)
    {
        NodeInfo[] nodes = [.. Enumerable.Range(1, 3).Select(i => new NodeInfo(new(i), $"eu-{i}", new(0)))];
        var options = LogOptions.Default with { Shards = 1, Replicas = 2, Fill = fill };
        var cluster = new LogCluster(new(1, ["eu"], nodes, [[0]]), options, GroupOptions.Default);
        cluster.RunUntil(5_000_000);
        // Whatever key: the shard has one, and both its seats go to the node that stays.
        foreach (var key in (string[])["a", "b", "c", "d"]) Assert.IsType<LogReply.Appended>(Append(cluster, key));
        Assert.IsType<LogReply.Done>(Ask(cluster, new LogDrain(new(1), Drain: true)));
        cluster.RunUntil(cluster.NowMicros + 5_000_000);
        Assert.DoesNotContain(cluster.Node("eu-3").State.Rids, rid => rid.Live && rid.Node == new NodeId(1));
        foreach (var key in (string[])["a", "b", "c", "d"]) Assert.IsType<LogReply.Appended>(Append(cluster, key));
    }

    private static Reply Append(LogCluster cluster, string key) => Ask(
        cluster, new LogAppend([new(key, default, default, 0)], ProducerId.None, 0, Durability.FsyncQuorum));

    private static Reply Ask(LogCluster cluster, Request ask)
    {
        Reply? answer = null;
        cluster.Ask("eu-3", ask, reply => answer = reply);
        cluster.RunUntil(cluster.NowMicros + 20_000_000);
        return answer!;
    }
}
