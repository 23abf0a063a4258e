using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Log.Groups;

/// <summary>Which decision follows all that is placed, as a primary tells by numbers.</summary>
public sealed class GroupQueueTests
{
    private const ulong Desk = 7;
    private readonly GroupQueue _queue = new();
    private long _end;

    [Fact]
    public void Nothing_follows_before_a_number_is_known()
    {
        Assert.False(_queue.Follows(Op(1)));
        Place(Op(1));
        Assert.True(_queue.Follows(Op(2)));
        Assert.False(_queue.Follows(Op(1)));
        Assert.False(_queue.Follows(Op(3)));
    }

    /// <summary>
    /// A snapshot of an older state was the first that the queue heard of; then one was placed by the key's tail.
    /// </summary>
    [Fact]
    public void What_was_overtaken_does_not_follow_whatever_number_was_believed()
    {
        Place(new(GroupSnapshot.Records(GroupCodec.StreamOf("k"), State(11)), ProducerId.None, 0,
            Durability.FsyncQuorum));
        Place(Op(13));
        Assert.False(_queue.Follows(Op(12)));
        Assert.False(_queue.Follows(Op(13)));
        Assert.True(_queue.Follows(Op(14)));
    }

    private void Place(LogAppend ask) => _queue.Placed(ask, new(++_end));

    private static ConsumerGroups State(long ordinal) => ConsumerGroups.Empty with { Ordinal = ordinal };

    private static LogAppend Op(long ordinal)
    {
        var op = GroupCodec.Encode(ordinal, Desk, ordinal, new GroupOp.Destroy("g"));
        return new([new(GroupCodec.StreamOf("k"), op, default, 0)], ProducerId.None, 0, Durability.FsyncQuorum);
    }
}
