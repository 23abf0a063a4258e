namespace Outrider.Core;

/// <summary>Every bound in one place, with where it comes from. A static check keeps them consistent.</summary>
public static class Limits
{
    /// <summary>A record's payload: as NATS and most logs, 1 MiB; larger values belong in a blob store.</summary>
    public const int RecordBytesMax = 1 << 20;

    /// <summary>A key or stream name.</summary>
    public const int KeyBytesMax = 4 << 10;

    /// <summary>Records in one entry: a client's batch.</summary>
    public const int BatchRecordsMax = 1024;

    /// <summary>A batch, as one entry's payload: four of the largest records, with their headers.</summary>
    public const int EntryBytesMax = 4 * (RecordBytesMax + KeyBytesMax) + (64 << 10);

    /// <summary>Upper bound of the fixed part of an entry on the wire and on disk.</summary>
    public const int EntryHeaderBytes = 80;

    /// <summary>Bytes of entries in one append message: bounds the pause that one message causes on a link.</summary>
    public const int AppendBytesTarget = 1 << 20;

    /// <summary>
    /// A frame on a node link: one append message with an entry of the largest size, and room for others.
    /// </summary>
    public const int FrameBytesMax = EntryBytesMax + AppendBytesTarget + (64 << 10);

    /// <summary>Bytes a leader has in flight to one member before it waits for acknowledgements.</summary>
    public const int WindowBytes = 8 << 20;

    /// <summary>Bytes of uncommitted appends a leader holds before it answers Overloaded.</summary>
    public const int PendingBytesMax = 64 << 20;

    /// <summary>Uncommitted appends a leader holds before it answers Overloaded.</summary>
    public const int PendingAppendsMax = 100_000;

    /// <summary>Bytes of recent entries a stream keeps in memory; older ones are read from disk.</summary>
    public const int CacheBytesPerStream = 16 << 20;

    /// <summary>Producers remembered for duplicate detection in one stream.</summary>
    public const int ProducersMax = 100_000;

    /// <summary>Members of one group.</summary>
    public const int MembersMax = 9;

    /// <summary>Nodes of a cluster, those that have been removed among them: every node knows of all.</summary>
    public const int NodesMax = 128;

    /// <summary>Streams of one group.</summary>
    public const int StreamsMax = 4096;

    static Limits()
    {
        Check.That(FrameBytesMax >= EntryBytesMax + AppendBytesTarget);
        Check.That(EntryBytesMax >= RecordBytesMax + KeyBytesMax);
        Check.That(WindowBytes >= EntryBytesMax);
        Check.That(PendingBytesMax >= WindowBytes);
    }
}
