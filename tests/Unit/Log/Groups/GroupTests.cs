using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Log.Groups;

public sealed class GroupTests
{
    private const int Rounds = 4_000;

    // The log in memory tells nobody what is under way: that bug is the simulator's to find.
    public static TheoryData<GroupBugs> Bugs { get; } =
        [.. Enum.GetValues<GroupBugs>().Where(bug => bug is not (GroupBugs.None or GroupBugs.RestOnAnyTail))];

    [Fact]
    public void Every_answer_is_that_of_one_group_in_the_order_of_the_log()
    {
        var judged = 0;
        var letters = 0;
        for (ulong seed = 1; seed <= 8; seed++)
        {
            var run = new GroupRun(seed, unknowns: false);
            run.Run(Rounds);
            judged += run.Judged;
            letters += run.DeadLetters;
        }

        Assert.True(judged > 2_000, $"{judged} facts judged");
        Assert.True(letters > 100, $"{letters} dead letters");
    }

    [Fact]
    public void Nodes_agree_and_letters_come_once_although_answers_are_lost_and_nodes_die()
    {
        var unknown = 0;
        var letters = 0;
        for (ulong seed = 1; seed <= 8; seed++)
        {
            var run = new GroupRun(seed, unknowns: true);
            run.Run(Rounds);
            unknown += run.Unknown;
            letters += run.DeadLetters;
        }

        Assert.True(unknown > 50, $"{unknown} unknown outcomes");
        Assert.True(letters > 100, $"{letters} dead letters");
    }

    /// <summary>A lease runs from the decision, and nothing slow comes after it but its append.</summary>
    [Fact]
    public void A_consumer_is_given_entries_before_their_lease_has_run_out_however_long_reading_them_takes()
    {
        const int Entries = 600;
        const long CallMs = 60;
        var log = new FaultyLog(new Rng(1), faults: 0, unknowns: false);
        var nowMs = 0L;
        var desk = new GroupDesk("k", 1, (ask, then) =>
        {
            nowMs += CallMs;
            then(log.Answer(ask));
        });
        for (var i = 0; i < Entries; i++)
            log.Answer(new LogAppend([new("k", new byte[] { 1 }, default, 0)], ProducerId.None, 0,
                Durability.FsyncQuorum));
        var policy = new GroupPolicy(2 * CallMs, 0, null);
        desk.Decide(state => GroupDecisions.Create(state, "g", default, 0, policy), static _ => { });
        var first = Read(desk, "a", () => nowMs);
        Assert.Equal(Entries, first.Count);
        var scattered = first.Where((_, at) => at % 2 == 0).Select(d => d.Record.Position).ToList();
        desk.Decide(state => GroupDecisions.Acknowledge(state, "g", scattered), static _ => { });
        nowMs += policy.LeaseMs;
        var again = Read(desk, "b", () => nowMs);
        Assert.Equal(Entries / 2, again.Count);
        foreach (var delivery in again)
        {
            var claim = desk.Known!.Find("g")!.Pending[delivery.Record.Position];
            Assert.True(nowMs - claim.DeliveredMs < policy.LeaseMs, $"{nowMs - claim.DeliveredMs} ms ago");
        }
    }

