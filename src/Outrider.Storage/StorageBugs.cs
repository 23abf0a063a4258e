namespace Outrider.Storage;

/// <summary>
/// Bugs planted to prove that the checkers see. Hosts use <see cref="None"/>; the simulator sets one.
/// </summary>
public sealed record StorageBugs
{
    public static readonly StorageBugs None = new();

    public bool ChecksumWithoutGeneration { get; init; }
    public bool FirstStateWins { get; init; }
    public bool TruncateNotReplayed { get; init; }
    public bool RecycledAccepted { get; init; }
    public bool CutBelowSynced { get; init; }
    public bool TornTailServed { get; init; }
    public bool AckBeforeSync { get; init; }
    public bool CleanMarkKept { get; init; }
    public bool ReadOffByOne { get; init; }
    public bool CleanerForgetsState { get; init; }
    public bool MisdirectedAccepted { get; init; }
}
