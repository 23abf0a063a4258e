using Outrider.Core;
using Outrider.Replication;
using Outrider.Simulation;

namespace Outrider.Tests.Simulation;

public sealed class ReplicationTests
{
    private static readonly ReplicationSystem System = new();

    /// <summary>Seeds that once failed, each with its story; all promises must hold in them for ever.</summary>
    [Theory]
    [InlineData(5)]   // An append to a stream just created was refused by a leader that had not looked for it.
    [InlineData(1)]   // Rot that opening overlooked was met when the entries were read.
    [InlineData(174)] // A segment's name was used before it was durable: synced entries were gone after a power loss.
    [InlineData(39)]  // A member whose journal was refused stayed in the core.
    [InlineData(516)] // A stream whose creation was never acknowledged kept an entry that nobody commits.
    [InlineData(417)] // Moved entries were lost once the segment of their run's head was freed.
    public void Once_failing_seeds_hold(ulong seed)
    {
        var result = SeedRun.Run(System, seed, new RunPlan());
        Assert.True(result.Violation is null, $"seed {seed}: {result.Violation}");
    }

    [Fact]
    public void Each_seed_brings_its_share_of_trouble_work_and_leaders()
    {
        var batch = SeedBatch.Run(System, 1, 20, 2, null, stopAtFirst: false, _ => new RunPlan());
        Assert.Empty(batch.Failing);
        Assert.All(batch.Seeds, seed =>
        {
            Assert.True(seed.SimulatedMicros >= SeedRun.SafetyMicros, $"seed {seed.Seed} was too short");
            Assert.True(seed.Faults >= SeedRun.FaultsMin, $"seed {seed.Seed} had {seed.Faults} faults");
            Assert.True(seed.Acknowledged >= SeedRun.OperationsMin, $"seed {seed.Seed}: {seed.Acknowledged} answers");
        });
        Assert.True(batch.MedianTermChanges >= 3);
        Assert.All(batch.Facts, fact => Assert.True(fact.Value > 0, $"{fact.Key} judged nothing"));
    }

    [Fact]
    public void The_core_bears_a_change_of_members_that_is_under_way()
    {
        var group = new GroupId(1);
        var birth = new GroupBirth(new GroupConfig([new(1), new(2), new(3)], QuorumPolicy.Majority), 1, 1);
        var draw = ReplicationDraw.Staged(5, group, birth) with { AdminMeanMicros = 100_000 };
        var changes = 0;
        for (var seed = 1UL; seed <= 5; seed++)
        {
            var scenario = ReplicationSystem.Staged(seed, Swarm.Calm(), new RunPlan(), draw);
            var world = new World(seed, Swarm.Calm(), scenario, new RunPlan());
            scenario.SetUp(world);
            foreach (var node in world.Nodes) Assert.True(node.Start());
            scenario.StartClients(world);
            for (var at = 0L; at < 5_000_000; at += 500)
            {
                Assert.True(world.RunUntil(at));
                foreach (var members in scenario.UnderWay(group))
                {
                    changes++;
                    var core = scenario.DrawCore(world, new Rng((ulong)at));
                    Assert.True(2 * members.Count(core.Contains) > members.Count, $"seed {seed} at {at}");
                }
            }
        }

        Assert.True(changes > 100, $"only {changes} moments of a change were seen");
    }

    [Fact]
    public void A_seed_is_a_run()
    {
        for (var seed = 1UL; seed <= 5; seed++)
        {
            var first = SeedRun.Run(System, seed, new RunPlan());
            var second = SeedRun.Run(System, seed, new RunPlan());
            Assert.Equal(-1, TraceHash.FirstDifference(first.Trace, second.Trace));
        }
    }

