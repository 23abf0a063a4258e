using Outrider.Core;
using Outrider.Simulation;

namespace Outrider.Tests.Simulation;

public sealed class WorldTests
{
    [Fact]
    public void A_sound_system_passes_with_its_share_of_trouble()
    {
        // From 118 on: a segment's header written elsewhere, and acknowledged batches behind it.
        foreach (var seed in Enumerable.Range(1, 20).Select(seed => (ulong)seed).Concat([118UL, 203UL, 308UL]))
        {
            var result = SeedRun.Run(new LedgerSystem(), seed, new RunPlan());
            Assert.True(result.Violation is null, $"seed {seed}: {result.Violation}");
            Assert.True(result.Faults.Count >= SeedRun.FaultsMin, $"seed {seed}: {result.Faults.Count} faults");
            Assert.True(result.AcknowledgedOperations >= SeedRun.OperationsMin);
            Assert.True(result.SimulatedMicros >= SeedRun.SafetyMicros);
        }
    }

    [Fact]
    public void A_seed_is_a_run()
    {
        for (var seed = 1UL; seed <= 5; seed++)
        {
            var first = SeedRun.Run(new LedgerSystem(), seed, new RunPlan());
            var second = SeedRun.Run(new LedgerSystem(), seed, new RunPlan());
            Assert.Equal(-1, TraceHash.FirstDifference(first.Trace, second.Trace));
            Assert.Equal(first.Hash, second.Hash);
        }
    }

    [Fact]
    public void Different_seeds_are_different_runs()
    {
        var hashes = Enumerable.Range(1, 10)
            .Select(seed => SeedRun.Run(new LedgerSystem(), (ulong)seed, new RunPlan()).Hash);
        Assert.Equal(10, hashes.Distinct().Count());
    }

    [Theory]
    [InlineData(LedgerSystem.AckEarly, ViolationKind.Safety, "durable")]
    [InlineData(LedgerSystem.Hang, ViolationKind.Liveness, "recovery")]
    [InlineData(LedgerSystem.Crash, ViolationKind.Assert, "invariant")]
    public void Each_kind_of_violation_is_found_and_shrinks(string bug, ViolationKind kind, string checker)
    {
        var system = new LedgerSystem();
        var plan = new RunPlan { Bug = bug };
        var batch = SeedBatch.Run(system, 1, 200, 1, null, stopAtFirst: true, _ => plan);
        var found = Assert.Single(batch.Failing);
        Assert.Equal(kind, found.Violation!.Kind);
        Assert.Equal(checker, found.Violation.Checker);
        Assert.Equal((int)kind, batch.ExitCode);
        var before = SeedRun.Run(system, found.Seed, plan);
        var (small, after) = new Shrinker(system, found.Seed, plan, found.Violation, 400).Shrink();
        Assert.Equal(kind, after.Violation!.Kind);
        Assert.True(after.Faults.Count <= Math.Max(4, before.Faults.Count / 4),
            $"{before.Faults.Count} faults shrank to {after.Faults.Count} only");
        Assert.Equal(after.Hash, SeedRun.Run(system, found.Seed, small).Hash);
    }

    [Fact]
    public void Leaving_a_fault_out_leaves_the_others_as_they_were()
    {
        var system = new LedgerSystem();
        var all = SeedRun.Run(system, 3, new RunPlan());
        var scheduled = all.Faults.Where(f => f.Id.Node == 0).ToList();
        var kept = scheduled.Where((_, i) => i % 2 == 0).Select(f => f.Id);
        var half = SeedRun.Run(system, 3, new RunPlan { OnlyFaults = [.. kept] });
        Assert.NotEmpty(half.Faults);
        foreach (var fault in half.Faults)
            Assert.Contains(scheduled, f => f.Id == fault.Id && f.AtMicros == fault.AtMicros);
    }

    [Fact]
    public void Equal_ticks_happen_in_the_order_they_were_asked_for()
    {
        var swarm = Swarm.Draw(1);
        var world = new World(1, swarm, new LedgerScenario(null), new RunPlan());
        var order = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            var number = i;
            world.At(5, "test", () => order.Add(number));
        }

        Assert.True(world.RunUntil(10));
        Assert.Equal(Enumerable.Range(0, 100), order);
        Assert.Equal(10, world.NowMicros);
    }
}
