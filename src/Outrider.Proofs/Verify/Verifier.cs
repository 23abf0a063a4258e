using System.Collections.Concurrent;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Verify;

/// <summary>
/// Verifies a resolved program with some Dafny processes side by side. What the cache knows under the same key is not
/// run again, unless asked to or drawn for a sample.
/// </summary>
public sealed class Verifier(string directory, VerifyOptions options, TextWriter progress)
{
    /// <summary>Above this many open symbols one run over whole files is cheaper than one run for each.</summary>
    private const int SymbolRuns = 3;

    private readonly ConcurrentDictionary<(string File, string Symbol), Obligation> results = new();
    private readonly List<ProofError> errors = [];
    private readonly Lock guard = new();
    private string? failure;
    private int done;

    private sealed record Unit(IReadOnlyList<string> Files, string? Symbol);

    /// <summary>Files that are left out, because they were verified already.</summary>
    public IReadOnlySet<string> Done { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    public string CachePath { get; init; } = Path.Combine(directory, "verdict.json");

    /// <summary>Verifies all that the program declares.</summary>
    /// <exception cref="ToolMissingException">Dafny or Z3 is absent.</exception>
    public VerifyReport Run(ProgramText program)
    {
        var dafny = new DafnyProcess(directory, options);
        var cpuBefore = ProcessorTime.OfChildrenMs();
        var keys = new ProofKeys(program, dafny.Fingerprint);
        var declared = keys.All()
            .Select(d => (File: Relative(d.File), d.Symbol, d.Key)).Where(d => !Done.Contains(d.File)).ToList();
        var cache = ProofCache.Open(CachePath);
        var open = TakeCached(declared, cache);
        var units = Plan(open, declared.Select(d => (d.File, d.Symbol)).ToList());
        var total = declared.Count - results.Count;
        Parallel.ForEach(
            units, new ParallelOptions { MaxDegreeOfParallelism = options.Jobs },
            unit => RunUnit(dafny, unit, declared, keys.Lemmas, total));

        foreach (var d in declared.Where(d => !results.ContainsKey((d.File, d.Symbol))))
        {
            results[(d.File, d.Symbol)] = new Obligation(d.File, d.Symbol, ObligationOutcome.Crashed, 0, false);
        }

        Keep(declared, cache);
        var brittle = failure == null ? Stability(dafny, declared) : [];
        var ordered = declared.Select(d => results[(d.File, d.Symbol)]).ToArray();
        var cpuMs = ProcessorTime.OfChildrenMs() - cpuBefore;
        return new VerifyReport(ordered, errors, brittle, failure, cpuMs);
    }

    private string Relative(string file) => Path.GetRelativePath(Path.GetFullPath(directory), file);

    private List<(string File, string Symbol)> TakeCached(
        List<(string File, string Symbol, string Key)> declared, ProofCache cache)
    {
        var open = new List<(string File, string Symbol)>();
        var drawn = declared.Select(d => d.File).Distinct()
            .Where(_ => Random.Shared.Next(100) < options.SamplePercent).ToHashSet(StringComparer.Ordinal);
        foreach (var (file, symbol, key) in declared)
        {
            if (!options.FromScratch && !drawn.Contains(file) && cache.Find(file, symbol, key) is { } count)
            {
                results[(file, symbol)] = new Obligation(file, symbol, ObligationOutcome.Correct, count, true);
            }
            else
            {
                open.Add((file, symbol));
            }
        }

        return open;
    }

    /// <summary>A few symbols run one by one, side by side; more run as whole files in one process.</summary>
    private List<Unit> Plan(List<(string File, string Symbol)> open, List<(string File, string Symbol)> declared)
    {
        if (open.Count <= SymbolRuns)
        {
            return open.Select(o => new Unit([o.File], o.Symbol)).ToList();
        }

        // One process with as many solvers as there are jobs: reading the program again would cost seconds each time.
        var files = open.Select(o => o.File).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var d in declared.Where(d => files.Contains(d.File)))
        {
            // What is cached of a file is proved again with it.
            results.TryRemove(d, out _);
        }

        return [new Unit(files, null)];
    }

