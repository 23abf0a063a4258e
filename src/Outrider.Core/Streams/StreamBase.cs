namespace Outrider.Core;

/// <summary>
/// What remains of a trimmed prefix: enough to match, to answer duplicates and to restore the owner's state.
/// </summary>
/// <param name="Index">The last index that is gone; zero for a stream that was never trimmed.</param>
/// <param name="Term">The term of that entry.</param>
/// <param name="EndSlot">Slots at or below it.</param>
/// <param name="TermStarts">Terms that began at or below it, ascending, with those whose seal carries a loss mark
/// repeated in <paramref name="LossMarks"/>.</param>
/// <param name="LossMarks">Terms whose seal says that memory-class entries may have been lost before it.</param>
/// <param name="Dedup">The last committed positions of producers, encoded by replication.</param>
/// <param name="Snapshot">The owner's state up to here; opaque.</param>
public sealed record StreamBase(
    LogIndex Index,
    Term Term,
    long EndSlot,
    IReadOnlyList<TermStart> TermStarts,
    IReadOnlyList<Term> LossMarks,
    ReadOnlyMemory<byte> Dedup,
    ReadOnlyMemory<byte> Snapshot)
{
    public static readonly StreamBase Empty = new(LogIndex.Zero, Term.Zero, 0, [], [], default, default);
}
