namespace Outrider.Core;

/// <summary>The three words for everything that a user may see, in code, on the wire and on screen.</summary>
public enum Certainty : byte
{
    /// <summary>Visible now; may be taken back.</summary>
    Speculative = 1,
    /// <summary>Final.</summary>
    Confirmed = 2,
    /// <summary>Taken back; whoever saw it is told.</summary>
    Revoked = 3,
}

/// <summary>What an acknowledgement of an append means for its survival.</summary>
public enum Durability : byte
{
    /// <summary>In memory on a commit quorum.</summary>
    MemoryQuorum = 1,
    /// <summary>On disk on a commit quorum. The default.</summary>
    FsyncQuorum = 2,
}
