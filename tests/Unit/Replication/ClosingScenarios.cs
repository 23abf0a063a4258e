using Outrider.Core;
using Outrider.Replication;
using static Outrider.Tests.Unit.Replication.Cluster;

namespace Outrider.Tests.Unit.Replication;

/// <summary>Groups with one leader for life: copies are dropped and the group closed by decision, never by silence.
/// </summary>
public sealed class ClosingScenarios
{
    private static readonly GroupBirth Fixed = new(
        new GroupConfig([N(1), N(2), N(3)], QuorumPolicy.All), MinCopies: 1, FixedLeader: N(1));

    [Fact]
    public void The_fixed_leader_leads_term_one_and_commits_on_all()
    {
        var cluster = new Cluster(4, Fixed);
        Assert.Equal(1, cluster.Leader());
        Assert.Equal(new Term(1), cluster.Group(1).Term);
        var append = cluster.Await<NodeReply.Appended>(cluster.Append(1, "a"));
        foreach (var node in new[] { 1, 2, 3 })
            Assert.True(cluster.Group(1).AckedBy(N(node), S).Fsync >= append.Index);
    }

    [Fact]
    public void A_restarted_leader_for_life_never_leads_again()
    {
        var cluster = new Cluster(4, Fixed);
        cluster.Await<NodeReply.Appended>(cluster.Append(cluster.Leader(), "a"));
        cluster.Crash(1);
        cluster.Start(1);
        cluster.Run(20_000_000);
        Assert.Equal(0, cluster.OpenLeader());
    }

    [Fact]
    public void A_dead_copy_is_dropped_without_losing_what_is_pending()
    {
        var cluster = new Cluster(4, Fixed);
        cluster.Leader();
        cluster.Crash(3);
        var pending = cluster.Append(1, "pending");
        cluster.Run(3_000_000);
        Assert.Null(cluster.Reply(pending));
        cluster.Ask(1, new ChangeMembersRequest(G, [N(1), N(2)], []));
        var reply = cluster.Await<NodeReply.Appended>(pending);
        Assert.Equal(new Term(1), reply.Term);
        Assert.Equal(new Term(2), cluster.Group(1).Term);
    }

    [Fact]
    public void A_stranger_closes_the_group_and_levels_the_copies()
    {
        var cluster = new Cluster(4, Fixed, GroupOptions.Default with { CacheBytes = 300 });
        cluster.Leader();
        for (var i = 0; i < 10; i++) cluster.Await<NodeReply.Appended>(cluster.Append(1, $"r{i}"));
        cluster.Cut(1, 3);
        for (var i = 10; i < 30; i++) cluster.Append(1, $"r{i}");
        cluster.Run(100_000);
        cluster.Crash(1);
        var closed = cluster.Await<NodeReply.GroupClosed>(
            cluster.Ask(4, new CloseGroupRequest(G, S)), 20_000_000);
        Assert.Equal(30, closed.EndSlot);
        Assert.Equal([N(2), N(3)], closed.Copies);
        Assert.Equal(30, cluster.Group(3).Stream(S).EndSlot);
        cluster.Start(1);
        cluster.Run(2_000_000);
        Assert.True(cluster.Group(1).IsClosed);
        Assert.IsType<NodeReply.Refused>(cluster.Reply(cluster.Append(1, "late")));
    }

    [Fact]
    public void A_closed_group_refuses_its_living_leader()
    {
        var cluster = new Cluster(4, Fixed);
        cluster.Leader();
        var closed = cluster.Await<NodeReply.GroupClosed>(
            cluster.Ask(4, new CloseGroupRequest(G, S)), 20_000_000);
        Assert.Equal([N(1), N(2), N(3)], closed.Copies);
        Assert.IsType<NodeReply.NotLeader>(cluster.Reply(cluster.Append(1, "late")));
        cluster.Run(6_000_000);
        Assert.IsType<NodeReply.Refused>(cluster.Reply(cluster.Append(1, "later")));
        Assert.Equal(0, cluster.OpenLeader());
    }

    [Fact]
    public void A_second_closer_takes_over_where_the_first_was_lost()
    {
        var cluster = new Cluster(5, Fixed);
        cluster.Leader();
        for (var i = 0; i < 10; i++) cluster.Await<NodeReply.Appended>(cluster.Append(1, $"r{i}"));
        cluster.Ask(4, new CloseGroupRequest(G, S));
        cluster.Run(2_500);
        cluster.Crash(4);
        var closed = cluster.Await<NodeReply.GroupClosed>(
            cluster.Ask(5, new CloseGroupRequest(G, S)), 20_000_000);
        Assert.Equal(10, closed.EndSlot);
        Assert.Equal(3, closed.Copies.Count);
    }
}
