using System.Buffers;
using System.Text;
using CsCheck;
using Outrider.Client.Wire;
using Outrider.Server.Resp;

namespace Outrider.Tests.Unit.Server;

/// <summary>What the server writes is what the client reads, in pieces of any size; anything else is refused.</summary>
public sealed class ReplyReaderTests
{
    [Fact]
    public void Replies_come_back_as_written_in_pieces_of_any_size() =>
        Gen.Select(Gen.Byte.Array[0, 60].Array[0, 6], Gen.Long, Gen.Int[1, 40], Gen.Bool).Sample((bulks, number, piece,
            three) =>
        {
            var buffer = new OutputBuffer();
            var writer = new RespWriter(buffer) { Protocol = three ? 3 : 2 };
            writer.Array(bulks.Length + 3);
            foreach (var bulk in bulks) writer.Bulk(bulk);
            writer.Integer(number);
            writer.Map(1);
            writer.Bulk("key");
            writer.Boolean(true);
            writer.Null();
            var wire = buffer.Written.ToArray();
            var read = ReadInPieces(wire, piece);
            return read.Count == 1 && read[0].Items.Count == bulks.Length + 3
                && bulks.Select((bulk, i) => read[0].Items[i].Bytes.Span.SequenceEqual(bulk)).All(same => same)
                && read[0].Items[bulks.Length].Integer == number && read[0].Items[bulks.Length + 1]["key"].Boolean
                && read[0].Items[^1].IsNull;
        });

    [Fact]
    public void Garbage_is_refused_with_a_reason_and_nothing_else() =>
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            try
            {
                ReadInPieces(bytes, 17);
            }
            catch (ProtocolException)
            {
                // The one way to refuse.
            }
        }, iter: 50_000);

    [Theory]
    [InlineData("*99999999999\r\n")]
    [InlineData("$99999999999\r\n")]
    [InlineData("%67108864\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    public void Lengths_are_judged_before_anything_is_allocated(string wire)
    {
        var bytes = Encoding.ASCII.GetBytes(wire);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ProtocolException>(() => ReadInPieces(bytes, bytes.Length));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    private static List<RespValue> ReadInPieces(byte[] wire, int piece)
    {
        var reader = new ReplyReader();
        var found = new List<RespValue>();
        var kept = Array.Empty<byte>();
        for (var at = 0; at < wire.Length; at += piece)
        {
            kept = [.. kept, .. wire[at..Math.Min(at + piece, wire.Length)]];
            var input = new ReadOnlySequence<byte>(kept);
            while (reader.Read(ref input) is { } value) found.Add(value);
            kept = input.ToArray();
        }

        return found;
    }
}
