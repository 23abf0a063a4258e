namespace Outrider.Simulation;

/// <summary>
/// Makes a failing seed small: leaves out kinds of trouble, classes of faults, single faults and client operations, as
/// long as the same check still fails. What remains is a plan that replays.
/// </summary>
public sealed class Shrinker(SimSystem system, ulong seed, RunPlan plan, Violation wanted, int runsMax)
{
    private RunPlan _best = plan;
    private SeedResult? _bestResult;

    public int Runs { get; private set; }

    /// <summary>The smallest plan found, with its run.</summary>
    public (RunPlan Plan, SeedResult Result) Shrink()
    {
        var first = Try(_best) ?? throw new InvalidOperationException("the seed does not fail any more");
        _bestResult = first;
        // Faults become a list by identity first, so that everything after can leave some out.
        Keep(With(_best, faults: [.. first.Faults.Select(f => f.Id)]));
        Keep(With(_best, operations: [.. first.Operations]));
        CutTime();
        DropTroubles();
        DropFaultClasses();
        for (var round = 0; round < 2; round++)
        {
            Minimize(_best.OnlyFaults?.ToList() ?? [], kept => With(_best, faults: [.. kept]));
            Minimize(_best.OnlyOperations?.ToList() ?? [], kept => With(_best, operations: [.. kept]));
        }

        DropTroubles();
        return (_best, _bestResult);
    }

    /// <summary>Ends the run as early as it still fails; a run that must come back to work cannot be cut.</summary>
    private void CutTime()
    {
        if (wanted.Kind == ViolationKind.Liveness) return;
        long low = 0, high = _bestResult!.SimulatedMicros;
        while (high - low > 500_000 && Runs < runsMax)
        {
            var middle = (low + high) / 2;
            if (Keep(With(_best, untilMicros: middle))) high = middle;
            else low = middle;
        }
    }

    private void DropTroubles()
    {
        // Faults that have an identity are left out by it; a class taken away would shift the schedule of the others.
        foreach (var trouble in Swarm.Troubles.Where(t => t is not ("rot" or "wipe")))
            if (!_best.Without.Contains(trouble)) Keep(With(_best, without: [.. _best.Without, trouble]));
    }

    private void DropFaultClasses()
    {
        if (_best.OnlyFaults is null) return;
        foreach (var kind in _best.OnlyFaults.Select(f => f.Class).Distinct().ToList())
            Keep(With(_best, faults: [.. _best.OnlyFaults!.Where(f => f.Class != kind)]));
    }

    /// <summary>Delta debugging (Zeller): drops ever smaller pieces of a list.</summary>
    private void Minimize<T>(List<T> items, Func<IReadOnlyList<T>, RunPlan> planOf)
    {
        for (var piece = Math.Max(1, items.Count / 2); items.Count > 0; piece /= 2)
        {
            for (var at = 0; at < items.Count;)
            {
                var kept = items.ToList();
                kept.RemoveRange(at, Math.Min(piece, items.Count - at));
                if (Keep(planOf(kept))) items = kept;
                else at += piece;
                if (Runs >= runsMax) return;
            }

            if (piece <= 1) return;
        }
    }

    private bool Keep(RunPlan candidate)
    {
        if (Runs >= runsMax || Try(candidate) is not { } result) return false;
        _best = candidate;
        _bestResult = result;
        return true;
    }

    private SeedResult? Try(RunPlan candidate)
    {
        Runs++;
        var result = SeedRun.Run(system, seed, candidate);
        return result.Violation is { } found && found.Kind == wanted.Kind && found.Checker == wanted.Checker
            ? result
            : null;
    }

    private static RunPlan With(
        RunPlan from,
        SortedSet<FaultId>? faults = null,
        SortedSet<(int Client, int Number)>? operations = null,
        SortedSet<string>? without = null,
        long? untilMicros = null) => new()
        {
            Bug = from.Bug,
            Workload = from.Workload,
            Nodes = from.Nodes,
            OnlyFaults = faults ?? from.OnlyFaults,
            OnlyOperations = operations ?? from.OnlyOperations,
            Without = without ?? from.Without,
            UntilMicros = untilMicros ?? from.UntilMicros,
        };
}
