using Outrider.Core;

namespace Outrider.Replication;

public enum CloserPhase : byte
{
    /// <summary>Writing "closed" into the group's record.</summary>
    Closing = 1,
    /// <summary>Asking the copies of the current configuration for their tails.</summary>
    Sealing,
    /// <summary>Bringing the answered copies to the longest tail, on disk.</summary>
    Leveling,
    Done,
    /// <summary>A later closer has taken over, or the record is missing.</summary>
    Failed,
}

/// <summary>A sealed copy: it was on disk when it answered and accepts nothing of an earlier term.</summary>
/// <param name="EndSlot">Slots it holds.</param>
public sealed record SealedCopy(NodeId Node, Incarnation Life, LogIndex LastIndex, Term LastTerm, long EndSlot);

/// <summary>
/// Ends a group for good: closes it by compare-and-set, seals the copies of its current configuration, and levels those
/// that answered. Runs on any node, member or not; another closer may take over at any time and comes to a tail at
/// least as long.
/// </summary>
public sealed class GroupCloser
{
    private readonly List<SealedCopy> _sealed = [];

    public GroupCloser(GroupId group, GroupSet node, StreamId stream)
    {
        Group = group;
        Stream = stream;
    }

    public GroupId Group { get; }
    public StreamId Stream { get; }
    public CloserPhase Phase => CloserPhase.Closing;

    /// <summary>The copies asked: the members of the newest active configuration; empty until closed.</summary>
    public IReadOnlyList<NodeId> Copies => [];

    /// <summary>Those that have answered, ascending by node.</summary>
    public IReadOnlyList<SealedCopy> Sealed => _sealed;

    /// <summary>The copies that hold the longest tail on disk.</summary>
    public IReadOnlyList<NodeId> Leveled => [];

    public void Start(long nowMicros, Effects effects)
    {
    }

    /// <summary>Stops waiting for further copies and levels those that answered up to the longest tail.</summary>
    public void Level(long nowMicros, Effects effects)
    {
    }

    /// <summary>Takes answers and ticks. False if the event is not for this closer.</summary>
    public bool Step(in Event e, Effects effects) => false;
}
