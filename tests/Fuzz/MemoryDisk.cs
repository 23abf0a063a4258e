using Outrider.Core;

namespace Outrider.Tests.Fuzz;

/// <summary>Files in memory, open to be damaged.</summary>
internal sealed class MemoryDisk : IDisk
{
    public SortedDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public MemoryDisk Copy()
    {
        var copy = new MemoryDisk();
        foreach (var (name, bytes) in Files) copy.Files[name] = (byte[])bytes.Clone();
        return copy;
    }

    public IReadOnlyList<DiskFile> List() => [.. Files.Select(file => new DiskFile(file.Key, file.Value.Length))];

    public DiskOutcome Create(string name, long sizeBytes)
    {
        Files[name] = new byte[sizeBytes];
        return DiskOutcome.Ok;
    }

    public DiskOutcome Rename(string from, string to)
    {
        if (!Files.Remove(from, out var bytes)) return DiskOutcome.NotFound;
        Files[to] = bytes;
        return DiskOutcome.Ok;
    }

    public DiskOutcome Delete(string name) => Files.Remove(name) ? DiskOutcome.Ok : DiskOutcome.NotFound;

    public DiskOutcome Write(string name, long offsetBytes, ReadOnlySpan<byte> bytes)
    {
        if (!Files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
        if (offsetBytes < 0 || offsetBytes + bytes.Length > file.Length) return DiskOutcome.IoError;
        bytes.CopyTo(file.AsSpan((int)offsetBytes));
        return DiskOutcome.Ok;
    }

    public DiskOutcome Read(string name, long offsetBytes, Span<byte> into)
    {
        if (!Files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
        if (offsetBytes < 0 || offsetBytes + into.Length > file.Length) return DiskOutcome.IoError;
        file.AsSpan((int)offsetBytes, into.Length).CopyTo(into);
        return DiskOutcome.Ok;
    }

    public DiskOutcome Sync(string name) => DiskOutcome.Ok;

    public DiskOutcome SyncDirectory() => DiskOutcome.Ok;
}
