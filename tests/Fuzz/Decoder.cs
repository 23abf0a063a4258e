using Outrider.Core;

namespace Outrider.Tests.Fuzz;

/// <summary>One decoder under test, with the encoder that belongs to it.</summary>
/// <param name="Name">As the test list shows it.</param>
/// <param name="Cases">Damaged inputs tried.</param>
/// <param name="Sample">A valid encoding.</param>
/// <param name="Read">Decodes; null is the declared refusal, an exception a defect.</param>
/// <param name="Write">Encodes what was decoded.</param>
internal sealed record Decoder(
    string Name, int Cases, Func<Draw, byte[]> Sample, Func<byte[], object?> Read, Func<object, byte[]> Write)
{
    /// <summary>Makes the checksums of a damaged encoding right again; null where there is none.</summary>
    public Action<byte[]>? Reseal { get; init; }

    /// <summary>Bytes that decoding may allocate for each byte of input: objects are larger than their
    /// encodings.</summary>
    public int AllocationFactor { get; init; } = 64;

    /// <summary>Bytes that decoding may allocate for the smallest input.</summary>
    public int AllocationBytes { get; init; } = 8 << 10;

    public override string ToString() => Name;

    /// <summary>A decoder of messages and parts written through a <see cref="WireWriter"/>.</summary>
    public static byte[] Bytes(Action<WireWriter> write)
    {
        var writer = new WireWriter();
        write(writer);
        return writer.ToArray();
    }
}
