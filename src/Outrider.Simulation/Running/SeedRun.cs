using System.Diagnostics;
using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// One seed from birth to judgement. Safety: for a simulated minute anything may fail. Liveness: a core is drawn and
/// healed, the rest is dead for good, and the core must come back to work in bounded time. Then the history is judged.
/// </summary>
public static class SeedRun
{
    public const long SafetyMicros = 60_000_000;
    public const int FaultsMin = 50;
    public const int OperationsMin = 500;
    private const long SafetyMicrosMax = 240_000_000;
    private const long LivenessMicrosMax = 60_000_000;
    private const long CalmMicros = 1_000_000;
    private const long LookEveryMicros = 100_000;
    private const long RecordedMicros = 500_000;

    public static SeedResult Run(SimSystem system, ulong seed, RunPlan plan)
    {
        var watch = Stopwatch.StartNew();
        var swarm = Swarm.Draw(seed);
        foreach (var trouble in plan.Without) Check.That(swarm.Remove(trouble));
        var scenario = system.Create(seed, swarm, plan);
        var world = new World(seed, swarm, scenario, plan);
        scenario.SetUp(world);
        foreach (var node in world.Nodes.ToList()) Check.That(node.Start());
        scenario.StartClients(world);
        if (Harm(world) && plan.UntilMicros is null) HealAndWait(world);
        if (plan.ModelTraces is { } folder) world.Recorder?.Save(folder, seed);
        var reports = scenario.Judge(world);
        // A checker looks back over the whole run; an assertion stops it earlier and speaks first.
        foreach (var report in reports)
            if (report.Problem is { } problem) world.Fail(ViolationKind.Safety, report.Checker, problem);
        if (world.Violation is null && plan is { OnlyFaults: null, OnlyOperations: null, UntilMicros: null })
            JudgeEffort(world, reports);
        return new SeedResult(
            seed, world.Violation, world.Hash.Value, world.Hash, world.NowMicros, world.EventsHandled,
            (long)watch.Elapsed.TotalMicroseconds, world.Nemesis.Faults, scenario.AcknowledgedOperations,
            scenario.TermChanges, reports, world.Probe.Marks, world.Nodes.Count, scenario.Operations);
    }

    private static bool Harm(World world)
    {
        var until = SafetyMicros;
        var next = 0;
        world.Nemesis.Schedule(1_000_000, until, next, out next);
        if (world.Plan.UntilMicros is { } cut) return RunTo(world, cut);
        if (!world.RunUntil(until)) return false;
        if (world.Plan.OnlyFaults is not null) return true;
        // A calm seed goes on until it has had its share of trouble.
        while (world.Nemesis.Faults.Count < FaultsMin && until < SafetyMicrosMax)
        {
            world.Nemesis.Schedule(until, until + 10_000_000, next, out next);
            until += 10_000_000;
            if (!world.RunUntil(until)) return false;
        }

        return true;
    }

    /// <summary>What happens after its traces are full tells a recorder nothing.</summary>
    private static bool RunTo(World world, long untilMicros)
    {
        while (world.Recorder is { IsFull: false } && world.NowMicros + RecordedMicros < untilMicros)
            if (!world.RunUntil(world.NowMicros + RecordedMicros)) return false;

        return world.Recorder is { IsFull: true } || world.RunUntil(untilMicros);
    }

    private static void HealAndWait(World world)
    {
        var core = world.Scenario.DrawCore(world, world.Fork("core"));
        var mustRecover = core.Count > 0;
        if (!mustRecover)
        {
            // More may be lost for good than is promised to be survived: all that is left is healed, and may fail.
            world.Probe.Mark("seed may be beyond repair");
            core = [.. world.Nodes.Where(n => n.State != NodeState.Gone).Select(n => n.Id)];
        }

        world.Trace($"HEAL core {string.Join(' ', core)}");
        world.Nemesis.Heal(core);
        world.Scenario.Healed(world);
        var start = world.NowMicros;
        var calmSince = -1L;
        while (true)
        {
            if (!world.RunUntil(world.NowMicros + LookEveryMicros)) return;
            var missing = world.Scenario.Unsettled(world);
            if (missing is not null) calmSince = -1;
            else if (calmSince < 0) calmSince = world.NowMicros;
            var enough = world.Scenario.AcknowledgedOperations >= OperationsMin ||
                world.Plan.OnlyOperations is not null;
            if (calmSince >= 0 && world.NowMicros - calmSince >= CalmMicros && enough)
            {
                Drain(world);
                return;
            }

            if (world.NowMicros - start < LivenessMicrosMax) continue;
            if (mustRecover) world.Fail(ViolationKind.Liveness, "recovery",
                missing ?? $"only {world.Scenario.AcknowledgedOperations} operations were acknowledged");
            return;
        }
    }

    private static void Drain(World world)
    {
        world.Scenario.Quiesce(world);
        var until = world.NowMicros + LivenessMicrosMax;
        while (world.Scenario.Undrained(world) is { } left)
        {
            if (!world.RunUntil(world.NowMicros + LookEveryMicros)) return;
            if (world.NowMicros >= until) world.Fail(ViolationKind.Liveness, "drain", left);
        }

        world.IsComplete = true;
    }

    private static void JudgeEffort(World world, IReadOnlyList<CheckerReport> reports)
    {
        // A green run that checked nothing must not look green.
        foreach (var report in reports)
            if (report.Facts == 0 && world.Scenario.MustJudge(report.Checker))
                world.Fail(ViolationKind.Assert, "vacuous", $"checker '{report.Checker}' judged no fact");
    }
}
