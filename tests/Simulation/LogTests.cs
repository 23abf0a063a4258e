using Outrider.Simulation;

namespace Outrider.Tests.Simulation;

public sealed class LogTests
{
    private static readonly LogSystem System = new();

    /// <summary>Seeds that once failed, each with its story; all promises must hold in them for ever.</summary>
    [Theory]
    [InlineData(72)] // One of two designed copies died; the other restarted and was never admitted again, alone.
    [InlineData(8)]  // Of three ordering members one was dead and one had rot: more than is promised was asked for.
    [InlineData(44)] // The same, with rot in a copy that its sub-log had gone on with alone.
    [InlineData(20)] // Nobody answered a failure in time: it kept half a batch, which was confirmed, and placed again.
    [InlineData(62)] // The asking node had read of a failure that the new owner had not: one batch stood twice.
    [InlineData(3)]  // Clients that never pause: some follower was always a moment behind, so calm never came.
    [InlineData(97)] // Three copies, one left out and back, another dead: too few to drop it, so nothing was reported.
    [InlineData(53)] // The word that the last entries were on disk was lost, and as nothing more came, never asked for.
    [InlineData(70)] // Reading what a consumer had been given took longer than its lease: nobody ever had anything.
    [InlineData(271)] // One feed of the order was lost while entries were committed all the time: never sent again.
    [InlineData(647)] // Everybody was down when the harm ended, so the only copy of what was kept was buried.
    [InlineData(1317)] // A trim passed a page of a key that was being read: what was left looked like the last.
    public void Once_failing_seeds_hold(ulong seed)
    {
        var result = SeedRun.Run(System, seed, new RunPlan());
        Assert.True(result.Violation is null, $"seed {seed}: {result.Violation}");
    }

    /// <summary>The same of directed workloads.</summary>
    [Theory]
    [InlineData("one-victim", 91)] // One copy returned while the other was dead: asked for again and again, in vain.
    public void Once_failing_seeds_of_directed_workloads_hold(string workload, ulong seed)
    {
        var result = SeedRun.Run(System, seed, new RunPlan { Workload = workload });
        Assert.True(result.Violation is null, $"{workload}, seed {seed}: {result.Violation}");
    }
}
