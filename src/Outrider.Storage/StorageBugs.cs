namespace Outrider.Storage;

/// <summary>
/// Bugs planted to prove that the checkers see. Every host uses <see cref="None"/>; the simulator and tests set one.
/// </summary>
public sealed record StorageBugs
{
    public static readonly StorageBugs None = new();

    /// <summary>
    /// No checksum and no number names the use of a segment: whatever whole batch of an earlier use stands next passes
    /// for new. Without generation in the records' checksum alone, the number of the batch still tells.
    /// </summary>
    public bool ChecksumWithoutGeneration { get; init; }

    /// <summary>The first saved state of a group is kept, later ones are ignored: a promise is forgotten.</summary>
    public bool FirstStateWins { get; init; }

    /// <summary>Recovery forgets what was synced, so damage in the middle passes for a torn tail (needs rot).</summary>
    public bool CutBelowSynced { get; init; }

    /// <summary>Checksums of records are not looked at: a torn tail is handed out.</summary>
    public bool TornTailServed { get; init; }

    /// <summary>A group commit reports success without a sync.</summary>
    public bool AckBeforeSync { get; init; }

    /// <summary>A clean end counts for every later start, so a crash leaves no taint.</summary>
    public bool CleanMarkKept { get; init; }

    /// <summary>A read starts one entry too late.</summary>
    public bool ReadOffByOne { get; init; }

    /// <summary>The cleaner frees a segment without copying the saved states that stand in it.</summary>
    public bool CleanerForgetsState { get; init; }

    /// <summary>
    /// A batch is taken wherever it stands, and whatever comes next in its segment: one of the two checks alone finds
    /// nearly every write that went astray (needs rot).
    /// </summary>
    public bool MisdirectedAccepted { get; init; }

    /// <summary>A sync reports as durable also what was written after it began.</summary>
    public bool SyncCoversLater { get; init; }

    /// <summary>A start does not sync the directory: a new segment's name may vanish with the next power cut.</summary>
    public bool NameNotSynced { get; init; }

    /// <summary>
    /// Damage is told once and not noted: half repaired, the stream looks whole at the next start (needs rot).
    /// </summary>
    public bool LossNotNoted { get; init; }
}
