using Outrider.Core;
using Outrider.Replication;
using static Outrider.Tests.Unit.Replication.Cluster;

namespace Outrider.Tests.Unit.Replication;

/// <summary>
/// The runs that showed an earlier wording of the rules to be wrong, each as a scenario: what must happen instead.
/// </summary>
public sealed class CounterexampleScenarios
{
    private static readonly GroupBirth TwoOfThreeAll = new(
        new GroupConfig([N(1), N(2), N(3)], QuorumPolicy.All), MinCopies: 2);

    [Fact]
    public void A_loss_known_to_an_unopened_term_is_still_reported_by_the_seal_that_commits()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(200_000);
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: true);
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "m", Durability.MemoryQuorum));
        var term = cluster.Group(leader).Term;
        for (var node = 1; node <= 3; node++) cluster.Crash(node);
        for (var node = 1; node <= 3; node++)
        {
            cluster.Hold(node, syncs: false);
            cluster.Start(node);
        }

        var next = cluster.LeaderAfter(term);
        // A further change of leaders must not hide the mark: it stands in the stream.
        cluster.Stop(next);
        var third = cluster.LeaderAfter(cluster.Group(next == 1 ? 2 : 1).Term);
        Assert.Equal(Verdict.Lost, cluster.Group(third).Judge(S, term, new LogIndex(2)));
        Assert.Contains(Seals(cluster, third), seal => seal.Term > term && SealMark.HasLoss(seal));
    }

    [Fact]
    public void A_clean_restart_does_not_take_the_taint_of_an_unclean_one_away()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "a"));
        var promised = cluster.Group(leader).Promised;
        cluster.Crash(leader);
        cluster.Start(leader);
        Assert.Equal(promised, cluster.Group(leader).Taint);
        cluster.Run(10_000);
        cluster.Stop(leader);
        cluster.Start(leader);
        Assert.Equal(promised, cluster.Group(leader).Taint);
    }

    [Fact]
    public void A_member_that_alone_kept_a_lost_suffix_takes_the_new_log()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(200_000);
        var kept = leader == 1 ? 2 : 1;
        var third = 6 - leader - kept;
        cluster.Cut(leader, third);
        // The survivor knows it as memory-committed; the leader forgets it in a crash.
        cluster.Hold(leader, syncs: true);
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "m", Durability.MemoryQuorum));
        cluster.Run(20_000);
        var term = cluster.Group(leader).Term;
        cluster.Crash(leader);
        cluster.Heal();
        cluster.Isolate(kept);
        cluster.Hold(leader, syncs: false);
        cluster.Start(leader);
        var next = cluster.LeaderAfter(term);
        cluster.Await<NodeReply.Appended>(cluster.Append(next, "new"));
        cluster.Heal();
        cluster.Run(3_000_000);
        foreach (var node in cluster.Ids) Assert.Equal(["new"], cluster.Committed(node.Value));
    }

    [Fact]
    public void A_confirmed_read_shows_what_is_acknowledged_in_memory()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(200_000);
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: true);
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "m", Durability.MemoryQuorum));
        var read = cluster.Ask(leader, new ReadRequest(G, S, new LogIndex(1), 10, 1000, Confirmed: true));
        cluster.Run(50_000);
        Assert.Null(cluster.Reply(read));
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: false);
        Assert.Equal(2, cluster.Await<NodeReply.Entries>(read).Items.Count);
    }

    [Fact]
    public void Under_all_a_majority_confirms_no_read()
    {
        var cluster = new Cluster(3, TwoOfThreeAll);
        var leader = cluster.Leader();
        var silent = leader == 3 ? 2 : 3;
        cluster.Cut(leader, silent);
        var read = cluster.Ask(leader, new ReadRequest(G, S, new LogIndex(1), 10, 1000, Confirmed: true));
        cluster.Run(100_000);
        Assert.Null(cluster.Reply(read));
    }

    [Fact]
    public void A_retry_waits_for_its_own_class_of_durability()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(200_000);
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: true);
        cluster.Await<NodeReply.Appended>(
            cluster.Append(leader, "m", Durability.MemoryQuorum, producer: 4, sequence: 1));
        var retry = cluster.Append(leader, "m", Durability.FsyncQuorum, producer: 4, sequence: 1);
        cluster.Run(50_000);
        Assert.Null(cluster.Reply(retry));
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: false);
        Assert.True(cluster.Await<NodeReply.Appended>(retry).Duplicate);
    }

    [Fact]
    public void A_term_opens_only_when_its_seals_are_on_disk()
    {
        var cluster = new Cluster(3);
        cluster.Leader();
        var term = cluster.Group(1).Term;
        cluster.Crash(cluster.OpenLeader());
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: true);
        cluster.Run(3_000_000);
        Assert.Equal(0, cluster.OpenLeader());
        for (var node = 1; node <= 3; node++) cluster.Hold(node, syncs: false);
        Assert.NotEqual(0, cluster.LeaderAfter(term));
    }

    [Fact]
    public void A_configuration_that_never_sealed_does_not_count()
    {
        // A wins a term with itself alone and dies before it has sealed: the others go on.
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(200_000);
        var value = cluster.Control.Get(GroupRecord.Key(G));
        var record = GroupRecord.Decode(value.Value)!;
        cluster.Crash(leader);
        var usurper = record with
        {
            Term = record.Term.Next(),
            Leader = N(leader),
            LeaderLife = new Incarnation(99),
            Attempt = 1,
            Proposed = new GroupConfig([N(leader)], QuorumPolicy.Majority),
        };
        Assert.True(cluster.Control.Set(new ControlWrite(value.Key, value.Version, usurper.Encode())).Won);
        var next = cluster.LeaderAfter(usurper.Term);
        cluster.Await<NodeReply.Appended>(cluster.Append(next, "on"));
    }

    [Fact]
    public void Under_all_a_member_that_reaches_only_the_control_plane_disturbs_nobody()
    {
        var cluster = new Cluster(3, TwoOfThreeAll);
        var leader = cluster.Leader();
        var grey = leader == 1 ? 2 : 1;
        cluster.Isolate(grey);
        cluster.Run(10_000_000);
        Assert.Equal(leader, cluster.OpenLeader());
        Assert.Equal(2, cluster.Group(leader).Config!.Count);
        cluster.Await<NodeReply.Appended>(cluster.Append(leader, "still here"));
    }

    [Fact]
    public void A_leader_that_learns_of_a_later_term_in_the_record_steps_down()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(200_000);
        var value = cluster.Control.Get(GroupRecord.Key(G));
        var record = GroupRecord.Decode(value.Value)!;
        // Somebody won a proposal and never learned it: the record names nobody who leads.
        var orphan = record with { Term = record.Term.Next(), LeaderLife = new Incarnation(77), Attempt = 2 };
        cluster.Control.Set(new ControlWrite(value.Key, value.Version, orphan.Encode()));
        var next = cluster.LeaderAfter(orphan.Term, 30_000_000);
        Assert.True(cluster.Group(next).Term > orphan.Term);
        cluster.Await<NodeReply.Appended>(cluster.Append(next, "on"));
        Assert.True(leader is >= 1 and <= 3);
    }

    [Fact]
    public void An_election_whose_answer_was_lost_is_found_in_the_record()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        var term = cluster.Group(leader).Term;
        cluster.Control.CarriesOutUnknown = true;
        cluster.Crash(leader);
        cluster.Run(550_000);
        for (var i = 0; i < 100 && cluster.OpenLeader() == 0; i++)
        {
            // Reads fail too while it is down, so it is up most of the time.
            cluster.Control.IsDown = i % 3 == 0;
            cluster.Run(40_000);
        }

        cluster.Control.IsDown = false;
        var next = cluster.LeaderAfter(term);
        cluster.Await<NodeReply.Appended>(cluster.Append(next, "on"));
    }

    [Fact]
    public void A_leader_is_bound_by_the_promise_of_its_own_member()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(200_000);
        // It hears nobody but is heard: its member promises the next term, and its own appends end Unknown.
        cluster.Drops = (from, to, message) => to == N(leader) && message is AppendAck or HeartbeatAck
            && to == N(leader);
        var lost = cluster.Append(leader, "late");
        var next = cluster.LeaderAfter(cluster.Group(leader).Term);
        cluster.Drops = null;
        cluster.Await<NodeReply.Unknown>(lost);
        cluster.Await<NodeReply.Appended>(cluster.Append(next, "on"));
    }

    [Fact]
    public void A_restarted_member_proves_its_log_anew_before_it_counts()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(200_000);
        var (a, b) = leader == 1 ? (2, 3) : leader == 2 ? (1, 3) : (1, 2);
        cluster.Crash(b);
        cluster.Hold(a, syncs: true);
        var append = cluster.Append(leader, "x");
        cluster.Run(20_000);
        // It had the entry in memory only; back again it has not.
        cluster.Crash(a);
        cluster.Drops = (from, _, message) => message is Append { Parts.Count: > 0 } sent
            && sent.Parts.Any(part => part.Entries.Count > 0);
        cluster.Hold(a, syncs: false);
        cluster.Start(a);
        cluster.Run(300_000);
        Assert.Null(cluster.Reply(append));
        cluster.Drops = null;
        cluster.Await<NodeReply.Appended>(append);
    }

    [Fact]
    public void Losing_the_control_plane_stops_no_appends()
    {
        var cluster = new Cluster(3);
        var leader = cluster.Leader();
        cluster.Run(1_000_000);
        cluster.Control.IsDown = true;
        for (var i = 0; i < 50; i++)
        {
            cluster.Await<NodeReply.Appended>(cluster.Append(leader, $"r{i}"));
            cluster.Run(200_000);
        }

        Assert.Equal(leader, cluster.OpenLeader());
    }

    private static List<Entry> Seals(Cluster cluster, int node)
    {
        var seals = new List<Entry>();
        var group = cluster.Group(node);
        for (var index = new LogIndex(1); index <= group.Stream(S).FsyncCommitted; index = index.Next())
            if (group.TryGet(S, index) is { Kind: EntryKind.Seal } seal) seals.Add(seal);
        return seals;
    }
}
