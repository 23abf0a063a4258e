using System.Globalization;
using Outrider.Bench.Report;

namespace Outrider.Bench.Logs;

/// <summary>What is promised of the log's speed; a figure that was not taken counts as missed.</summary>
internal static class LogTargets
{
    public static IReadOnlyList<Target> Judge(
        Comparison c, LoadSample? steady, double sustained, IReadOnlyList<Table> tables)
    {
        var targets = new List<Target>();
        foreach (var orderingMs in (double[])[5, 20])
        {
            var near = orderingMs;
            AtLeast(3.5, c.Gain(orderingMs, 0, "eager-tick", x => x.Alone!.Delivery.P50Ms),
                $"ordering commit {orderingMs} ms: delivery p50, one sub-log, below eager-tick");
            AtLeast(2, c.Gain(orderingMs, 0, "eager-tick", x => x.Merged.Delivery.P50Ms),
                $"ordering commit {orderingMs} ms: delivery p50, merged, below eager-tick");
            AtLeast(1.6, c.Gain(orderingMs, near, "eager-tick", x => x.Merged.EndToEnd.P50Ms),
                $"ordering commit {orderingMs} ms, compute {near} ms: end-to-end p50 below eager-tick");
            AtLeast(1.25, c.Gain(orderingMs, near, "eager-event", x => x.Merged.EndToEnd.P50Ms),
                $"ordering commit {orderingMs} ms, compute {near} ms: end-to-end p50 below eager-event");
            AtLeast(1, c.Gain(orderingMs, near, "eager-tick", x => x.Merged.EndToEnd.P99Ms),
                $"ordering commit {orderingMs} ms, compute {near} ms: end-to-end p99 no worse than eager-tick");
            AtMost(1.1, 1 / c.Gain(orderingMs, 0, "eager-tick", x => x.Append.P50Ms),
                $"ordering commit {orderingMs} ms: append p50 against eager-tick");
        }

        var worst = PaperSuite.Computes.Select(ms =>
            c.Ratio(PaperSuite.ComparedMs, ms, "eager-event", x => x.Merged.EndToEnd.MeanMs).Low).Max();
        AtMost(1.05, worst, "never worse: the largest lower end of an interval of end-to-end ratios, 0 to 50 ms");
        Steady(steady, sustained);
        Idle();
        return targets;

        void Steady(LoadSample? s, double rate)
        {
            AtMost(0.4, s?.Merged.Delivery.P50Ms ?? double.NaN, "2,000/s, 1 ms: delivery p50, ms");
            AtMost(2, s?.Merged.Delivery.P99Ms ?? double.NaN, "2,000/s, 1 ms: delivery p99, ms");
            AtMost(2, s?.Merged.Confirm.P50Ms ?? double.NaN, "2,000/s, 1 ms: confirm p50, ms");
            AtMost(6, s?.Merged.Confirm.P99Ms ?? double.NaN, "2,000/s, 1 ms: confirm p99, ms");
            AtMost(0.6, s?.Cores ?? double.NaN, "2,000/s, 1 ms: cores of all servers");
            AtLeast(30_000, rate, "highest sustained rate of 4 KiB records a second");
        }

        void Idle()
        {
            var idle = tables.FirstOrDefault(t => t.Id == "k")?.Rows;
            AtMost(30, Cell(idle, 1, 3), "one idle sub-log among eight, peer, pinned at 1: merged delivery p99, ms "
                + "(half an interval of 50 ms and 5 ms of replication)");
            AtMost(
                0.02, Cell(idle, 3, 5), "one idle sub-log among eight, adaptive: its holes as a share of all slots");
            var quick = tables.FirstOrDefault(t => t.Id == "kv")?.Rows;
            AtMost(0.5 + Cell(quick, 1, 5), Cell(quick, 1, 3), "the same at 1 ms in virtual time: merged delivery p99, "
                + "ms (half an interval, and what replication takes at p99)");
            var failure = tables.FirstOrDefault(t => t.Id == "i")?.Rows;
            AtMost(0, Cell(failure, 1, 2), "one of two home replicas killed: records revoked");
            var dead = tables.FirstOrDefault(t => t.Id == "iv")?.Rows;
            AtMost(0, Cell(dead, 1, 2), "the same in virtual time: records revoked");
            AtLeast(1, Cell(dead, 2, 2), "the same as published, for comparison: records revoked");
        }

        static double Cell(List<IReadOnlyList<object>>? rows, int row, int column) =>
            rows is null ? double.NaN : Convert.ToDouble(rows[row][column], CultureInfo.InvariantCulture);

        void AtLeast(double bound, double figure, string promise) => targets.Add(new Target(
            $"{promise}: at least {Number(bound)}", Number(figure), figure >= bound));

        void AtMost(double bound, double figure, string promise) => targets.Add(new Target(
            $"{promise}: at most {Number(bound)}", Number(figure), figure <= bound));
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "not measured" : value.ToString("#,0.##", CultureInfo.InvariantCulture);
}
