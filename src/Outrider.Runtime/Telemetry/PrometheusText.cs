using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Outrider.Runtime;

/// <summary>
/// Collects every instrument of this product's meters and renders them in Prometheus' text format. Histograms have
/// fixed buckets from 50 microseconds to 10 seconds (or powers of four for what is not time). One a process.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    /// <summary>Series beyond this are dropped and counted: a label that grows without bound is a bug.</summary>
    public const int SeriesMax = 10_000;

    private static readonly double[] SecondBounds =
        [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly double[] OtherBounds = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(string Name, string Labels), Series> _series = new();
    private readonly ConcurrentDictionary<string, Instrument> _instruments = new(StringComparer.Ordinal);
    private readonly string _prefix;
    // Nearly all measurements have one label or none, and come several times a turn: found without making a text.
    private readonly ConcurrentDictionary<(Instrument, string Label, object? Value), Series> _bySingleLabel = new();
    private long _dropped;

    /// <param name="meterPrefix">Meters whose names begin with it are collected.</param>
    public PrometheusText(string meterPrefix = RuntimeMeters.MeterName)
    {
        _prefix = meterPrefix;
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Record(i, value, tags));
        _listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Record(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Record(i, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>All series, sorted by name and labels; the content type is <c>text/plain; version=0.0.4</c>.</summary>
    public string Render()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        var last = "";
        foreach (var ((name, labels), series) in _series.OrderBy(s => s.Key.Name, StringComparer.Ordinal)
            .ThenBy(s => s.Key.Labels, StringComparer.Ordinal))
        {
            if (name != last) Head(text, name);
            last = name;
            series.Render(text, name, labels);
        }

        text.Append("# HELP outrider_metrics_series_dropped_total Measurements of series beyond the limit.\n")
            .Append("# TYPE outrider_metrics_series_dropped_total counter\n")
            .Append("outrider_metrics_series_dropped_total ")
            .Append(Volatile.Read(ref _dropped).ToString(CultureInfo.InvariantCulture)).Append('\n');
        return text.ToString();
    }

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (!instrument.Meter.Name.StartsWith(_prefix, StringComparison.Ordinal)) return;
        _instruments[NameOf(instrument)] = instrument;
        listener.EnableMeasurementEvents(instrument);
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length > 1)
        {
            SeriesOf(instrument, tags)?.Add(value);
            return;
        }

        var label = tags.Length == 0 ? default : tags[0];
        var key = (instrument, label.Key ?? "", label.Value);
        if (!_bySingleLabel.TryGetValue(key, out var series))
        {
            if (SeriesOf(instrument, tags) is not { } found) return;
            _bySingleLabel[key] = series = found;
        }

        series.Add(value);
    }

    private Series? SeriesOf(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = (NameOf(instrument), Labels(tags));
        if (_series.TryGetValue(key, out var series)) return series;
        if (_series.Count < SeriesMax)
            return _series.GetOrAdd(key, new Series(KindOf(instrument), BoundsOf(instrument)));
        Interlocked.Increment(ref _dropped);
        return null;
    }

    private void Head(StringBuilder text, string name)
    {
        var instrument = _instruments[name];
        if (instrument.Description is { } help)
            text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        var type = KindOf(instrument) switch
        {
            SeriesKind.Counter or SeriesKind.ObservedTotal => "counter",
            SeriesKind.Histogram => "histogram",
            _ => "gauge",
        };
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private static SeriesKind KindOf(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        if (type.StartsWith("Histogram", StringComparison.Ordinal)) return SeriesKind.Histogram;
        if (type.StartsWith("ObservableCounter", StringComparison.Ordinal)) return SeriesKind.ObservedTotal;
        if (type.StartsWith("Counter", StringComparison.Ordinal)) return SeriesKind.Counter;
        return type.StartsWith("UpDownCounter", StringComparison.Ordinal) ? SeriesKind.UpDown : SeriesKind.Gauge;
    }

    private static double[] BoundsOf(Instrument instrument) => instrument.Unit == "s" ? SecondBounds : OtherBounds;

    /// <summary>Instruments carry their full name; anything else is made one.</summary>
    private static string NameOf(Instrument instrument) =>
        instrument.Name.StartsWith("outrider_", StringComparison.Ordinal)
            ? instrument.Name
            : "outrider_" + instrument.Name.Replace('.', '_').Replace('-', '_');

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0) return "";
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            var escaped = (value?.ToString() ?? "").Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(name).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    private enum SeriesKind : byte
    {
        Counter,
        ObservedTotal,
        UpDown,
        Gauge,
        Histogram,
    }

    private sealed class Series(SeriesKind kind, double[] bounds)
    {
        private readonly Lock _gate = new();
        private readonly long[] _buckets = kind == SeriesKind.Histogram ? new long[bounds.Length] : [];
        private double _sum;
        private long _count;

        public void Add(double value)
        {
            lock (_gate)
            {
                // What is observed is a total or a level already; what is counted adds up.
                _sum = kind is SeriesKind.Gauge or SeriesKind.ObservedTotal ? value : _sum + value;
                if (kind != SeriesKind.Histogram) return;
                _count++;
                for (var i = 0; i < bounds.Length; i++)
                {
                    if (value > bounds[i]) continue;
                    _buckets[i]++;
                    return;
                }
            }
        }

        public void Render(StringBuilder text, string name, string labels)
        {
            lock (_gate)
            {
                if (kind != SeriesKind.Histogram)
                {
                    Line(text, name, "", labels, "", _sum);
                    return;
                }

                var below = 0L;
                for (var i = 0; i < bounds.Length; i++)
                {
                    below += _buckets[i];
                    var bound = bounds[i].ToString("G", CultureInfo.InvariantCulture);
                    Line(text, name, "_bucket", labels, $"le=\"{bound}\"", below);
                }

                Line(text, name, "_bucket", labels, "le=\"+Inf\"", _count);
                Line(text, name, "_sum", labels, "", _sum);
                Line(text, name, "_count", labels, "", _count);
            }
        }

        private static void Line(
            StringBuilder text, string name, string suffix, string labels, string extra, double value)
        {
            text.Append(name).Append(suffix);
            var all = labels.Length > 0 && extra.Length > 0 ? labels + "," + extra : labels + extra;
            if (all.Length > 0) text.Append('{').Append(all).Append('}');
            text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
