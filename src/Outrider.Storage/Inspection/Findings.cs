using Outrider.Core;

namespace Outrider.Storage;

/// <summary>One record as it stands in a file.</summary>
/// <param name="OffsetBytes">Where it begins.</param>
/// <param name="Type">Its type; "damaged" if its checksum fails.</param>
/// <param name="Stream">Group and stream; without meaning if damaged.</param>
/// <param name="Index">The entry's index, or what the type uses the field for.</param>
public sealed record RecordFound(
    int OffsetBytes, string Type, StreamKey Stream, long Index, long Term, string Kind, int PayloadBytes, bool Holds);

/// <summary>One batch: the unit of writing.</summary>
public sealed record BatchFound(
    int OffsetBytes, int TotalBytes, long Sequence, long Commit, long Incarnation, bool IsClean, int RecordCount,
    int LedgerLines, JournalPosition Synced, IReadOnlyList<RecordFound> Records)
{
    public bool Holds { get; init; } = true;
}

/// <summary>What recovery would do about a place that does not hold.</summary>
public sealed record Problem(int OffsetBytes, string What, string Consequence);

/// <summary>Everything a segment file, or the file with the node's lives, says about itself.</summary>
/// <param name="File">Its name.</param>
/// <param name="Kind">"segment", "node", or "unknown".</param>
/// <param name="Header">What its header holds, in words.</param>
/// <param name="ClusterId">Zero if no header and no batch tells.</param>
/// <param name="Generation">Zero for a segment not in use.</param>
public sealed record FileInspection(
    string File, long SizeBytes, string Kind, string Header, ulong ClusterId, int Node, int FormatVersion,
    long Generation, long Incarnation, JournalPosition SyncedUpTo, int EndOffsetBytes,
    IReadOnlyList<BatchFound> Batches, IReadOnlyList<Problem> Problems)
{
    public bool IsSound => Problems.Count == 0;
}
