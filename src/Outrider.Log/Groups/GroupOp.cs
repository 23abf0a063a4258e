namespace Outrider.Log;

/// <summary>
/// What happens to groups, as it stands in the log: decided before, by value, so that folding needs no clock and no
/// other record.
/// </summary>
public abstract record GroupOp(string Group)
{
    public sealed record Create(string Group, Position Next, long? Read, GroupPolicy Policy) : GroupOp(Group);

    public sealed record Destroy(string Group) : GroupOp(Group);

    /// <summary>The group goes on from another place; what is pending stays so.</summary>
    public sealed record Move(string Group, Position Next, long? Read) : GroupOp(Group);

    public sealed record AddConsumer(string Group, string Consumer, long NowMs) : GroupOp(Group);

    /// <summary>The consumer goes, and with it what it had not acknowledged.</summary>
    public sealed record RemoveConsumer(string Group, string Consumer) : GroupOp(Group);

    /// <summary>New entries, up to <paramref name="Next"/>, go to a consumer.</summary>
    /// <param name="NoAck">They are not to be acknowledged.</param>
    public sealed record Deliver(
        string Group, string Consumer, long NowMs, Position Next, IReadOnlyList<Position> Ids, bool NoAck)
        : GroupOp(Group);

    /// <summary>Entries delivered before go to a consumer (again).</summary>
    public sealed record Take(string Group, string Consumer, long NowMs, IReadOnlyList<Taken> Items) : GroupOp(Group);

    /// <summary>Entries are no longer pending: acknowledged, or no longer in the log.</summary>
    public sealed record Release(string Group, IReadOnlyList<Position> Ids) : GroupOp(Group);

    /// <summary>Entries are given up.</summary>
    /// <param name="Together">Their letters are sent in batches; earlier builds sent each alone.</param>
    public sealed record Bury(string Group, IReadOnlyList<Position> Ids, bool Together = true) : GroupOp(Group);

    /// <summary>A dead letter stands in its stream.</summary>
    public sealed record Posted(string Group, long Letter) : GroupOp(Group);

    /// <param name="Deliveries">Its count from now on.</param>
    public readonly record struct Taken(Position Position, long DeliveredMs, int Deliveries);
}