    private void RunUnit(
        DafnyProcess dafny, Unit unit, List<(string File, string Symbol, string Key)> declared,
        IReadOnlySet<string> lemmas, int total)
    {
        var filter = unit.Symbol == null ? null : unit.Symbol + ".";
        var result = dafny.Run(unit.Files, filter, 0, _ => Progress(total), unit.Symbol == null ? options.Jobs : 1);
        lock (guard)
        {
            errors.AddRange(result.Errors);
            failure ??= result.Failure;
        }

        if (result.Failure != null && result.Tasks.Count == 0)
        {
            return;
        }

        var covered = declared.Where(
            d => unit.Files.Contains(d.File) && (unit.Symbol == null || unit.Symbol == d.Symbol));
        foreach (var (file, symbol, _) in covered)
        {
            var tasks = result.Tasks.Where(t => t.Symbol == symbol).ToList();
            var worst = tasks.Select(t => t.Outcome).Append(ObligationOutcome.Correct).Max();
            var unfinished = (result.Failure != null || lemmas.Contains(symbol)) && tasks.Count == 0;
            results[(file, symbol)] = new Obligation(
                file, symbol, unfinished ? ObligationOutcome.Crashed : worst, tasks.Sum(t => t.ResourceCount), false);
        }
    }

    private void Progress(int total)
    {
        var at = Interlocked.Increment(ref done);
        if (at % 20 == 0)
        {
            lock (guard)
            {
                progress.WriteLine($"verify: {at} symbols done (about {total})");
            }
        }
    }

    private void Keep(List<(string File, string Symbol, string Key)> declared, ProofCache cache)
    {
        foreach (var (file, symbol, key) in declared)
        {
            var result = results[(file, symbol)];
            if (result.Outcome == ObligationOutcome.Correct)
            {
                cache.Keep(file, symbol, key, result.ResourceCount);
            }
            else
            {
                cache.Forget(file, symbol);
            }
        }

        try
        {
            cache.Save(declared.Select(d => (d.File, d.Symbol)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            progress.WriteLine($"verify: results are not kept, {CachePath} cannot be written ({e.Message})");
        }
    }

    private List<BrittleProof> Stability(
        DafnyProcess dafny, List<(string File, string Symbol, string Key)> declared)
    {
        var seen = new SortedDictionary<string, List<(ObligationOutcome Outcome, long Count)>>(StringComparer.Ordinal);
        var files = declared.Select(d => d.File).Distinct().ToArray();
        for (var seed = 1; seed <= options.Seeds; seed++)
        {
            progress.WriteLine($"verify: seed {seed} of {options.Seeds}");
            foreach (var group in dafny.Run(files, null, seed, _ => { }, options.Jobs).Tasks.GroupBy(t => t.Symbol))
            {
                if (!seen.TryGetValue(group.Key, out var list))
                {
                    seen[group.Key] = list = [];
                }

                list.Add((group.Max(t => t.Outcome), group.Sum(t => t.ResourceCount)));
            }
        }

        var brittle = new List<BrittleProof>();
        foreach (var (file, symbol, _) in declared)
        {
            if (seen.GetValueOrDefault(symbol) is not { } runs)
            {
                continue;
            }

            var least = runs.Min(r => r.Count);
            var most = runs.Max(r => r.Count);
            var fails = runs.Exists(r => r.Outcome != ObligationOutcome.Correct);
            // Tiny proofs double by noise; below this count the spread means nothing.
            if (fails || (most > 2 * least && most > 1_000_000))
            {
                brittle.Add(new BrittleProof(file, symbol, least, most, fails));
            }
        }

        return brittle;
    }
}
