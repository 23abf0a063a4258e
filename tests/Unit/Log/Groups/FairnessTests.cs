using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log.Groups;

/// <summary>Nodes near and far decide on one key's groups without a pause, in virtual time.</summary>
public sealed class FairnessTests
{
    private const int Seconds = 30;
    private static readonly string[] Nodes = ["us-1", "us-2", "asia-1"];

    [Fact]
    public void The_farthest_is_not_passed_over()
    {
        var cluster = new LogCluster(Layout(), LogOptions.Default with { Replicas = 2 }, new GroupOptions());
        var decided = new int[Nodes.Length];
        cluster.At(3_000_000, () =>
        {
            for (var i = 0; i < Nodes.Length; i++) Contend(cluster, i, decided);
        });
        cluster.RunUntil((3 + Seconds) * 1_000_000L);
        // Its own round trips are three times as long; without turns the nearest decides alone.
        Assert.True(4 * decided.Min() >= decided.Max(), string.Join(' ', decided));
        Assert.True(decided.Min() >= 15, string.Join(' ', decided));
    }

    /// <summary>One that has been told to decide again and died keeps the others waiting only once.</summary>
    [Fact]
    public void A_dead_node_does_not_keep_its_turn()
    {
        var cluster = new LogCluster(Layout(), LogOptions.Default with { Replicas = 2 }, new GroupOptions());
        var decided = new int[Nodes.Length];
        cluster.At(3_000_000, () =>
        {
            for (var i = 0; i < Nodes.Length; i++) Contend(cluster, i, decided);
        });
        cluster.RunUntil(10_000_000);
        cluster.Kill("asia-1");
        cluster.RunUntil(20_000_000);
        var before = decided.ToArray();
        cluster.RunUntil(25_000_000);
        Assert.True(decided[0] - before[0] >= 10 && decided[1] - before[1] >= 10, string.Join(' ', decided));
    }

    private static void Contend(LogCluster cluster, int i, int[] decided)
    {
        var desk = new GroupDesk("orders", (ulong)(i + 1), (ask, then) => cluster.Ask(Nodes[i], ask, then));
        Next();

        void Next() => desk.Decide(Decide, end =>
        {
            if (end is GroupEnd<bool>.Decided) decided[i]++;
            // A consumer that has its answer asks again at once.
            cluster.At(cluster.NowMicros + 1, Next);
        });
    }

    private static GroupDecision<bool> Decide(ConsumerGroups state) => state.Find("g") is { } group
        ? new(true, [new GroupOp.Move("g", group.Next.Next(), null)])
        : new(true, [new GroupOp.Create("g", default, 0, GroupPolicy.None)]);

    private static Layout Layout()
    {
        string[] regions = ["us", "eu", "asia"];
        double[][] rtt = [[0, 80, 150], [80, 0, 220], [150, 220, 0]];
        var nodes = regions.SelectMany((region, r) => new[] { 1, 2 }.Select(
            n => new NodeInfo(new((2 * r) + n), $"{region}-{n}", new(r))));
        return new(0x5EED, regions, [.. nodes], rtt);
    }
}
