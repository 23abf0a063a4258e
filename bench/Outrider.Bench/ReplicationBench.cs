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
    private static readonly int[] Sizes = [100, 4096];
    private static readonly bool[] Durabilities = [true, false];

    public async Task<int> RunAsync()
    {
        var machine = Machine.Look();
        var etcd = Tools.FindEtcd();
        if (etcd is null)
            await stderr.WriteLineAsync("etcd is not installed (apt-get install etcd-server): its rows are left out");
        var cells = new List<Cell>();
        BatchRun? batches = null;
        foreach (var net in options.Nets)
        {
            foreach (var durable in Durabilities)
                foreach (var system in options.Systems)
                    if (system != "etcd" || etcd is not null)
                        cells.AddRange(await MeasureAsync(system, net, durable, etcd));
            if (net == "loopback" && options.Systems.Contains("outrider")) batches = await MeasureBatchesAsync();
        }

        var targets = ReplicationTargets.Judge(cells, batches, options.WanRttMs);
        var report = new ReplicationReport(options, machine, Machine.Look(), cells, batches, targets);
        if (options.ResultsDirectory is { } directory)
        {
            Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Combine(directory, "replication.md"), report.Markdown());
            await File.WriteAllTextAsync(Path.Combine(directory, "replication.json"), report.Json() + "\n");
        }

        await stdout.WriteLineAsync(options.Json ? report.Json() : report.Markdown());
        return options.Targets && targets.Any(t => !t.IsMet) ? 1 : 0;
    }

    private async Task<List<Cell>> MeasureAsync(string system, string net, bool durable, string? etcd)
    {
        var durability = durable ? "fsync-quorum" : "memory-quorum";
        // The others have no acknowledgement from memory; on a memory file system all three stand on the same medium.
        using var scratch = Scratch.Make(inMemory: !durable);
        var setup = new ClusterSetup(system, durable, net == "wan" ? options.WanRttMs / 2 : 0, scratch.Path);
        var cells = new List<Cell>();
        try
        {
            await using ICluster cluster = system == "etcd"
                ? await EtcdCluster.StartAsync(setup, etcd!)
                : await MemberCluster.StartAsync(setup);
            foreach (var bytes in Sizes)
            {
                var runs = new List<LoadResult>();
                for (var run = 0; run < options.Runs; run++)
                {
                    runs.Add(await UndisturbedAsync(() => cluster.RunAsync(
                        options.Callers, bytes, 1, run == 0 ? options.WarmupSeconds : 0.5, options.Seconds)));
                }

                var cell = new Cell(system, net, durability, bytes, options.Callers, runs, null);
                await stderr.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{system,-9} {net,-9} {durability,-14} {bytes,5} B: {cell.RecordsPerSecond,9:0}/s  p50 "
                    + $"{cell.P50Ms:0.00} ms  p99 {cell.P99Ms:0.00} ms  spread {cell.Spread:P0}  "
                    + $"cpu {cell.CpuMicrosPerRecord:0.0} us/record"));
                cells.Add(cell);
            }
        }
        catch (BenchFailure e)
        {
            await stderr.WriteLineAsync($"{system} {net} {durability}: {e.Message}");
            cells.Add(new Cell(system, net, durability, 0, options.Callers, [], e.Message));
        }

        return cells;
    }

    /// <summary>On a busy machine a leader may be suspected in the midst of a run: it is run again.</summary>
    private async Task<LoadResult> UndisturbedAsync(Func<Task<LoadResult>> run)
    {
        LoadResult result;
        var attempt = 0;
        do
        {
            result = await run();
            if (result.IsDisturbed)
                await stderr.WriteLineAsync($"disturbed: {result.Records} records, {result.Errors} errors");
        }
        while (result.IsDisturbed && ++attempt < 3);

        return result;
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
                runs.Add(await UndisturbedAsync(() => cluster.RunAsync(
                    BatchCallers, BatchRecords * RecordBytes, BatchRecords, run == 0 ? options.WarmupSeconds : 0.5,
                    options.Seconds)));
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
