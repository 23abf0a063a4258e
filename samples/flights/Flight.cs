using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Outrider.Samples.Flights;

/// <summary>One flight of the data set.</summary>
/// <param name="Number">Its place in time order, from 0.</param>
/// <param name="Date">Scheduled departure, local time, "2001/01/01 00:47".</param>
/// <param name="DelayMinutes">Arrival delay; negative when early.</param>
/// <param name="DistanceMiles">Distance flown.</param>
/// <param name="Origin">Airport code; the key of the record.</param>
/// <param name="Destination">Airport code.</param>
public sealed record Flight(
    int Number, string Date, int DelayMinutes, int DistanceMiles, string Origin, string Destination)
{
    /// <summary>Reads the flights that are embedded in this assembly, in time order.</summary>
    public static IReadOnlyList<Flight> ReadAll()
    {
        using var packed = typeof(Flight).Assembly.GetManifestResourceStream("flights-20k.csv.gz")!;
        using var lines = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        lines.ReadLine();
        var flights = new List<Flight>(20_000);
        while (lines.ReadLine() is { } line) flights.Add(Parse(flights.Count, line));
        return flights;
    }

    /// <summary>The record's payload: its number and the line as it stands in the file.</summary>
    public byte[] ToPayload() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{Number},{Date},{DelayMinutes},{DistanceMiles},{Origin},{Destination}"));

    /// <summary>Reads what <see cref="ToPayload"/> wrote; null for anything else.</summary>
    public static Flight? FromPayload(ReadOnlySpan<byte> payload)
    {
        var text = Encoding.UTF8.GetString(payload);
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0 || !int.TryParse(text.AsSpan(0, comma), CultureInfo.InvariantCulture, out var number))
            return null;
        return text.Count(c => c == ',') == 5 ? Parse(number, text[(comma + 1)..]) : null;
    }

    private static Flight Parse(int number, string line)
    {
        var cells = line.Split(',');
        return new(number, cells[0], int.Parse(cells[1], CultureInfo.InvariantCulture),
            int.Parse(cells[2], CultureInfo.InvariantCulture), cells[3], cells[4]);
    }
}
