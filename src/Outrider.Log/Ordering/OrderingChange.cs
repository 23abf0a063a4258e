using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// What an entry of the ordering stream may decide. Applying is total: a change that does not fit the state is ignored
/// by everybody alike, so that the first of two contradicting ones wins.
/// </summary>
public abstract record OrderingChange
{
    private OrderingChange() { }

    /// <summary>Opens the log.</summary>
    public sealed record Open(LogParameters Parameters) : OrderingChange;

    /// <summary>Gives the next replica id to one life of one node; it takes part once a window includes it.</summary>
    public sealed record Admit(RidOrigin Origin) : OrderingChange
    {
        public override string ToString() =>
            $"admit {Origin.Shard}.{Origin.Seat} on {Origin.Node} {Origin.Incarnation}: "
            + string.Join(' ', Origin.Copies.Select(copy => copy.Node));
    }

    /// <summary>
    /// Rows below <paramref name="Row"/> of a window, and the first participants of that row, are final.
    /// </summary>
    public sealed record Commit(long Window, long Row, int First) : OrderingChange;

    /// <summary>Fixes a window: quotas, who joins and who leaves; and ends the window before it.</summary>
    public sealed record FixWindow(
        long Index, long RowsOfPrevious, IReadOnlyList<RidQuota> Quotas, IReadOnlyList<Rid> Joins,
        IReadOnlyList<Rid> Leaves) : OrderingChange
    {
        public override string ToString() =>
            $"window {Index} after {RowsOfPrevious} rows: {string.Join(' ', Quotas.Select(q => $"{q.Rid}x{q.Quota}"))}"
            + (Joins.Count > 0 ? $" joins {string.Join(' ', Joins)}" : "")
            + (Leaves.Count > 0 ? $" leaves {string.Join(' ', Leaves)}" : "");
    }

    /// <summary>A replica id is over: its slots at or above <paramref name="Keep"/> never happened.</summary>
    public sealed record Fail(Rid Rid, Lsn Keep) : OrderingChange;

    /// <summary>Everything below a position may be forgotten.</summary>
    public sealed record Trim(Position Below) : OrderingChange;

    /// <summary>
    /// No copy is left of the slots of an ended replica id from one on: they keep their positions, and are lost.
    /// </summary>
    public sealed record Lose(Rid Rid, Lsn From) : OrderingChange;
}

/// <summary>A copy of a sub-log, as its group was set up.</summary>
/// <param name="Home">In the shard's home region: speculative delivery waits for its memory.</param>
public readonly record struct RidCopy(NodeId Node, bool Home);

/// <summary>Where a replica id comes from.</summary>
/// <param name="Shard">The shard it serves.</param>
/// <param name="Seat">The key range it prefers.</param>
/// <param name="Node">Its primary for life.</param>
/// <param name="Incarnation">The life of that node; a later life ends it.</param>
/// <param name="Copies">Members of its group at the start, the primary among them, ascending by node.</param>
public sealed record RidOrigin(
    ShardId Shard, int Seat, NodeId Node, Incarnation Incarnation, IReadOnlyList<RidCopy> Copies);
