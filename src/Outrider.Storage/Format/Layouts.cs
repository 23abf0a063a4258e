namespace Outrider.Storage;

/// <summary>Sizes that both writing and recovery rest on; changing one is a new format version.</summary>
internal static class Layouts
{
    public const ushort FormatVersion = 1;

    /// <summary>
    /// A block is never written again once a sync has covered it, so that a torn later write cannot harm what was
    /// durable. 4 KiB is the page of the cache and the sector of most disks.
    /// </summary>
    public const int BlockBytes = 4096;

    /// <summary>Batches of one group commit stand at multiples of this; damage scans look only there.</summary>
    public const int BatchAlignBytes = 64;

    public const int SegmentHeaderBytes = BlockBytes;

    /// <summary>Group commits whose ledger is repeated at the start of the next one.</summary>
    public const int LedgerCommits = 2;

    /// <summary>
    /// Larger than any record that is accepted; a length above it is damage, not a reason to allocate.
    /// </summary>
    public const int RecordBytesMax = 256 << 20;

    public static int AlignBatch(int offset) => (offset + BatchAlignBytes - 1) & -BatchAlignBytes;

    public static int AlignBlock(int offset) => (offset + BlockBytes - 1) & -BlockBytes;
}
