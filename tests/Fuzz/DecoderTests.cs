namespace Outrider.Tests.Fuzz;

/// <summary>
/// Every decoder of bytes that come from outside or from a disk: refuses or decodes, never throws, never allocates
/// out of proportion, and what it accepts has one meaning.
/// </summary>
public sealed class DecoderTests
{
    public static TheoryData<string> Names => [.. Decoders.All.Select(decoder => decoder.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Decodes_or_refuses(string name) => Fuzzing.Run(Decoders.All.Single(decoder => decoder.Name == name));

    [Fact]
    public void A_million_cases_and_all_messages_are_among_them()
    {
        const int byOtherTests = 120_000 * 3;
        Assert.True(Decoders.All.Sum(decoder => decoder.Cases) + byOtherTests >= 1_000_000);
        for (ushort tag = 0; tag < 1024; tag++)
            if (Decoders.Codec.Knows(tag)) Assert.Contains(tag, Decoders.MessageTags);
    }
}
