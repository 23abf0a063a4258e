namespace Outrider.Core;

public enum DiskOutcome : byte
{
    Ok,
    NotFound,
    /// <summary>No space left: nothing of this call may be relied on.</summary>
    Full,
    /// <summary>The device refused. A failed sync is never retried: what it covered is in an unknown state.</summary>
    IoError,
}

public readonly record struct DiskFile(string Name, long SizeBytes);

/// <summary>
/// The disk seam: flat files in one directory. Writes reach the page cache; only a sync makes them durable. Calls
/// return when done; the host decides on which thread a sync runs.
/// </summary>
public interface IDisk
{
    /// <summary>All files, ascending by ordinal name.</summary>
    IReadOnlyList<DiskFile> List();

    /// <summary>Makes a file of zeroes; its name is durable after <see cref="SyncDirectory"/>.</summary>
    DiskOutcome Create(string name, long sizeBytes);

    DiskOutcome Rename(string from, string to);

    DiskOutcome Delete(string name);

    DiskOutcome Write(string name, long offsetBytes, ReadOnlySpan<byte> bytes);

    /// <summary>Fills <paramref name="into"/> wholly, or fails.</summary>
    DiskOutcome Read(string name, long offsetBytes, Span<byte> into);

    /// <summary>Makes all writes to a file durable.</summary>
    DiskOutcome Sync(string name);

    DiskOutcome SyncDirectory();
}
