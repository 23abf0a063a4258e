using Outrider.Core;

namespace Outrider.Tests.Process;

/// <summary>A disk in memory whose refusals the test switches on.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>What writes and syncs answer from now on.</summary>
    public DiskOutcome WriteAnswer { get; set; } = DiskOutcome.Ok;

    public DiskOutcome SyncAnswer { get; set; } = DiskOutcome.Ok;

    public int Syncs { get; private set; }

    public IReadOnlyList<DiskFile> List()
    {
        lock (_gate) return [.. _files.Select(f => new DiskFile(f.Key, f.Value.Length))];
    }

    public DiskOutcome Create(string name, long sizeBytes)
    {
        lock (_gate) _files[name] = new byte[sizeBytes];
        return DiskOutcome.Ok;
    }

    public DiskOutcome Rename(string from, string to)
    {
        lock (_gate)
        {
            if (!_files.Remove(from, out var bytes)) return DiskOutcome.NotFound;
            _files[to] = bytes;
            return DiskOutcome.Ok;
        }
    }

    public DiskOutcome Delete(string name)
    {
        lock (_gate) return _files.Remove(name) ? DiskOutcome.Ok : DiskOutcome.NotFound;
    }

    public DiskOutcome Write(string name, long offsetBytes, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (WriteAnswer != DiskOutcome.Ok) return WriteAnswer;
            if (!_files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
            if (offsetBytes + bytes.Length > file.Length)
            {
                Array.Resize(ref file, (int)(offsetBytes + bytes.Length));
                _files[name] = file;
            }

            bytes.CopyTo(file.AsSpan((int)offsetBytes));
            return DiskOutcome.Ok;
        }
    }

    public DiskOutcome Read(string name, long offsetBytes, Span<byte> into)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
            if (offsetBytes + into.Length > file.Length) return DiskOutcome.IoError;
            file.AsSpan((int)offsetBytes, into.Length).CopyTo(into);
            return DiskOutcome.Ok;
        }
    }

    public DiskOutcome Sync(string name)
    {
        Syncs++;
        return SyncAnswer;
    }

    public DiskOutcome SyncDirectory() => DiskOutcome.Ok;
}
