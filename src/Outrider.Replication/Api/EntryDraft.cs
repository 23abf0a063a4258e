using Outrider.Core;

namespace Outrider.Replication;

/// <summary>What an owner wants appended; the leader gives it term, index and first slot.</summary>
/// <param name="Kind">Records, Holes or Control; the other kinds are replication's own.</param>
/// <param name="Slots">Records or holes in it; 0 for control entries.</param>
/// <param name="Producer">For duplicate detection; none switches it off.</param>
/// <param name="Sequence">The producer's own number of it, from 1; a retry uses the same one.</param>
/// <param name="Payload">Opaque; kept by reference, so it must not change afterwards.</param>
public readonly record struct EntryDraft(
    EntryKind Kind, int Slots, ProducerId Producer, long Sequence, ReadOnlyMemory<byte> Payload);

public enum AppendCode : byte
{
    /// <summary>In the leader's log; committed once the stream's commit index of the wanted class covers it.</summary>
    Appended = 1,
    /// <summary>Known already, at the given index, committed or not.</summary>
    Duplicate,
    /// <summary>Too much is uncommitted. Nothing was appended.</summary>
    Overloaded,
    /// <summary>This node does not lead, or its term is not open yet. Nothing was appended.</summary>
    NotLeader,
    /// <summary>The group has fewer copies than its minimum. Nothing was appended.</summary>
    TooFewCopies,
    /// <summary>The group is closed for good. Nothing was appended.</summary>
    Closed,
    /// <summary>The catalogue has no such stream. Nothing was appended.</summary>
    NoSuchStream,
    /// <summary>Larger than <see cref="Limits.EntryBytesMax"/>. Nothing was appended.</summary>
    TooLarge,
    /// <summary>So old a sequence that it can no longer be told whether it is in the stream.</summary>
    StaleSequence,
    /// <summary>This producer's state is no longer kept: the duplicate check cannot be made.</summary>
    UnknownProducer,
    /// <summary>A trim at or below the base, above the committed end, or with slots that do not fit.</summary>
    OutOfRange,
}

/// <summary>What became of an append at once.</summary>
/// <param name="Term">The term of the entry at <paramref name="Index"/>.</param>
/// <param name="Index">Where it stands, for Appended and Duplicate.</param>
/// <param name="Leader">Who may lead, for NotLeader; none if unknown.</param>
public readonly record struct AppendOutcome(AppendCode Code, Term Term, LogIndex Index, NodeId Leader)
{
    /// <summary>It stands in the log and will be committed or become Unknown.</summary>
    public bool IsPlaced => Code is AppendCode.Appended or AppendCode.Duplicate;

    internal static AppendOutcome Refused(AppendCode code) => new(code, default, default, default);
}
