using System.Globalization;
using Outrider.Bench.Report;
using Outrider.Bench.Systems;

namespace Outrider.Bench;

/// <summary>One figure of the table: a system under one load, over all runs.</summary>
internal sealed record Cell(
    string System, string Net, string Durability, int Bytes, int Callers, IReadOnlyList<LoadResult> Runs,
    string? Failure)
{
    public double RecordsPerSecond => Median(Runs.Select(r => r.RecordsPerSecond));
    public double P50Ms => Median(Runs.Select(r => r.P50Ms));
    public double P99Ms => Median(Runs.Select(r => r.P99Ms));
    public double CpuMicrosPerRecord => Median(Runs.Select(r => r.CpuMicrosPerRecord));
    public double SwitchesPerRecord => Median(Runs.Select(r => r.SwitchesPerRecord));

    public double AllocatedBytesPerRecord => Median(Runs.Select(r => r.AllocatedBytesPerRecord));
    public double CollectionsPerMillion => Median(Runs.Select(r => r.CollectionsPerMillion));

    /// <summary>(largest - smallest) / median of the rates.</summary>
    public double Spread => Runs.Count == 0 || RecordsPerSecond == 0
        ? 0
        : (Runs.Max(r => r.RecordsPerSecond) - Runs.Min(r => r.RecordsPerSecond)) / RecordsPerSecond;

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}

/// <summary>The batch run: one stream, batches of many records, bytes checksummed and read back.</summary>
internal sealed record BatchRun(IReadOnlyList<LoadResult> Runs, int Callers, long VerifiedRecords, string? Wrong)
{
    public double RecordsPerSecond =>
        Runs.Count == 0 ? 0 : Runs.Select(r => r.RecordsPerSecond).Order().ElementAt(Runs.Count / 2);

    public double CpuMicrosPerRecord => Runs.Count == 0 ? 0 : Runs.Average(r => r.CpuMicrosPerRecord);
}

/// <summary>bench replication: our groups beside DotNext's Raft and etcd, in one session on one machine.</summary>
internal sealed class ReplicationBench(ReplicationOptions options, TextWriter stdout, TextWriter stderr)
{
    private const int BatchRecords = 640;
    private const int RecordBytes = 100;
    private const int BatchCallers = 16;
    private const double PauseSeconds = 0.5;
    private readonly List<Cell> _cells = [];
    private int _discarded;

    public async Task<int> RunAsync()
    {
        var machine = Machine.Look();
        var etcd = Tools.FindEtcd();
        if (etcd is null)
            await stderr.WriteLineAsync("etcd is not installed (apt-get install etcd-server): its rows are left out");
        foreach (var net in options.Nets)
            foreach (var durability in options.Durabilities)
                await MeasureAsync(net, durability, etcd);
        var isWhole = options.Nets.Contains("loopback") && options.Durabilities.Contains("memory");
        BatchRun? batches = null;
        if (isWhole && options.Batches && options.Systems.Contains("outrider")) batches = await MeasureBatchesAsync();
        var targets = ReplicationTargets.Judge(_cells, batches, options.WanRttMs);
        var report = new ReplicationReport(options, machine, Machine.Look(), _cells, batches, targets, _discarded);
        if (options.ResultsDirectory is { } directory)
        {
            Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Combine(directory, "replication.md"), report.Markdown());
            await File.WriteAllTextAsync(Path.Combine(directory, "replication.json"), report.Json() + "\n");
        }

