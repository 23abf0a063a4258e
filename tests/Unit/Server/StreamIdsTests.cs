using System.Text;
using Outrider.Log;
using Outrider.Server.Commands;

namespace Outrider.Tests.Unit.Server;

public sealed class StreamIdsTests
{
    [Theory]
    [InlineData("-", 0)]
    [InlineData("0", 0)]
    [InlineData("0-0", 0)]
    [InlineData("0-1", 0)]
    [InlineData("(0-1", 1)]
    [InlineData("(0", 0)]
    [InlineData("5", 5)]
    [InlineData("5-1", 6)]
    [InlineData("(5", 6)]
    public void A_range_starts_at(string id, long position) =>
        Assert.Equal(new Position(position), StreamIds.RangeStart(Encoding.ASCII.GetBytes(id)));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0-0", -1)]
    [InlineData("0-1", 0)]
    [InlineData("(0-1", -1)]
    [InlineData("5", 5)]
    [InlineData("5-0", 5)]
    [InlineData("(5-0", 4)]
    [InlineData("(5-3", 5)]
    public void A_range_ends_at(string id, long position) =>
        Assert.Equal(new Position(position), StreamIds.RangeEnd(Encoding.ASCII.GetBytes(id)));

    [Fact]
    public void Reading_after_each_id_in_turn_meets_every_position_once()
    {
        var next = StreamIds.After("0-0"u8);
        for (var expected = 0; expected < 100; expected++)
        {
            Assert.Equal(new Position(expected), next);
            next = StreamIds.After(Encoding.ASCII.GetBytes(StreamIds.Of(next)));
        }
    }
}
