using Outrider.Core;

namespace Outrider.Storage;

/// <summary>How a node's journal is laid out. Everything but the identity has a default fit for a server.</summary>
public sealed record JournalOptions
{
    /// <summary>Told apart in every header and checksum: a journal of another cluster is refused.</summary>
    public required ulong ClusterId { get; init; }

    /// <summary>The node that owns the directory; the journal of another node is refused.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Size of a segment file. A larger one is made for a record that does not fit.</summary>
    public int SegmentBytes { get; init; } = 32 << 20;

    /// <summary>A batch is written when it has grown to this; one record may exceed it.</summary>
    public int BatchBytesMax { get; init; } = 1 << 20;

    /// <summary>What one read from disk fetches when looking for an entry.</summary>
    public int ReadWindowBytes { get; init; } = 64 << 10;

    /// <summary>Journal bytes between two places of a stream that are kept in memory.</summary>
    public int PointSpacingBytes { get; init; } = 64 << 10;

    /// <summary>Places kept in memory over all streams; beyond it every other one is forgotten.</summary>
    public int PointsMax { get; init; } = 1 << 20;

    /// <summary>Whether trimmed segments are freed and slow streams moved forward.</summary>
    public bool Clean { get; init; } = true;

    /// <summary>Segments that may stand before the oldest is emptied by copying what still lives in it.</summary>
    public int CleanAboveSegments { get; init; } = 4;

    /// <summary>Planted bugs; only the simulator and tests set it.</summary>
    public StorageBugs Bugs { get; init; } = StorageBugs.None;

    /// <summary>Coverage marks of the simulator; null in production.</summary>
    public IProbe? Probe { get; init; }

    internal void Validate()
    {
        Check.That(SegmentBytes >= 4 * Layouts.BlockBytes && SegmentBytes % Layouts.BlockBytes == 0);
        Check.That(BatchBytesMax >= 1024);
        Check.That(ReadWindowBytes >= Layouts.BlockBytes);
        Check.That(PointSpacingBytes > 0 && PointsMax >= 16 && CleanAboveSegments >= 2);
    }
}