        await stdout.WriteLineAsync(options.Json ? report.Json() : report.Markdown());
        return options.Targets && targets.Any(t => !t.IsMet) ? 1 : 0;
    }

    /// <summary>
    /// All systems are up at once and take turns run by run, so that whatever else the machine does meets all alike.
    /// </summary>
    private async Task MeasureAsync(string net, string durability, string? etcd)
    {
        // Whoever acknowledges from memory must not wait for a disk by another door.
        using var scratch = Scratch.Make(inMemory: durability == "memory");
        var clusters = new List<(string System, ICluster Cluster)>();
        try
        {
            foreach (var system in options.Systems.Where(s => s != "etcd" || etcd is not null))
            {
                var directory = Directory.CreateDirectory(Path.Combine(scratch.Path, system)).FullName;
                var oneWayMs = net == "wan" ? options.WanRttMs / 2 : 0;
                var setup = new ClusterSetup(system, durability == "fsync", oneWayMs, directory);
                if (await StartAsync(setup, net, durability, etcd!) is { } started) clusters.Add((system, started));
            }

            foreach (var bytes in options.Sizes) await MeasureAsync(net, durability, bytes, clusters);
        }
        finally
        {
            foreach (var (_, cluster) in clusters) await cluster.DisposeAsync();
        }
    }

    private async Task<ICluster?> StartAsync(ClusterSetup setup, string net, string durability, string etcd)
    {
        for (var attempt = 1; ; attempt++)
        {
            // Somebody may have taken a port meanwhile.
            var directory = Directory.CreateDirectory(Path.Combine(setup.Directory, $"try-{attempt}")).FullName;
            var fresh = setup with { Directory = directory };
            try
            {
                return setup.System == "etcd"
                    ? await EtcdCluster.StartAsync(fresh, etcd)
                    : await MemberCluster.StartAsync(fresh);
            }
            catch (BenchFailure e)
            {
                await stderr.WriteLineAsync($"{setup.System} {net} {durability}: {e.Message}");
                if (attempt < 3) continue;
                _cells.Add(new Cell(setup.System, net, durability + "-quorum", 0, options.Callers, [], e.Message));
                return null;
            }
        }
    }

    private async Task MeasureAsync(
        string net, string durability, int bytes, IReadOnlyList<(string System, ICluster Cluster)> clusters)
    {
        var runs = clusters.ToDictionary(c => c.System, _ => new List<LoadResult>());
        var failures = new Dictionary<string, string>();
        for (var run = 0; run < options.Runs; run++)
        {
            foreach (var (system, cluster) in clusters)
            {
                if (failures.ContainsKey(system)) continue;
                try
                {
                    var warmup = run == 0 ? options.WarmupSeconds : PauseSeconds;
                    runs[system].Add(await UndisturbedAsync(
                        system, () => cluster.RunAsync(options.Callers, bytes, 1, warmup, options.Seconds)));
                }
                catch (BenchFailure e)
                {
                    failures[system] = e.Message;
                }
            }
        }

        foreach (var (system, _) in clusters)
        {
            var failure = failures.GetValueOrDefault(system);
            var cell = new Cell(system, net, durability + "-quorum", bytes, options.Callers, runs[system], failure);
            _cells.Add(cell);
            await stderr.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{system,-9} {net,-9} {durability,-6} {bytes,5} B: {cell.RecordsPerSecond,9:0}/s  p50 "
                + $"{cell.P50Ms:0.00} ms  p99 {cell.P99Ms:0.00} ms  spread {cell.Spread:P0}  "
                + $"cpu {cell.CpuMicrosPerRecord:0.0} us  {cell.SwitchesPerRecord:0.00} switches/record  "
                + $"{cell.AllocatedBytesPerRecord:0} B allocated  {cell.CollectionsPerMillion:0} GCs/million "
                + $"{failure}"));
        }
    }

    /// <summary>On a busy machine a leader may be suspected in the midst of a run: it is run again.</summary>
    private async Task<LoadResult> UndisturbedAsync(string system, Func<Task<LoadResult>> run)
    {
        for (var attempt = 1; ; attempt++)
        {
            var result = await run();
            if (!result.IsDisturbed || attempt == 3) return result;
            _discarded++;
            await stderr.WriteLineAsync(
                $"{system}: a disturbed run is discarded: {result.Records} records, {result.Errors} errors");
        }
    }

    private async Task<BatchRun> MeasureBatchesAsync()
    {
        using var scratch = Scratch.Make(inMemory: false);
        try
        {
            var setup = new ClusterSetup("outrider", false, 0, scratch.Path);
            await using var cluster = await MemberCluster.StartAsync(setup);
            var runs = new List<LoadResult>();
            for (var run = 0; run < options.Runs; run++)
            {
                var warmup = run == 0 ? options.WarmupSeconds : PauseSeconds;
                runs.Add(await UndisturbedAsync("outrider", () => cluster.RunAsync(
                    BatchCallers, BatchRecords * RecordBytes, BatchRecords, warmup, options.Seconds)));
            }

            var (records, wrong) = await cluster.VerifyAsync();
            var result = new BatchRun(runs, BatchCallers, records, wrong);
            await stderr.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"outrider  loopback  memory-quorum batches of {BatchRecords}: {result.RecordsPerSecond:0}/s, cpu "
                + $"{result.CpuMicrosPerRecord:0.00} us/record, read back "
                + $"{records} records{(wrong is null ? "" : ", WRONG: " + wrong)}"));
            return result;
        }
        catch (BenchFailure e)
        {
            await stderr.WriteLineAsync($"batches: {e.Message}");
            return new BatchRun([], BatchCallers, 0, e.Message);
        }
    }
}
