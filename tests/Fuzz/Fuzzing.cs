using System.Globalization;
using Outrider.Core;

namespace Outrider.Tests.Fuzz;

/// <summary>
/// The loop that every decoder goes through. Cases follow from a seed and their number alone; OUTRIDER_FUZZ_SEED draws
/// other ones, OUTRIDER_FUZZ_FACTOR more of them.
/// </summary>
internal static class Fuzzing
{
    public const ulong DefaultSeed = 20;
    private const int DamagedPerSample = 4;

    public static ulong Seed { get; } = Setting("OUTRIDER_FUZZ_SEED", DefaultSeed);

    public static int Cases(int cases) => cases * (int)Setting("OUTRIDER_FUZZ_FACTOR", 1);

    public static void Run(Decoder decoder)
    {
        int accepted = 0, refused = 0;
        var rounds = Math.Max(1, Cases(decoder.Cases) / DamagedPerSample);
        for (var round = 0; round < rounds; round++)
        {
            var draw = new Draw(Rng.Fork(Seed, decoder.Name, round));
            var valid = decoder.Sample(draw);
            var other = decoder.Sample(draw);
            Guard(decoder, round, valid, () => JudgeValid(decoder, valid));
            for (var i = 0; i < DamagedPerSample; i++)
            {
                var damaged = Mutator.Damage(draw, valid, other);
                // Half of the cases: a damage that the checksum would hide reaches what stands behind it.
                if (i % 2 == 0 && decoder.Reseal is { } reseal) reseal(damaged);
                Guard(decoder, round, damaged, () =>
                {
                    if (JudgeDamaged(decoder, damaged)) accepted++;
                    else refused++;
                });
            }
        }

        // A decoder that takes everything, or nothing, has not been tried.
        Assert.True(refused > 0, $"{decoder.Name}: none of {accepted} damaged encodings was refused");
    }

    /// <summary>Runs one case; what goes wrong is told with all that is needed to see it again.</summary>
    public static void Guard(object name, long number, byte[] input, Action judge)
    {
        try
        {
            judge();
        }
        catch (Exception failure)
        {
            var shown = Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 2000)));
            throw new InvalidOperationException(
                $"{name}: seed {Seed}, case {number} (OUTRIDER_FUZZ_SEED={Seed}), {input.Length} bytes {shown}: "
                + $"{failure.GetType().Name}: {failure.Message}", failure);
        }
    }

    private static void JudgeValid(Decoder decoder, byte[] valid)
    {
        var value = decoder.Read(valid);
        Assert.True(value is not null, "a valid encoding is refused");
        Assert.True(decoder.Write(value).AsSpan().SequenceEqual(valid), "decode(encode(x)) is not x");
        Values.AssertDefined(value);
    }

    private static bool JudgeDamaged(Decoder decoder, byte[] damaged)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var value = decoder.Read(damaged);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var bound = decoder.AllocationBytes + (long)decoder.AllocationFactor * damaged.Length;
        Assert.True(allocated <= bound, $"decoding allocates {allocated} bytes, bound {bound}");
        if (value is null) return false;
        Values.AssertDefined(value);
        // What is accepted has one meaning: writing and reading it again changes nothing.
        var written = decoder.Write(value);
        var again = decoder.Read(written);
        Assert.True(again is not null, "what was accepted is refused when written again");
        var same = decoder.Write(again).AsSpan().SequenceEqual(written);
        Assert.True(same, "what was accepted changes when written again");
        return true;
    }

    private static ulong Setting(string name, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value)
            ? value : otherwise;
}
