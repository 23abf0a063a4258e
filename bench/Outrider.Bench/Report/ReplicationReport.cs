using System.Globalization;
using System.Text;
using System.Text.Json;
using Outrider.Bench.Member;

namespace Outrider.Bench.Report;

/// <summary>The results for people (Markdown) and for programs (JSON).</summary>
internal sealed class ReplicationReport(
    ReplicationOptions options, Machine before, Machine after, IReadOnlyList<Cell> cells, BatchRun? batches,
    IReadOnlyList<Target> targets, int discarded)
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web);

    private static readonly string[] Notes =
    [
        "Closed loop: each caller has one append under way. Three members in three processes, no TLS, for every "
        + "system; the systems take turns run by run, those that wait are idle.",
        "Callers of Outrider and DotNext are in the leader's process; those of etcd are in the benchmark's, over gRPC.",
        "Every link between members, of every system, goes through the same user-space proxy; for a distance it holds "
        + "every byte back in each direction. No loss, no congestion, no limit of bandwidth is emulated.",
        "Outrider: " + OutriderMember.Settings,
        "DotNext: " + DotNextMember.Settings,
        "etcd: heartbeat 100 ms, election timeout 1500 ms, everything else as it comes; it always syncs.",
        "fsync-quorum: Outrider acknowledges when a majority has synced; DotNext flushes on commit; "
        + "etcd syncs.",
        "memory-quorum: Outrider acknowledges from the memory of a majority and syncs behind it; the "
        + "others have no such mode. The data of all lie on a file system in memory, where a flush costs no wait, so "
        + "that the comparison is one of processor time. The batch run uses the disk.",
        "Not equal, in Outrider's favour: its callers hand over a record without encoding it for a wire, as DotNext's "
        + "do, but etcd's do not. Not equal, in DotNext's favour: it detects no duplicates and computes no checksum, "
        + "and nothing is read back from it.",
        "cpu us/record: processor time of all three members for one record, callers included (etcd's are not). "
        + "switches/record: how often a thread of a member gave up its processor, for one record.",
        "Each cell is the median of its runs; the spread is (largest - smallest) / median of the rates. A run with "
        + "more than 1 % errors (a leader was suspected on a busy machine) is discarded and run again.",
    ];

    public string Markdown()
    {
        var text = new StringBuilder("# Replication\n\n");
        text.Append(Inv($"{before.Processors} x {before.Processor}; {before.System}; {before.Runtime}.  \n"));
        text.Append(Inv($"Load average before {before.LoadAverage}, after {after.LoadAverage}. "));
        text.Append(Inv($"{options.Runs} runs of {options.Seconds} s after {options.WarmupSeconds} s of warm-up; "));
        text.Append(Inv($"{discarded} discarded.\n\n"));
        text.Append("| net | durability | bytes | system | records/s | p50 ms | p99 ms | spread | "
            + "cpu us/record | switches/record |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var c in cells.OrderBy(c => c.Net, StringComparer.Ordinal)
            .ThenBy(c => c.Durability, StringComparer.Ordinal).ThenBy(c => c.Bytes))
        {
            text.Append(c.Failure is { } failure
                ? Inv($"| {c.Net} | {c.Durability} | | {c.System} | failed: {failure} | | | | | |\n")
                : Inv($"| {Net(c.Net)} | {c.Durability} | {c.Bytes} | {c.System} | {c.RecordsPerSecond:N0} | ")
                    + Inv($"{c.P50Ms:0.00} | {c.P99Ms:0.00} | {c.Spread:P0} | {c.CpuMicrosPerRecord:0.0} | ")
                    + Inv($"{c.SwitchesPerRecord:0.00} |\n"));
        }

        if (batches is not null)
        {
            text.Append(Inv($"\nOne stream, memory-quorum, loopback, {batches.Callers} callers "));
            text.Append("with batches of 640 x 100 B: ");
            text.Append(Inv($"**{batches.RecordsPerSecond:N0} records/s**; "));
            text.Append(Inv($"{batches.VerifiedRecords:N0} records read back "));
            text.Append(batches.Wrong is { } wrong ? $"(WRONG: {wrong}).\n" : "with equal checksums.\n");
        }

        text.Append("\n| target | figure | |\n|---|---|---|\n");
        foreach (var t in targets) text.Append(Inv($"| {t.Promise} | {t.Figure} | {(t.IsMet ? "met" : "missed")} |\n"));
        text.Append('\n');
        foreach (var note in Notes) text.Append("- ").Append(note).Append('\n');
        return text.ToString();
    }

    public string Json() => JsonSerializer.Serialize(
        new
        {
            Benchmark = "replication",
            Machine = before,
            LoadAverageAfter = after.LoadAverage,
            Settings = new
            {
                options.Runs,
                options.Seconds,
                options.WarmupSeconds,
                options.Callers,
                options.WanRttMs,
                Members = 3,
                Discarded = discarded,
                Notes,
            },
            Cells = cells.Select(c => new
            {
                c.System,
                c.Net,
                c.Durability,
                c.Bytes,
                c.Callers,
                c.RecordsPerSecond,
                c.P50Ms,
                c.P99Ms,
                c.Spread,
                c.CpuMicrosPerRecord,
                c.SwitchesPerRecord,
                c.Failure,
                c.Runs,
            }),
            Batches = batches is null
                ? null
                : new
                {
                    batches.Callers,
                    batches.RecordsPerSecond,
                    batches.VerifiedRecords,
                    batches.Wrong,
                    batches.Runs,
                },
            Targets = targets,
        },
        Camel);

    private string Net(string net) => net == "wan" ? Inv($"{options.WanRttMs:0} ms RTT") : net;

    private static string Inv(FormattableString text) => FormattableString.Invariant(text);
}
