using Outrider.Core;

namespace Outrider.Log;

/// <summary>An entry of a primary's sub-log that it still holds for readers or for an answer.</summary>
internal struct Placed
{
    public LogIndex Index;
    public SubEntry Entry;
    public ProducerId Producer;
    public long Sequence;
    public string? Key;
    public Durability Durability;

    /// <summary>For the slot of a trim: what it hides lies below.</summary>
    public Position Floor;

    /// <summary>The group that keeps a trim from going further.</summary>
    public string? HeldBy;

    /// <summary>Confirmed records that a trim of its key hides.</summary>
    public long Removes;

    /// <summary>Who waits for the outcome; retries of one batch wait together.</summary>
    public List<Waiter>? Waiters;
}

/// <summary>A forwarded request that waits for its outcome.</summary>
internal readonly record struct Waiter(NodeId Node, long Number, bool Duplicate);
