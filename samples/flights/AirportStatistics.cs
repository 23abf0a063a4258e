using System.Collections.Immutable;

namespace Outrider.Samples.Flights;

/// <summary>An airport's delays. Integers only, so that two ways of adding them up are equal or wrong.</summary>
public sealed record AirportDelays(long Flights, long DelaySumMinutes, long DelaySquareSum, int Worst, int Late)
{
    /// <summary>Counted as late from 15 minutes on, as the Department of Transportation does.</summary>
    public const int LateFromMinutes = 15;

    public static readonly AirportDelays None = new(0, 0, 0, int.MinValue, 0);

    public AirportDelays With(Flight flight) => new(
        Flights + 1,
        DelaySumMinutes + flight.DelayMinutes,
        DelaySquareSum + ((long)flight.DelayMinutes * flight.DelayMinutes),
        Math.Max(Worst, flight.DelayMinutes),
        Late + (flight.DelayMinutes >= LateFromMinutes ? 1 : 0));

    public double MeanMinutes => Flights == 0 ? 0 : (double)DelaySumMinutes / Flights;
}

/// <summary>Each origin's delays: a value, so that going back to an earlier one costs nothing.</summary>
public sealed class AirportStatistics
{
    public static readonly AirportStatistics Empty =
        new(ImmutableSortedDictionary.Create<string, AirportDelays>(StringComparer.Ordinal));

    private AirportStatistics(ImmutableSortedDictionary<string, AirportDelays> airports) => Airports = airports;

    public ImmutableSortedDictionary<string, AirportDelays> Airports { get; }

    public long Flights => Airports.Values.Sum(a => a.Flights);

    public AirportStatistics With(Flight flight) => new(Airports.SetItem(
        flight.Origin, Airports.GetValueOrDefault(flight.Origin, AirportDelays.None).With(flight)));

    /// <summary>The statistics of the file itself, without any log.</summary>
    public static AirportStatistics Of(IEnumerable<Flight> flights) =>
        flights.Aggregate(Empty, static (all, flight) => all.With(flight));

    public bool SameAs(AirportStatistics other) => Airports.SequenceEqual(other.Airports);
}
