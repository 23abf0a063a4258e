using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Log;

public sealed class OrderingSnapshotTests
{
    private static OrderingState Sample(long trim = 22)
    {
        var state = new OrderingState();
        Apply(state, new OrderingChange.Open(new(OrderingMode.Speculative, 4, 2, Rotate: true, 1, 2)));
        for (var i = 0; i < 3; i++)
        {
            var node = new NodeId(i + 1);
            Apply(state, Admit(i % 2, node));
        }

        Apply(state, Fix(0, 0, [new(0), new(1)], (0, 2), (1, 3)));
        Apply(state, new OrderingChange.Commit(0, 4, 0));
        Apply(state, Fix(1, 4, [new(2)], (0, 1), (2, 2)));
        Apply(state, new OrderingChange.Commit(1, 2, 1));
        Apply(state, Fix(2, 3, [], (2, 5)));
        Apply(state, new OrderingChange.Fail(new(1), new(12)));
        Apply(state, new OrderingChange.Trim(new(trim)));
        return state;
    }

    private static OrderingChange.Admit Admit(int seat, NodeId node) =>
        new(new(new(0), seat, node, new(1), [new(node, true), new(new(9), false)]));

    private static OrderingChange.FixWindow Fix(
        long index, long rows, Rid[] joins, params (int Rid, int Quota)[] quotas) => new(
            index, rows, [.. quotas.Select(q => new RidQuota(new(q.Rid), q.Quota))], joins, []);

    private static void Apply(OrderingState state, OrderingChange change) =>
        Assert.True(state.Apply(change), $"{change}");

    [Fact]
    public void Slots_below_the_trim_are_those_whose_positions_are()
    {
        for (var trim = 1L; trim <= Sample().TailPosition.Value; trim++)
        {
            var state = Sample(trim);
            for (var rid = 0; rid < 3; rid++)
            {
                var below = state.TrimmedOf(new(rid));
                Assert.True(below <= state.CommittedOf(new(rid)));
                for (var lsn = new Lsn(0); lsn < state.CommittedOf(new(rid)); lsn = lsn.Next())
                    if (state.Windows.TryPosition(new(rid), lsn, out var position))
                        Assert.Equal(position.Value < trim, lsn < below);
                var again = OrderingSnapshot.Decode(OrderingSnapshot.Encode(state))!;
                Assert.Equal(below, again.TrimmedOf(new(rid)));
            }
        }
    }

    [Fact]
    public void A_state_read_back_goes_on_as_the_one_that_was_replayed()
    {
        var replayed = Sample();
        var bytes = OrderingSnapshot.Encode(replayed);
        var restored = OrderingSnapshot.Decode(bytes)!;
        Assert.Equal(bytes, OrderingSnapshot.Encode(restored));
        Assert.Equal(1, restored.Windows.FirstKept);
        Assert.Equal(replayed.FailedIn(replayed.View), restored.FailedIn(restored.View));
        foreach (var state in (OrderingState[])[replayed, restored])
        {
            Apply(state, new OrderingChange.Commit(2, 1, 0));
            Apply(state, Fix(3, 3, [], (0, 2), (2, 1)));
            Apply(state, new OrderingChange.Commit(2, 3, 0));
            Apply(state, new OrderingChange.Commit(3, 1, 1));
        }

        Assert.Equal(OrderingSnapshot.Encode(replayed), OrderingSnapshot.Encode(restored));
        Assert.Equal(replayed.TailPosition, restored.TailPosition);
        for (var rid = 0; rid < 3; rid++) Assert.Equal(replayed.CommittedOf(new(rid)), restored.CommittedOf(new(rid)));
        for (var p = replayed.Trimmed; p < replayed.TailPosition; p = p.Next())
        {
            Assert.True(replayed.Windows.TryLocate(p, out var one));
            Assert.True(restored.Windows.TryLocate(p, out var other) && one == other);
            Assert.True(restored.Windows.TryPosition(one.Rid, one.Lsn, out var back) && back == p);
        }
    }

    [Fact]
    public void Whoever_holds_a_replica_id_sees_it_move_on()
    {
        var behind = new OrderingState();
        Apply(behind, new OrderingChange.Open(new(OrderingMode.Speculative, 4, 2, Rotate: true, 1, 2)));
        Apply(behind, Admit(0, new(1)));
        var held = behind.Find(new(0))!;
        behind.Become(OrderingSnapshot.Decode(OrderingSnapshot.Encode(Sample()))!);
        Assert.Same(held, behind.Find(new(0)));
        Assert.True(held.Joined);
        Assert.Equal(3, behind.Rids.Count);
    }

    [Fact]
    public void A_cut_snapshot_is_refused()
    {
        var bytes = OrderingSnapshot.Encode(Sample());
        for (var length = 0; length < bytes.Length; length++)
            Assert.Null(OrderingSnapshot.Decode(bytes.AsMemory(0, length)));
    }
}
