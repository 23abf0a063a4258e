namespace Outrider.Storage;

/// <summary>What a journal has done in this life, and its size now.</summary>
/// <param name="Batches">Batches written.</param>
/// <param name="WrittenBytes">Bytes of batches written.</param>
/// <param name="Syncs">Group commits that succeeded.</param>
/// <param name="LiveSegments">Segments that hold something that lives.</param>
/// <param name="FreeSegments">Segments kept to be used again.</param>
/// <param name="MovedBytes">Bytes copied to free old segments.</param>
/// <param name="Points">Places of entries kept in memory.</param>
public readonly record struct JournalCounters(
    long Batches, long WrittenBytes, long Syncs, int LiveSegments, int FreeSegments, long MovedBytes, int Points);
