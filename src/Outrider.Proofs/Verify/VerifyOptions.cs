namespace Outrider.Proofs.Verify;

/// <summary>
/// How to verify. The resource limit is Z3's own count for one obligation: unlike time it is the same on every machine.
/// </summary>
public sealed record VerifyOptions
{
    public long ResourceLimit { get; init; } = 40_000_000;

    /// <summary>Dafny processes at a time, 1..64.</summary>
    public int Jobs { get; init; } = 2;

    /// <summary>Further runs with the solver's input shuffled; 0 for none.</summary>
    public int Seeds { get; init; }

    /// <summary>Leave the cache unread; results are still kept.</summary>
    public bool FromScratch { get; init; }

    /// <summary>How many of a hundred cached files are verified again nevertheless, 0..100.</summary>
    public int SamplePercent { get; init; }
}
