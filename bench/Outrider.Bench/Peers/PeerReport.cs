using System.Text;
using Outrider.Bench.Logs;
using Outrider.Bench.Report;

namespace Outrider.Bench.Peers;

/// <summary>The figures for people and for programs.</summary>
internal sealed class PeerReport(
    LogBenchOptions options, Machine before, Machine after, int rounds, IReadOnlyList<FullCell> full,
    IReadOnlyList<PacedCell> paced, IReadOnlyList<Target> targets)
{
    private static readonly string[] Notes =
    [
        "All servers of a class are up at once on one machine and take turns; each cell is the median of its rounds.",
        "outrider-1 and outrider-2 are one process each with one and two nodes, and agree on an order besides; "
        + "the others keep one copy in one process. redis has one stream, outrider a key for each sub-log.",
        "Full load: each connection sends a bundle and waits for its answers. The same plain sockets for RESP and "
        + "NATS; etcd speaks gRPC, whose client costs more.",
        "Open loop: records leave on time whatever becomes of earlier ones; delivery is to one reader at the tail "
        + "(outrider: speculative; redis: XREAD BLOCK; nats: a push consumer without acknowledgements; etcd: a "
        + "watch).",
        "memory: data on a file system in memory and no sync before the acknowledgement. fsync: on the disk, synced "
        + "before it. Debian's nats-server cannot sync before it acknowledges, etcd cannot leave it.",
    ];

    public string Markdown()
    {
        var text = new StringBuilder("# The log beside other servers\n\n");
        text.Append($"{before.Processors} x {before.Processor}; {before.System}; {before.Runtime}.  \n")
            .Append($"Load average before {before.LoadAverage}, after {after.LoadAverage}. ")
            .Append($"{rounds} interleaved rounds of {options.Seconds} s.\n");
        text.Append(Full().Markdown()).Append(Paced().Markdown());
        text.Append("\n## Targets\n\n| target | figure | |\n|---|---|---|\n");
        foreach (var t in targets) text.Append($"| {t.Promise} | {t.Figure} | {(t.IsMet ? "met" : "missed")} |\n");
        text.Append('\n');
        foreach (var note in Notes) text.Append($"- {note}\n");
        return text.ToString();
    }

    public object Data() => new
    {
        Benchmark = "log-peers",
        Machine = before,
        LoadAverageAfter = after.LoadAverage,
        Settings = new { Rounds = rounds, options.Seconds },
        Tables = new[] { Full(), Paced() }.Select(t => new { t.Id, t.Title, t.Note, t.Columns, t.Rows }),
        Targets = targets,
        Notes,
    };

    private Table Full()
    {
        var table = new Table(
            "full", "Full load", "50 connections.",
            ["class", "bytes", "pipelined", "system", "what is acknowledged", "records/s", "p50 ms", "p99 ms",
             "spread %", "cpu us/record", "errors"]);
        foreach (var c in full)
            table.Add(c.Class, c.Bytes, c.Pipelined, c.System, c.Copies, c.RecordsPerSecond, c.P50Ms, c.P99Ms,
                Math.Round(c.Spread * 100), c.CpuMicrosPerRecord, c.Errors);
        return table;
    }

    private Table Paced()
    {
        var table = new Table(
            "paced", "Open loop", "2,000 records/s of 4,096 B over 10 connections; milliseconds from the send on.",
            ["class", "system", "append p50", "p99", "delivery p50", "p99", "server cores", "missing"]);
        foreach (var c in paced)
            table.Add(c.Class, c.System, c.AppendP50Ms, c.AppendP99Ms, c.DeliveryP50Ms, c.DeliveryP99Ms, c.Cores,
                c.Missing);
        return table;
    }
}
