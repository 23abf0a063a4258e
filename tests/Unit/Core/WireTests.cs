using CsCheck;
using Outrider.Core;

namespace Outrider.Tests.Unit.Core;

public sealed class WireTests
{
    [Fact]
    public void VarInts_come_back_as_written() =>
        Gen.Long.Sample(value =>
        {
            var writer = new WireWriter();
            writer.VarInt(value);
            var reader = new WireReader(writer.ToArray());
            return reader.VarInt(out var back) && back == value && reader.Left == 0;
        });

    [Fact]
    public void A_frame_with_any_flipped_bit_is_refused() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, 10_000]).Sample((body, at) =>
        {
            var writer = new WireWriter();
            var start = Frame.Begin(writer);
            body.CopyTo(writer.Reserve(body.Length));
            Frame.End(writer, start);
            var bytes = writer.ToArray();
            bytes[at % bytes.Length] ^= (byte)(1 << (at % 8));
            return Frame.TryRead(bytes, Limits.FrameBytesMax, out _, out _) != FrameOutcome.Ok;
        });

    [Fact]
    public void A_frame_comes_back_as_written() =>
        Gen.Byte.Array[0, 2000].Sample(body =>
        {
            var writer = new WireWriter();
            var start = Frame.Begin(writer);
            body.CopyTo(writer.Reserve(body.Length));
            Frame.End(writer, start);
            var outcome = Frame.TryRead(writer.Written, Limits.FrameBytesMax, out var length, out var consumed);
            return outcome == FrameOutcome.Ok && length == body.Length && consumed == writer.Length
                && writer.Written.Slice(Frame.HeaderBytes, length).SequenceEqual(body);
        });

    [Fact]
    public void A_length_beyond_the_bound_is_refused_before_the_body_arrives()
    {
        byte[] header = [0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0, Frame.Version];
        Assert.Equal(FrameOutcome.TooLarge, Frame.TryRead(header, Limits.FrameBytesMax, out _, out _));
    }

    [Fact]
    public void Crc32C_matches_the_published_check_value() =>
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
}
