using System.Diagnostics;

namespace Outrider.Simulation;

/// <summary>Runs seeds side by side, one world a thread, and adds up what they came to.</summary>
public sealed class SeedBatch
{
    private readonly object _gate = new();
    private readonly List<SeedSummary> _seeds = [];
    private readonly SortedDictionary<string, long> _facts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _marks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _faults = new(StringComparer.Ordinal);
    private ulong _next;

    /// <summary>What is kept of a seed once it is over.</summary>
    public sealed record SeedSummary(
        ulong Seed, ulong Hash, Violation? Violation, int Faults, long Acknowledged, long TermChanges,
        long SimulatedMicros, long Events);

    /// <summary>Ascending by seed.</summary>
    public IReadOnlyList<SeedSummary> Seeds => _seeds;
    public IReadOnlyDictionary<string, long> Facts => _facts;
    public IReadOnlyDictionary<string, long> Marks => _marks;
    public IReadOnlyDictionary<string, long> FaultsByClass => _faults;
    public IEnumerable<SeedSummary> Failing => _seeds.Where(s => s.Violation is not null);
    public double WallSeconds { get; private set; }

    /// <summary>Processor time of the threads that ran worlds, in seconds: what "per core" is measured by.</summary>
    public double CoreSeconds { get; private set; }
    public int Jobs { get; private set; }

    /// <param name="stopAtFirst">Later seeds are not begun once one fails.</param>
    public static SeedBatch Run(
        SimSystem system, ulong first, ulong last, int jobs, TimeSpan? limit, bool stopAtFirst,
        Func<ulong, RunPlan> planOf, Action<SeedResult>? each = null)
    {
        var batch = new SeedBatch { _next = first, Jobs = jobs };
        var watch = Stopwatch.StartNew();
        var failed = false;
        Exception? bug = null;
        var threads = new List<Thread>();
        for (var i = 0; i < jobs; i++)
        {
            // A generous stack: a wrong machine may recurse deeply before its own limits stop it.
            var thread = new Thread(Work, 16 << 20) { IsBackground = true };
            threads.Add(thread);
            thread.Start();
        }

        foreach (var thread in threads) thread.Join();
        if (bug is not null) throw new InvalidOperationException("the simulator itself failed", bug);
        batch.WallSeconds = watch.Elapsed.TotalSeconds;
        batch._seeds.Sort((a, b) => a.Seed.CompareTo(b.Seed));
        return batch;

        void Work()
        {
            try
            {
                while (batch.TryNext(last, ref failed, stopAtFirst, watch, limit) is { } seed)
                {
                    var result = SeedRun.Run(system, seed, planOf(seed));
                    batch.Add(result);
                    if (result.Violation is not null) Volatile.Write(ref failed, true);
                    each?.Invoke(result);
                }
            }
            catch (Exception problem)
            {
                Volatile.Write(ref failed, true);
                Interlocked.CompareExchange(ref bug, problem, null);
            }
        }
    }

    public int ExitCode => Failing.Select(s => (int)s.Violation!.Kind).DefaultIfEmpty(0).Max();

    public long MedianTermChanges
    {
        get
        {
            var sorted = _seeds.Select(s => s.TermChanges).Order().ToList();
            return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
        }
    }

    private ulong? TryNext(ulong last, ref bool failed, bool stopAtFirst, Stopwatch watch, TimeSpan? limit)
    {
        lock (_gate)
        {
            if (_next > last || (limit is { } time && watch.Elapsed > time)) return null;
            if (stopAtFirst && Volatile.Read(ref failed)) return null;
            return _next++;
        }
    }

    private void Add(SeedResult result)
    {
        lock (_gate)
        {
            _seeds.Add(new SeedSummary(
                result.Seed, result.Hash, result.Violation, result.Faults.Count, result.AcknowledgedOperations,
                result.TermChanges, result.SimulatedMicros, result.Events));
            CoreSeconds += result.WallMicros / 1e6;
            foreach (var report in result.Checkers) AddTo(_facts, report.Checker, report.Facts);
            foreach (var (mark, count) in result.Marks) AddTo(_marks, mark, count);
            foreach (var fault in result.Faults) AddTo(_faults, fault.Id.Class.ToString(), 1);
        }
    }

    private static void AddTo(SortedDictionary<string, long> sums, string key, long count) =>
        sums[key] = sums.GetValueOrDefault(key) + count;
}
