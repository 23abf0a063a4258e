using System.Diagnostics.Metrics;
using Outrider.Runtime;

namespace Outrider.Tests.Process;

public sealed class PrometheusTextTests
{
    [Fact]
    public void RendersCountersGaugesAndHistograms()
    {
        // A meter of this test's own, so that nothing else in the process adds to what it counts.
        var name = $"Test{Guid.NewGuid():n}";
        using var meter = new Meter(name);
        var counter = meter.CreateCounter<long>("outrider_test_total", null, "Things.");
        var histogram = meter.CreateHistogram<double>("outrider_test_seconds", "s", "Times.");
        meter.CreateObservableGauge("outrider_test_depth", () => 42, null, "Depth.");
        using var text = new PrometheusText(name);
        counter.Add(2, new KeyValuePair<string, object?>("node", "eu-1"));
        counter.Add(3, new KeyValuePair<string, object?>("node", "eu-1"));
        counter.Add(7, new KeyValuePair<string, object?>("node", "odd \"name\""));
        histogram.Record(0.0004);
        histogram.Record(0.7);
        histogram.Record(99);
        var rendered = text.Render();
        Assert.Contains("# TYPE outrider_test_total counter\n", rendered, StringComparison.Ordinal);
        Assert.Contains("# HELP outrider_test_total Things.\n", rendered, StringComparison.Ordinal);
        Assert.Contains("outrider_test_total{node=\"eu-1\"} 5\n", rendered, StringComparison.Ordinal);
        Assert.Contains("outrider_test_total{node=\"odd \\\"name\\\"\"} 7\n", rendered, StringComparison.Ordinal);
        Assert.Contains(
            "# TYPE outrider_test_depth gauge\noutrider_test_depth 42\n", rendered, StringComparison.Ordinal);
        Assert.Contains("outrider_test_seconds_bucket{le=\"0.00025\"} 0\n", rendered, StringComparison.Ordinal);
        Assert.Contains("outrider_test_seconds_bucket{le=\"0.0005\"} 1\n", rendered, StringComparison.Ordinal);
        Assert.Contains("outrider_test_seconds_bucket{le=\"1\"} 2\n", rendered, StringComparison.Ordinal);
        Assert.Contains("outrider_test_seconds_bucket{le=\"+Inf\"} 3\n", rendered, StringComparison.Ordinal);
        Assert.Contains("outrider_test_seconds_count 3\n", rendered, StringComparison.Ordinal);
    }

    [Fact]
    public void SeriesAreBounded()
    {
        var name = $"Test{Guid.NewGuid():n}";
        using var meter = new Meter(name);
        var counter = meter.CreateCounter<long>("outrider_test_total");
        using var text = new PrometheusText(name);
        for (var i = 0; i < PrometheusText.SeriesMax + 10; i++)
            counter.Add(1, new KeyValuePair<string, object?>("key", i));
        Assert.Contains("outrider_metrics_series_dropped_total 10\n", text.Render(), StringComparison.Ordinal);
    }
}
