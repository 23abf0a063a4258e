using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>What somebody was told by a group.</summary>
/// <param name="Desk">Who decided it.</param>
/// <param name="Ordinal">The last operation that it rests on.</param>
/// <param name="Changed">Whether that operation is its own.</param>
public abstract record GroupAnswer(ulong Desk, long InvokedMicros, long ToldMicros, long Ordinal, bool Changed)
{
    /// <summary>Entries given to a consumer, new ones or those whose lease is over.</summary>
    public sealed record Given(
        ulong Desk, long InvokedMicros, long ToldMicros, long Ordinal, bool Changed, string Consumer,
        IReadOnlyList<Held> Held) : GroupAnswer(Desk, InvokedMicros, ToldMicros, Ordinal, Changed);

    /// <summary>So many of those held are acknowledged by this.</summary>
    public sealed record Acknowledged(
        ulong Desk, long InvokedMicros, long ToldMicros, long Ordinal, bool Changed, IReadOnlyList<Held> Held,
        long Count) : GroupAnswer(Desk, InvokedMicros, ToldMicros, Ordinal, Changed);

    public sealed record Pending(
        ulong Desk, long InvokedMicros, long ToldMicros, long Ordinal, int Count)
        : GroupAnswer(Desk, InvokedMicros, ToldMicros, Ordinal, Changed: false);
}

/// <summary>All that a run has shown of the group of one key.</summary>
public sealed class GroupHistory(string key)
{
    public string Key { get; } = key;

    /// <summary>The operations that count, by ordinal - 1: of several with the same ordinal the first.</summary>
    public List<GroupStreamRecord.Op> Ops { get; } = [];

    public List<GroupAnswer> Answers { get; } = [];

    /// <summary>Questions for entries that a desk was asked by a consumer and has not answered: it may have given them.
    /// </summary>
    public SortedDictionary<(ulong Desk, string Consumer), int> Unanswered { get; } = [];

    /// <summary>The product's own fold; the checkers have theirs.</summary>
    public ConsumerGroups State { get; private set; } = ConsumerGroups.Empty;

    /// <summary>A trim below here was asked for before the group was made: it was not held back for it.</summary>
    public Position TrimmedAtBirth { get; private set; }

    /// <summary>Takes a confirmed record of the group's stream.</summary>
    /// <param name="record">The next one.</param>
    /// <param name="trimmedBelow">What has been asked to be trimmed by now.</param>
    public void Add(LogRecord record, Position trimmedBelow)
    {
        if (GroupCodec.Decode(record.Payload) is not GroupStreamRecord.Op op || op.Ordinal != Ops.Count + 1) return;
        Ops.Add(op);
        if (op.What is GroupOp.Create && State.Groups.Count == 0) TrimmedAtBirth = trimmedBelow;
        State = GroupRules.Apply(State, op.Ordinal, op.What);
    }
}
