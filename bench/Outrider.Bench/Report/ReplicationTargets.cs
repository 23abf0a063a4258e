using System.Globalization;

namespace Outrider.Bench.Report;

/// <summary>A promise about speed, the figure, and whether it is kept.</summary>
internal sealed record Target(string Promise, string Figure, bool IsMet);

/// <summary>The targets of replication; one whose figures were not taken counts as missed.</summary>
internal static class ReplicationTargets
{
    public static IReadOnlyList<Target> Judge(IReadOnlyList<Cell> cells, BatchRun? batches, double rttMs)
    {
        var targets = new List<Target>();
        foreach (var durability in (string[])["fsync-quorum", "memory-quorum"])
        {
            var ours = Find("outrider", "loopback", durability);
            var theirs = Find("dotnext", "loopback", durability);
            var ratio = Ratio(ours, theirs);
            targets.Add(new Target(
                $"loopback, {durability}, 64 callers of 100 B: at least 3.0 x DotNext's records/s",
                $"{Times(ratio)}{Cost(ours, theirs)}", ratio >= 3));
            var far = Find("outrider", "wan", durability);
            var farTheirs = Find("dotnext", "wan", durability);
            var rtts = far is null ? double.NaN : far.P50Ms / rttMs;
            targets.Add(new Target(
                $"{rttMs:0} ms RTT, {durability}, 64 callers of 100 B: commit p50 at most 1.2 RTT",
                $"{Number(rtts)} RTT (DotNext {Number(farTheirs is null ? double.NaN : farTheirs.P50Ms / rttMs)})",
                rtts <= 1.2));
            var farRatio = Ratio(far, farTheirs);
            targets.Add(new Target(
                $"{rttMs:0} ms RTT, {durability}, 64 callers of 100 B: at least 1.6 x DotNext's records/s",
                Times(farRatio), farRatio >= 1.6));
        }

        var rate = batches?.RecordsPerSecond ?? 0;
        var verified = batches is { Wrong: null, VerifiedRecords: > 0 };
        targets.Add(new Target(
            "one stream, memory-quorum, batches of at most 64 KiB: at least 500,000 x 100 B records/s, read back",
            $"{rate.ToString("N0", CultureInfo.InvariantCulture)}/s, {batches?.VerifiedRecords ?? 0} records read back"
            + (batches?.Wrong is { } wrong ? $", {wrong}" : ""),
            rate >= 500_000 && verified));
        return targets;

        Cell? Find(string system, string net, string durability) => cells.FirstOrDefault(c =>
            c.System == system && c.Net == net && c.Durability == durability && c.Bytes == 100 && c.Runs.Count > 0);
    }

    private static double Ratio(Cell? ours, Cell? theirs) =>
        ours is null || theirs is null || theirs.RecordsPerSecond == 0
            ? double.NaN
            : ours.RecordsPerSecond / theirs.RecordsPerSecond;

    private static string Cost(Cell? ours, Cell? theirs) => ours is null || theirs is null
        ? ""
        : string.Create(
            CultureInfo.InvariantCulture,
            $" ({ours.CpuMicrosPerRecord:0.0} us of processor a record, DotNext {theirs.CpuMicrosPerRecord:0.0})");

    private static string Times(double ratio) => $"{Number(ratio)} x";

    private static string Number(double value) =>
        double.IsNaN(value) ? "not measured" : value.ToString("0.00", CultureInfo.InvariantCulture);
}
