using System.Globalization;
using Outrider.Bench.Report;

namespace Outrider.Bench.Peers;

/// <summary>What is promised beside other servers; a figure that was not taken counts as missed.</summary>
internal static class PeerTargets
{
    public static IReadOnlyList<Target> Judge(
        IReadOnlyList<FullCell> full, IReadOnlyList<PacedCell> paced, IReadOnlyList<string> peers)
    {
        var targets = new List<Target>();
        if (peers.Contains("redis"))
        {
            Rate("outrider-1", "redis", "fsync", 4096, 1, 1);
            Rate("outrider-1", "redis", "fsync", 100, 16, 0.5);
            Rate("outrider-2", "redis", "fsync", 4096, 1, 0.3);
            Rate("outrider-2", "redis", "fsync", 100, 16, 0.3);
        }

        if (peers.Contains("etcd")) Rate("outrider-1", "etcd", "fsync", 4096, 1, 2);
        if (!peers.Contains("nats")) return targets;
        Rate("outrider-2", "nats", "memory", 4096, 16, 0.5);
        var (ours, theirs) = (Paced("outrider-2"), Paced("nats"));
        Delivery("p50", ours?.DeliveryP50Ms, theirs?.DeliveryP50Ms, 4);
        Delivery("p99", ours?.DeliveryP99Ms, theirs?.DeliveryP99Ms, 1);
        return targets;

        PacedCell? Paced(string system) => paced.FirstOrDefault(c => c.System == system && c.Class == "memory");

        void Rate(string system, string peer, string kind, int bytes, int pipelined, double least)
        {
            var (us, them) = (Find(system), Find(peer));
            var ratio = us is null || them is null ? double.NaN : us.RecordsPerSecond / them.RecordsPerSecond;
            targets.Add(new Target(
                Inv($"{kind}, {bytes} B, pipelined {pipelined}: {system} at least {least} x {peer}'s records/s"),
                Inv($"{ratio:0.00} x"), ratio >= least));

            FullCell? Find(string name) => full.FirstOrDefault(c =>
                c.System == name && c.Class == kind && c.Bytes == bytes && c.Pipelined == pipelined);
        }

        void Delivery(string quantile, double? us, double? them, double most)
        {
            var ratio = us / them ?? double.NaN;
            targets.Add(new Target(
                Inv($"memory, open loop: outrider-2's delivery {quantile} at most {most} x that of nats"),
                Inv($"{ratio:0.00} x"), ratio <= most));
        }
    }

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