    private static IReadOnlyList<GroupDelivery> Read(GroupDesk desk, string consumer, Func<long> clock)
    {
        IReadOnlyList<GroupDelivery>? got = null;
        new GroupReading(desk, new("g", consumer, 1_000, NoAck: false, clock, null), end =>
            got = Assert.IsType<GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided>(end).Answer).Run();
        Assert.NotNull(got);
        return got;
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Planted_bugs_are_found(GroupBugs bug)
    {
        for (ulong seed = 1; seed <= 15; seed++)
        {
            try
            {
                new GroupRun(seed, unknowns: false, bug).Run(Rounds);
                new GroupRun(seed, unknowns: true, bug).Run(Rounds);
            }
            catch (Exception found) when (found is Xunit.Sdk.XunitException or InvariantViolation
                or InvalidOperationException or NullReferenceException)
            {
                return;
            }
        }

        Assert.Fail($"{bug} went unnoticed");
    }

    [Fact]
    public void Operations_read_back_as_they_were_written()
    {
        GroupOp[] ops =
        [
            new GroupOp.Create("g", new(7), 3, new(1000, 5, "dead")),
            new GroupOp.Create("g", new(0), null, GroupPolicy.None),
            new GroupOp.Destroy("g"),
            new GroupOp.Move("g", new(9), null),
            new GroupOp.AddConsumer("g", "c", 12),
            new GroupOp.RemoveConsumer("g", "c"),
            new GroupOp.Deliver("g", "c", 12, new(10), [new(3), new(9)], true),
            new GroupOp.Take("g", "c", 12, [new(new(3), 11, 2)]),
            new GroupOp.Release("g", [new(3)]),
            new GroupOp.Bury("g", [new(9)]),
            new GroupOp.Bury("g", [new(9)], Together: false),
            new GroupOp.Posted("g", 4),
        ];
        for (var i = 0; i < ops.Length; i++)
        {
            var bytes = GroupCodec.Encode(5 + i, 77, 8, ops[i]);
            var op = Assert.IsType<GroupStreamRecord.Op>(GroupCodec.Decode(bytes));
            Assert.Equal((5L + i, 77UL, 8L), (op.Ordinal, op.Desk, op.Number));
            Assert.Equivalent(ops[i], op.What, strict: true);
            for (var cut = 0; cut < bytes.Length; cut++) Assert.Null(GroupCodec.Decode(bytes.AsMemory(0, cut)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Letters_of_one_burial_go_together_as_far_as_they_fit(bool together)
    {
        var ids = Enumerable.Range(0, GroupRules.LettersMax + 6).Select(i => new Position(i)).ToList();
        var state = ConsumerGroups.Empty;
        GroupOp[] ops =
        [
            new GroupOp.Create("g", new(0), 0, new(1000, 1, "dead")),
            new GroupOp.Deliver("g", "c", 1, new(ids.Count), ids, false),
            new GroupOp.Bury("g", ids[..3], together),
            new GroupOp.Bury("g", ids[3..], together),
        ];
        foreach (var op in ops) state = GroupRules.Apply(state, state.Ordinal + 1, op);
        var dead = state.Find("g")!.Dead;
        Assert.Equal(ids.Count, dead.Count);
        long[] firsts = together ? [1, 4, 4 + GroupRules.LettersMax] : [.. dead.Keys];
        Assert.Equal(firsts, dead.Values.Select(letter => letter.First).Distinct());
        var bytes = GroupSnapshot.Write(state);
        var read = GroupSnapshot.Read(state.Ordinal, bytes)!;
        Assert.Equal(dead, read.Find("g")!.Dead);
        Assert.Equal(bytes, GroupSnapshot.Write(read));
        for (var cut = 1; cut < bytes.Length; cut++)
            Assert.False(GroupSnapshot.Read(state.Ordinal, bytes.AsMemory(0, cut)) is { } part
                && part.Find("g")!.Dead.Count != dead.Count);
    }

    [Fact]
    public void A_desk_that_rests_on_a_record_that_was_lost_reads_the_stream_anew()
    {
        var log = new FaultyLog(new Rng(3), faults: 0, unknowns: false);
        var desk = new GroupDesk("k", 1, (ask, then) => log.Ask(ask, then, () => true));
        Assert.Equal(0, Decide(new GroupOp.Create("g", new(0), 0, GroupPolicy.None)));
        Assert.Equal(0, Decide(new GroupOp.AddConsumer("g", "kept", 1)));
        Assert.Equal(1, Decide(new GroupOp.AddConsumer("g", "lost", 2)));
        log.Lose(GroupCodec.StreamOf("k"), 1);
        Assert.Equal(1, Decide(new GroupOp.AddConsumer("g", "later", 3)));
        Assert.Equal(["kept", "later"], desk.Known!.Find("g")!.Consumers.Keys);

        int Decide(GroupOp op)
        {
            GroupEnd<int>? ended = null;
            desk.Decide<int>(state => new(state.Find("g")?.Consumers.Count ?? 0, [op]), end => ended = end);
            for (var i = 0; i < 1_000 && (ended is null || !desk.IsIdle); i++) log.Step();
            return Assert.IsType<GroupEnd<int>.Decided>(ended).Answer;
        }
    }

    [Fact]
    public void A_group_stream_lives_where_its_key_does()
    {
        var layout = new Layout(1, ["eu"], [.. Enumerable.Range(1, 3).Select(
            i => new NodeInfo(new NodeId(i), $"eu-{i}", new RegionId(0)))], [[0.0]]);
        var topology = new LogTopology(layout, LogOptions.Default with { Shards = 8, Replicas = 2 });
        for (var i = 0; i < 100; i++)
            Assert.Equal(topology.Home($"key{i}"), topology.Home(GroupCodec.StreamOf($"key{i}")));
    }
}
