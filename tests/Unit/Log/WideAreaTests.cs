using System.Globalization;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>How early is early: speculation against confirmation over 80, 150 and 220 ms, in virtual time.</summary>
public sealed class WideAreaTests
{
    private const int WarmSeconds = 3;
    private const int Seconds = 8;
    private const long PerSecond = 200;
    private static readonly string[] Regions = ["us", "eu", "asia"];
    private static readonly double[][] RttMs = [[0, 80, 150], [80, 0, 220], [150, 220, 0]];

    [Fact]
    public void Speculation_runs_well_ahead_of_confirmation()
    {
        var (speculative, confirmed) = Measure(RunAhead.RowsFor(Layout(), Options));
        // From us: asia and back is 150 ms, and asia's own row stands before every record.
        Assert.InRange(Share(speculative, 0.5), 75, 200);
        Assert.InRange(Share(confirmed, 0.5), 300, 520);
        Assert.True(Share(speculative, 0.99) < Share(confirmed, 0.5));
    }

    /// <summary>
    /// Its shard has one home copy left, and a distant one: what both hold is as safe as what two homes hold.
    /// </summary>
    [Theory]
    [InlineData("eu-1")]
    [InlineData("asia-2")]
    public void Speculation_stays_ahead_after_a_node_has_died(string victim)
    {
        var (speculative, confirmed) = Measure(RunAhead.RowsFor(Layout(), Options), victim);
        Assert.InRange(Share(speculative, 0.5), 75, 350);
        Assert.True(Share(speculative, 0.5) < Share(confirmed, 0.5) - 100);
    }

    [Fact]
    public void The_bound_covers_the_longest_way_of_a_row()
    {
        // asia to its copy in us and back 150, to a leader in eu and back 220, that leader's quorum 80, slack 100.
        Assert.Equal((550 / 5) + 4, RunAhead.RowsFor(Layout(), Options));
        var near = Layout() with { RttMs = [[0, 0, 0], [0, 0, 0], [0, 0, 0]] };
        Assert.Equal(Options.RunAheadRows, RunAhead.RowsFor(near, Options));
    }

    private static LogOptions Options { get; } = LogOptions.Default with
    {
        Shards = 3,
        Replicas = 2,
        IntervalMicros = 5_000,
        RowsPerWindow = 200,
    };

    private static Layout Layout()
    {
        var nodes = Regions.SelectMany((region, r) => new[] { 1, 2 }.Select(
            n => new NodeInfo(new((2 * r) + n), $"{region}-{n}", new(r))));
        return new(1, Regions, [.. nodes], RttMs);
    }

    private static (List<double> Speculative, List<double> Confirmed) Measure(
        int aheadRows, string? victim = null)
    {
        var cluster = new LogCluster(Layout(), Options with { RunAheadRows = aheadRows }, GroupOptions.Default);
        cluster.RunUntil(10_000_000);
        if (victim is not null)
        {
            cluster.Kill(victim);
            // Suspected, failed, and the copies changed.
            cluster.RunUntil(20_000_000);
        }

        var counted = cluster.NowMicros + (WarmSeconds * 1_000_000L);
        List<double> speculative = [], confirmed = [];
        var sentAt = new Dictionary<Position, long>();
        cluster.Ask("us-1", new LogSubscribe(null, true, null, 1 << 30), push =>
        {
            switch (push)
            {
                case LogReply.Records records:
                    foreach (var record in records.Items)
                    {
                        sentAt[record.Position] = record.TimestampMs;
                        if (record.TimestampMs > counted)
                            speculative.Add((cluster.NowMicros - record.TimestampMs) / 1000.0);
                    }

                    break;
                case LogReply.Confirmed upTo:
                    foreach (var position in sentAt.Keys.Where(p => p < upTo.UpTo).ToArray())
                    {
                        if (sentAt[position] > counted)
                            confirmed.Add((cluster.NowMicros - sentAt[position]) / 1000.0);
                        sentAt.Remove(position);
                    }

                    break;
            }
        });
        var start = cluster.NowMicros;
        for (var i = 0L; i < Seconds * PerSecond; i++)
        {
            var key = "k" + (i % 97).ToString(CultureInfo.InvariantCulture);
            var at = start + (i * 1_000_000 / PerSecond);
            cluster.At(at, () => cluster.Ask("us-1", new LogAppend(
                [new RecordDraft(key, new byte[50], default, at)], default, 0, Durability.FsyncQuorum), _ => { }));
        }

        cluster.RunUntil(start + ((Seconds + 3) * 1_000_000L));
        return (speculative, confirmed);
    }

    private static double Share(List<double> values, double share)
    {
        values.Sort();
        return values[Math.Min(values.Count - 1, (int)(values.Count * share))];
    }
}
