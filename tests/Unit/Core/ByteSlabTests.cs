using Outrider.Core;
using Xunit;

namespace Outrider.Tests.Unit.Core;

public sealed class ByteSlabTests
{
    [Fact]
    public void Pieces_keep_what_was_written_to_them()
    {
        var rng = new Rng(3);
        var slab = new ByteSlab();
        var kept = new List<(byte[] Wanted, ReadOnlyMemory<byte> Piece)>();
        for (var i = 0; i < 2_000; i++)
        {
            // Of the sizes that are cut, and of those that are not.
            var wanted = new byte[rng.Below(i % 100 == 0 ? 200_000 : 6_000)];
            for (var b = 0; b < wanted.Length; b++) wanted[b] = (byte)rng.NextULong();
            kept.Add((wanted, slab.Copy(wanted)));
        }

        foreach (var (wanted, piece) in kept) Assert.True(wanted.AsSpan().SequenceEqual(piece.Span));
    }
}