    [Theory]
    [InlineData("seal-set-any-one")]
    [InlineData("dedup-this-term-only")]
    [InlineData("read-at-fsync-committed")]
    [InlineData("ack-before-sync")]
    public void A_planted_bug_is_found(string bug)
    {
        var batch = SeedBatch.Run(System, 1, 100, 2, null, stopAtFirst: true, _ => new RunPlan { Bug = bug });
        Assert.NotEmpty(batch.Failing);
    }

    [Theory]
    [InlineData("promise-volatile")]
    [InlineData("tail-by-length")]
    [InlineData("commit-old-term-by-count")]
    [InlineData("seal-by-memory")]
    [InlineData("raise-volatile")]
    [InlineData("stale-term-answers-counted")]
    public void A_play_ends_badly_without_the_rule_it_needs(string bug)
    {
        var batch = SeedBatch.Run(System, 1, 20, 1, null, stopAtFirst: true, _ => Plays(bug));
        var failing = Assert.Single(batch.Failing);
        Assert.Null(SeedRun.Run(System, failing.Seed, Plays(null)).Violation);
    }

    /// <summary>A memory-class append was lost, and asked for again it came to stand in the same place.</summary>
    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public void A_read_need_not_show_what_was_lost_and_came_back(long entryTerm, bool isStale)
    {
        var key = new StreamKey(new GroupId(1), new StreamId(1));
        var (producer, place, node) = (new ProducerId(7), new LogIndex(1), new NodeId(1));
        var history = new ReplicationHistory();
        history.Stream(key).Observe(
            new Entry(place, new Term(entryTerm), EntryKind.Records, 0, 1, producer, 1, new byte[8]), false, node, 30);
        history.Acks.Add(new AckedAppend(
            1, 1, key, producer, 1, Durability.MemoryQuorum, false, new Term(1), place, 5, 10, node));
        history.Reads.Add(new ConfirmedReadFact(2, 1, key, LogIndex.Zero, [], 20, 25, node));
        Assert.Equal(isStale, StreamCheckers.Reads(history).Problem is not null);
    }

    private static RunPlan Plays(string? bug) => new() { Bug = bug, Workload = "plays" };

    [Fact]
    public void What_shrinking_prints_replays()
    {
        var plan = new RunPlan { Bug = "dedup-this-term-only" };
        var batch = SeedBatch.Run(System, 1, 100, 1, null, stopAtFirst: true, _ => plan);
        var found = batch.Failing.First();
        var (small, result) = new Shrinker(System, found.Seed, plan, found.Violation!, 150).Shrink();
        var text = Transcript.Write(System, found.Seed, small, result);
        Assert.Equal(text, Transcript.Play(text));
        Assert.Contains("replay system=replication", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "--system", "nothing" }, 2, "there is no system 'nothing'")]
    [InlineData(new[] { "--seeds", "9..3" }, 2, "'9..3' makes no sense after --seeds")]
    [InlineData(new[] { "--bug", "no-such" }, 2, "there is no planted bug 'no-such'")]
    [InlineData(new[] { "--frobnicate", "1" }, 2, "'--frobnicate' is not an option of sim")]
    public void Misuse_is_told(string[] args, int code, string message)
    {
        var (output, talk) = (new StringWriter(), new StringWriter());
        Assert.Equal(code, SimCommand.Run(args, output, talk));
        Assert.Contains(message, talk.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Json_ends_with_one_object()
    {
        var (output, talk) = (new StringWriter(), new StringWriter());
        Assert.Equal(0, SimCommand.Run(["--system", "replication", "--seeds", "1..2", "--json"], output, talk));
        using var json = global::System.Text.Json.JsonDocument.Parse(output.ToString());
        foreach (var key in (string[])["seeds", "violations", "simulatedSeconds", "structuralFaults",
            "seedsPerMinutePerCore", "acknowledgedOperations", "eventsPerSecond", "termChangesMedian", "checkers"])
            Assert.True(json.RootElement.TryGetProperty(key, out _), key);
        Assert.Equal(2, json.RootElement.GetProperty("seeds").GetInt32());
    }
}
