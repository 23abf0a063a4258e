namespace Outrider.Bench.Systems;

/// <summary>Three members of one system, up and with a leader, ready to be loaded.</summary>
internal interface ICluster : IAsyncDisposable
{
    /// <summary>Loads the leader; callers wait for the acknowledgement of each call.</summary>
    Task<LoadResult> RunAsync(int callers, int bytes, int records, double warmupSeconds, double seconds);

    /// <summary>Reads back what batches have written; how many records, or null with a reason.</summary>
    Task<(long Records, string? Wrong)> VerifyAsync();
}

/// <summary>How a cluster is to be set up.</summary>
/// <param name="Directory">On the disk, or on a file system in memory.</param>
/// <param name="OneWayMs">Emulated distance between members; 0: the same proxy passes on at once.</param>
internal sealed record ClusterSetup(string System, bool IsDurable, double OneWayMs, string Directory);
