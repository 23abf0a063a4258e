using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Outrider.Samples.Trading;

/// <summary>A month's price of a stock, in cents.</summary>
internal sealed record Price(string Symbol, DateOnly Month, long Cents)
{
    public byte[] ToPayload() => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{Symbol},{Month:yyyy-MM-dd},{Cents}"));

    public static Price FromPayload(ReadOnlySpan<byte> payload)
    {
        var cells = Encoding.UTF8.GetString(payload).Split(',');
        return new(cells[0], DateOnly.ParseExact(cells[1], "yyyy-MM-dd", CultureInfo.InvariantCulture),
            long.Parse(cells[2], CultureInfo.InvariantCulture));
    }

    /// <summary>The prices embedded in this program, in time order within each symbol.</summary>
    public static IReadOnlyList<Price> ReadAll()
    {
        using var packed = typeof(Price).Assembly.GetManifestResourceStream("stocks.csv.gz")!;
        using var lines = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        lines.ReadLine();
        var prices = new List<Price>();
        while (lines.ReadLine() is { Length: > 0 } line)
        {
            var cells = line.Split(',');
            prices.Add(new(cells[0], DateOnly.ParseExact(cells[1], "MMM d yyyy", CultureInfo.InvariantCulture),
                (long)decimal.Round(decimal.Parse(cells[2], CultureInfo.InvariantCulture) * 100)));
        }

        return prices;
    }
}
