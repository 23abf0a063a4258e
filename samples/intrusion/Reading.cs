using System.Globalization;
using System.Text;
using Outrider.Core;

namespace Outrider.Samples.Intrusion;

/// <summary>One measurement of a sensor: seven whole numbers, so that two averages are equal or wrong.</summary>
internal sealed record Reading(int Sensor, int Number, IReadOnlyList<int> Fields)
{
    public const int FieldCount = 7;

    public byte[] ToPayload() => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{Sensor},{Number},{string.Join(',', Fields)}"));

    public static Reading FromPayload(ReadOnlySpan<byte> payload)
    {
        var cells = Encoding.UTF8.GetString(payload).Split(',');
        return new(Parse(cells[0]), Parse(cells[1]), [.. cells.Skip(2).Select(Parse)]);
    }

    /// <summary>Readings of a sensor that is tampered with now and then: a field jumps and stays so.</summary>
    public static IReadOnlyList<Reading> Of(int sensor, int count)
    {
        var rng = Rng.Fork(2024, "sensor", sensor);
        var readings = new List<Reading>(count);
        var jump = 0;
        for (var i = 0; i < count; i++)
        {
            if (rng.Chance(0.01)) jump = 25;
            else if (jump > 0) jump--;
            var number = i;
            readings.Add(new(sensor, number, [.. Enumerable.Range(0, FieldCount).Select(
                field => (int)rng.Between(90, 110) + (field == number % FieldCount && jump > 0 ? 400 : 0))]));
        }

        return readings;
    }

    private static int Parse(string cell) => int.Parse(cell, CultureInfo.InvariantCulture);
}
