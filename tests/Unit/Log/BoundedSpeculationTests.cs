using System.Globalization;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;
using Xunit;

namespace Outrider.Tests.Unit.Log;

/// <summary>How far a reader lets itself be shown what is not confirmed, where that takes 300 ms.</summary>
public sealed class BoundedSpeculationTests
{
    private const int Records = 400;
    private const int Most = 5;
    private const int MostMs = 100;
    private static readonly string[] Regions = ["us", "eu", "asia"];
    private static readonly double[][] RttMs = [[0, 80, 150], [80, 0, 220], [150, 220, 0]];

    [Fact]
    public void Delivery_pauses_at_the_bound_of_records_and_goes_on_with_what_is_confirmed()
    {
        var free = Follow(default);
        Assert.True(free.MostUnconfirmed > 4 * Most, $"{free.MostUnconfirmed}: the bound would bind nothing");
        var bound = Follow(new(MostRecords: Most, MostMs: 0));
        Assert.Equal(Most, bound.MostUnconfirmed);
        Assert.Equal(Records, bound.Delivered);
        Assert.Equal(Records, bound.Confirmed);
    }

    [Fact]
    public void Delivery_pauses_while_the_oldest_waits_too_long()
    {
        var free = Follow(default);
        Assert.True(free.OldestAtPushMs > 2 * MostMs, $"{free.OldestAtPushMs}: the bound would bind nothing");
        var bound = Follow(new(MostRecords: 0, MostMs));
        Assert.InRange(bound.OldestAtPushMs, 0, MostMs);
        Assert.Equal(Records, bound.Delivered);
        Assert.Equal(Records, bound.Confirmed);
    }

    private readonly record struct Bounds(int MostRecords, int MostMs);

    private sealed record Seen(int Delivered, int Confirmed, int MostUnconfirmed, double OldestAtPushMs);

    private static Seen Follow(Bounds bounds)
    {
        var nodes = Regions.SelectMany((region, r) => new[] { 1, 2 }.Select(
            n => new NodeInfo(new((2 * r) + n), $"{region}-{n}", new(r))));
        var layout = new Layout(1, Regions, [.. nodes], RttMs);
        var options = LogOptions.Default with { Shards = 3, Replicas = 2, IntervalMicros = 5_000, RowsPerWindow = 200 };
        options = options with { RunAheadRows = RunAhead.RowsFor(layout, options) };
        var cluster = new LogCluster(layout, options, GroupOptions.Default);
        cluster.RunUntil(10_000_000);
        var waiting = new Queue<(Position Position, long Micros)>();
        var (delivered, confirmed, most, oldestMs) = (0, 0, 0, 0.0);
        var ask = new LogSubscribe(
            null, true, null, 1 << 30, SpeculativeMax: bounds.MostRecords, SpeculativeMaxMs: bounds.MostMs);
        cluster.Ask("us-1", ask, push =>
        {
            switch (push)
            {
                case LogReply.Records { Certainty: Certainty.Confirmed } records:
                    delivered += records.Items.Count;
                    confirmed += records.Items.Count;
                    break;
                case LogReply.Records records:
                    if (waiting.TryPeek(out var oldest))
                        oldestMs = Math.Max(oldestMs, (cluster.NowMicros - oldest.Micros) / 1000.0);
                    foreach (var record in records.Items) waiting.Enqueue((record.Position, cluster.NowMicros));
                    delivered += records.Items.Count;
                    most = Math.Max(most, waiting.Count);
                    break;
                case LogReply.Confirmed upTo:
                    for (; waiting.TryPeek(out var next) && next.Position < upTo.UpTo; confirmed++) waiting.Dequeue();
                    break;
            }
        });
        for (var i = 0; i < Records; i++)
        {
            var key = "k" + (i % 97).ToString(CultureInfo.InvariantCulture);
            cluster.At(cluster.NowMicros + (i * 5_000L), () => cluster.Ask("us-1", new LogAppend(
                [new RecordDraft(key, new byte[50], default, 0)], default, 0, Durability.FsyncQuorum), _ => { }));
        }

        // Five at a time, 400 ms each.
        cluster.RunUntil(cluster.NowMicros + 60_000_000);
        return new(delivered, confirmed, most, oldestMs);
    }
}
