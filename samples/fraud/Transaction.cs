using System.Globalization;
using System.Text;
using Outrider.Core;

namespace Outrider.Samples.Fraud;

/// <summary>Money moved by a user, in cents.</summary>
internal sealed record Transaction(int User, int Number, long Cents, bool Foreign)
{
    public byte[] ToPayload() => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{User},{Number},{Cents},{(Foreign ? 1 : 0)}"));

    public static Transaction FromPayload(ReadOnlySpan<byte> payload)
    {
        var cells = Encoding.UTF8.GetString(payload).Split(',');
        return new(int.Parse(cells[0], CultureInfo.InvariantCulture), int.Parse(cells[1], CultureInfo.InvariantCulture),
            long.Parse(cells[2], CultureInfo.InvariantCulture), cells[3] == "1");
    }

    public static IReadOnlyList<Transaction> Of(int user, int count)
    {
        var rng = Rng.Fork(2025, "user", user);
        return [.. Enumerable.Range(0, count).Select(i => new Transaction(
            user, i, rng.Chance(0.02) ? rng.Between(200_000, 900_000) : rng.Between(100, 20_000), rng.Chance(0.25)))];
    }
}

/// <summary>What is known of a user.</summary>
internal sealed record UserTotals(long Count, long SumCents, long Least, long Most)
{
    public static readonly UserTotals None = new(0, 0, long.MaxValue, long.MinValue);

    /// <summary>Far beyond what the user has spent on average so far.</summary>
    public bool IsOdd(Transaction next) => Count >= 5 && next.Cents * Count > 10 * SumCents;

    public UserTotals With(Transaction next) => new(
        Count + 1, SumCents + next.Cents, Math.Min(Least, next.Cents), Math.Max(Most, next.Cents));
}
