namespace Outrider.Bench.Logs;

/// <summary>One kind of run of one system, over all rounds.</summary>
internal sealed class Series
{
    public List<LoadSample> Samples { get; } = [];

    public double Median(Func<LoadSample, double> of)
    {
        var sorted = Samples.Select(of).Where(v => !double.IsNaN(v)).Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }
}

/// <summary>The three systems side by side, for each ordering delay and computation; rounds are interleaved.</summary>
internal sealed class Comparison
{
    private readonly SortedDictionary<(double OrderingMs, double ComputeMs, string System), Series> _series = [];

    public IEnumerable<(double OrderingMs, double ComputeMs, string System, Series Series)> All =>
        _series.Select(s => (s.Key.OrderingMs, s.Key.ComputeMs, s.Key.System, s.Value));

    public void Add(double orderingMs, double computeMs, string system, LoadSample sample)
    {
        if (!_series.TryGetValue((orderingMs, computeMs, system), out var series))
            _series[(orderingMs, computeMs, system)] = series = new();
        series.Samples.Add(sample);
    }

    public Series? Find(double orderingMs, double computeMs, string system) =>
        _series.GetValueOrDefault((orderingMs, computeMs, system));

    /// <summary>How many times lower a figure is than a baseline's; NaN when either was not taken.</summary>
    public double Gain(double orderingMs, double computeMs, string baseline, Func<LoadSample, double> of) =>
        Find(orderingMs, computeMs, baseline) is { } theirs && Find(orderingMs, computeMs, "speculative") is { } ours
            ? theirs.Median(of) / ours.Median(of) : double.NaN;

    /// <summary>Mean and 95 % interval of ours / theirs, round by round.</summary>
    public (double Mean, double Low, double High) Ratio(
        double orderingMs, double computeMs, string baseline, Func<LoadSample, double> of)
    {
        if (Find(orderingMs, computeMs, baseline) is not { } theirs
            || Find(orderingMs, computeMs, "speculative") is not { } ours) return (double.NaN, double.NaN, double.NaN);
        var ratios = ours.Samples.Zip(theirs.Samples, (a, b) => of(a) / of(b)).Where(r => !double.IsNaN(r)).ToArray();
        if (ratios.Length < 2) return (double.NaN, double.NaN, double.NaN);
        var mean = ratios.Average();
        var deviation = Math.Sqrt(ratios.Sum(r => (r - mean) * (r - mean)) / (ratios.Length - 1));
        var half = StudentT(ratios.Length - 1) * deviation / Math.Sqrt(ratios.Length);
        return (mean, mean - half, mean + half);
    }

    /// <summary>Two-sided 95 % points of Student's distribution.</summary>
    private static double StudentT(int freedom)
    {
        double[] table = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13];
        return freedom <= table.Length ? table[freedom - 1] : 1.96 + (2.6 / freedom);
    }
}
