using System.Collections.Immutable;

namespace Outrider.Samples.Intrusion;

/// <summary>A row for the database: sums over the last ten readings of a sensor, and whether the newest stands
/// out.</summary>
internal sealed record AverageRow(int Sensor, int Number, string Sums, bool Alarm);

/// <summary>The last readings of each sensor: a value, so that going back to an earlier one costs nothing.</summary>
internal sealed record Averages(ImmutableSortedDictionary<int, ImmutableQueue<Reading>> Windows)
{
    public const int WindowReadings = 10;

    public static readonly Averages Empty = new(ImmutableSortedDictionary<int, ImmutableQueue<Reading>>.Empty);

    public (Averages After, AverageRow Row) With(Reading reading)
    {
        var window = Windows.GetValueOrDefault(reading.Sensor, []).Enqueue(reading);
        if (window.Count() > WindowReadings) window = window.Dequeue();
        var sums = new int[Reading.FieldCount];
        foreach (var one in window)
            for (var field = 0; field < sums.Length; field++) sums[field] += one.Fields[field];
        var count = window.Count();
        var alarm = false;
        for (var field = 0; field < sums.Length; field++) alarm |= reading.Fields[field] * count > 2 * sums[field];
        var row = new AverageRow(reading.Sensor, reading.Number, string.Join(' ', sums), alarm);
        return (new(Windows.SetItem(reading.Sensor, window)), row);
    }
}
