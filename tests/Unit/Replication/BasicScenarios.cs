using Outrider.Core;
using Outrider.Replication;
using static Outrider.Tests.Unit.Replication.Cluster;

namespace Outrider.Tests.Unit.Replication;

public sealed class BasicScenarios
{
    [Fact]
    public void A_group_is_born_elects_and_commits()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        var reply = cluster.Await<NodeReply.Appended>(cluster.Append(leader, "a"));
        Assert.Equal(Durability.FsyncQuorum, reply.Durability);
        Assert.Equal(new LogIndex(2), reply.Index);
        cluster.Run(100_000);
        foreach (var node in cluster.Ids) Assert.Equal(["a"], cluster.Committed(node.Value));
    }

    [Fact]
    public void A_memory_append_is_acknowledged_before_any_disk_has_it()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(100_000);
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: true);
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "m", Durability.MemoryQuorum), 5_000);
        var fsync = cluster.Append(leader, "f");
        cluster.Run(20_000);
        Assert.Null(cluster.Reply(fsync));
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: false);
        cluster.Await<NodeReply.Appended>(fsync);
    }

    [Fact]
    public void A_commit_takes_one_round_trip_of_the_quorum()
    {
        var cluster = new Cluster(3) { ExtraMicros = (_, _) => 24_000 };
        var leader = cluster.Leader();
        cluster.Run(1_000_000);
        var start = cluster.NowMicros;
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "x"));
        Assert.InRange(cluster.NowMicros - start, 50_000, 51_000);
    }

    [Fact]
    public void A_killed_leader_is_replaced_and_nothing_acknowledged_is_lost()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        for (var i = 0; i < 10; i++) cluster.Await<NodeReply.Appended>(cluster.Append(leader, $"r{i}"));
        var term = cluster.Group(leader).Term;
        cluster.Crash(leader);
        var next = cluster.LeaderAfter(term);
        Assert.NotEqual(leader, next);
        cluster.Await<NodeReply.Appended>(cluster.Append(next, "after"));
        cluster.Start(leader);
        cluster.Run(2_000_000);
        var expected = Enumerable.Range(0, 10).Select(i => $"r{i}").Append("after").ToArray();
        foreach (var node in cluster.Ids) Assert.Equal(expected, cluster.Committed(node.Value));
    }

    [Fact]
    public void A_leader_without_a_quorum_acknowledges_nothing_and_gives_up()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Isolate(leader);
        var lost = cluster.Append(leader, "lost");
        var next = cluster.LeaderAfter(cluster.Group(leader).Term);
        cluster.Await<NodeReply.Unknown>(lost);
        cluster.Await<NodeReply.Appended>(cluster.Append(next, "kept"));
        cluster.Heal();
        cluster.Run(2_000_000);
        foreach (var node in cluster.Ids) Assert.Equal(["kept"], cluster.Committed(node.Value));
    }

    [Fact]
    public void A_retry_gets_the_position_of_its_original_from_the_next_leader()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        var first = cluster.Await<NodeReply.Appended>(cluster.Append(leader, "once", producer: 9, sequence: 1));
        cluster.Crash(leader);
        var next = cluster.LeaderAfter(first.Term);
        var again = cluster.Await<NodeReply.Appended>(cluster.Append(next, "once", producer: 9, sequence: 1));
        Assert.True(again.Duplicate);
        Assert.Equal((first.Term, first.Index), (again.Term, again.Index));
    }

    [Fact]
    public void A_stream_can_be_created_and_survives_its_leader()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        var stream = new StreamId(5);
        cluster.Await<NodeReply.Done>(cluster.Ask(leader, new CreateStreamRequest(G, stream)));
        var append = new AppendRequest(G, stream, default, 0, 1, new byte[3], Durability.FsyncQuorum);
        cluster.Await<NodeReply.Appended>(cluster.Ask(leader, append));
        var term = cluster.Group(leader).Term;
        cluster.Crash(leader);
        var next = cluster.LeaderAfter(term);
        var reply = cluster.Await<NodeReply.Appended>(cluster.Ask(next, append));
        // Behind the first entry and the seal of the new term.
        Assert.Equal(new LogIndex(3), reply.Index);
    }

    [Fact]
    public void Reads_are_confirmed_by_a_quorum_and_not_without_one()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "a", Durability.MemoryQuorum));
        var read = new ReadRequest(G, S, new LogIndex(1), 10, 1000, Confirmed: true);
        var entries = cluster.Await<NodeReply.Entries>(cluster.Ask(leader, read));
        Assert.True(entries.Confirmed);
        Assert.Equal(2, entries.Items.Count);
        cluster.Isolate(leader);
        var stuck = cluster.Ask(leader, read);
        cluster.Run(100_000);
        Assert.Null(cluster.Reply(stuck));
        cluster.Await<NodeReply.Unknown>(stuck);
    }

    [Fact]
    public void A_member_that_lags_beyond_the_trim_gets_the_base_and_the_snapshot()
    {
        var cluster = new Cluster(3, options: GroupOptions.Default with { CacheBytes = 400 });
        var leader = cluster.Leader();
        var lagging = leader == 1 ? 2 : 1;
        cluster.Crash(lagging);
        for (var i = 0; i < 30; i++)
            cluster.Await<NodeReply.Appended>(cluster.Append(leader, $"r{i}", producer: 3, sequence: i + 1));
        var upTo = new LogIndex(15);
        cluster.Await<NodeReply.Done>(cluster.Ask(leader, new TrimRequest(G, S, upTo, "state"u8.ToArray())));
        cluster.Start(lagging);
        cluster.RunUntil(
            () => cluster.Group(lagging).Stream(S).FsyncCommitted == cluster.Group(leader).Stream(S).FsyncCommitted,
            10_000_000);
        Assert.Equal(upTo, cluster.Group(lagging).Stream(S).BaseIndex);
        Assert.Equal("state"u8.ToArray(), cluster.Group(lagging).Base(S).Snapshot.ToArray());
        var again = cluster.Await<NodeReply.Appended>(cluster.Append(leader, "r3", producer: 3, sequence: 4));
        Assert.True(again.Duplicate);
        Assert.Equal(new LogIndex(5), again.Index);
    }

    [Fact]
    public void A_member_joins_through_a_term_and_the_old_one_can_leave()
    {
        var birth = GroupBirth.Majority(N(1), N(2), N(3));
        var cluster = new Cluster(4, birth);
        var leader = cluster.Leader();
        for (var i = 0; i < 20; i++) cluster.Await<NodeReply.Appended>(cluster.Append(leader, $"r{i}"));
        var others = new[] { 1, 2, 3 }.Where(node => node != leader).ToArray();
        var members = new[] { N(leader), N(others[0]), N(4) };
        cluster.Await<NodeReply.Done>(cluster.Ask(leader, new ChangeMembersRequest(G, members, [])));
        cluster.Crash(others[0]);
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "with the new member"));
        cluster.Run(1_000_000);
        Assert.Equal(cluster.Committed(leader), cluster.Committed(4));
        Assert.Equal(21, cluster.Committed(4).Length);
    }

    [Fact]
    public void Under_all_a_dead_member_is_left_out_and_taken_back()
    {
        var birth = new GroupBirth(new GroupConfig([N(1), N(2), N(3)], QuorumPolicy.All), MinCopies: 2);
        var cluster = new Cluster(3, birth);
        var leader = cluster.Leader();
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "a"));
        var dead = leader == 1 ? 2 : 1;
        cluster.Crash(dead);
        var waiting = cluster.Append(leader, "b");
        cluster.Await<NodeReply.Appended>(waiting);
        Assert.Equal(2, cluster.Group(leader).Config!.Count);
        cluster.Start(dead);
        cluster.RunUntil(() => cluster.Group(leader) is { IsOpen: true, Config.Count: 3 }, 10_000_000);
        Assert.Equal(["a", "b"], cluster.Committed(dead));
    }

    [Fact]
    public void A_full_leader_says_so()
    {
        var cluster = new Cluster(3, options: GroupOptions.Default with { PendingAppendsMax = 8 });
        var leader = cluster.Leader();
        cluster.Run(100_000);
        var replies = Enumerable.Range(0, 20).Select(i => cluster.Append(leader, $"r{i}")).ToArray();
        Assert.IsType<NodeReply.Overloaded>(cluster.Reply(replies[^1]));
        cluster.Await<NodeReply.Appended>(replies[0]);
    }

    [Fact]
    public void Answers_that_come_twice_do_not_make_a_recovering_leader_ask_twice()
    {
        const int Entries = 40;
        var cluster = new Cluster(3, options: GroupOptions.Default with { AppendBytes = 1 });
        var leader = cluster.Leader();
        var (full, empty) = leader == 1 ? (2, 3) : leader == 2 ? (1, 3) : (1, 2);
        cluster.Isolate(empty);
        for (var i = 0; i < Entries; i++) cluster.Await<NodeReply.Appended>(cluster.Append(leader, $"{i}"));
        var term = cluster.Group(leader).Term;
        cluster.Stop(leader);
        cluster.Heal();
        var asked = 0;
        cluster.Repeats = message => message is FetchAck;
        cluster.Drops = (from, _, message) =>
        {
            if (message is Fetch) Assert.InRange(++asked, 1, Entries + 10);
            // The one that has everything would lead without asking anybody.
            return from == N(full) && message is AskSuspicion;
        };
        Assert.Equal(empty, cluster.LeaderAfter(term));
        Assert.True(asked >= Entries);
    }
}
