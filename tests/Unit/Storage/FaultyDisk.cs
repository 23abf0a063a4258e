using Outrider.Core;

namespace Outrider.Tests.Unit.Storage;

/// <summary>
/// A disk in memory that keeps what is durable apart from what is only written, so that a crash can lose, keep or
/// garble each unsynced 512-byte sector by itself.
/// </summary>
public sealed class FaultyDisk : IDisk
{
    private const int SectorBytes = 512;
    private readonly SortedDictionary<string, DiskImage> _files = new(StringComparer.Ordinal);

    public long CapacityBytes { get; set; } = long.MaxValue;
    public Func<string, DiskOutcome>? OnWrite { get; set; }
    public Func<string, DiskOutcome>? OnSync { get; set; }
    public Func<string, long, int, DiskOutcome>? OnRead { get; set; }
    public int SyncCount { get; private set; }

    public IReadOnlyList<DiskFile> List() => [.. _files.Select(file => new DiskFile(file.Key, file.Value.Now.Length))];

    public DiskOutcome Create(string name, long sizeBytes)
    {
        if (_files.Values.Sum(file => (long)file.Now.Length) + sizeBytes > CapacityBytes) return DiskOutcome.Full;
        _files[name] = new DiskImage(new byte[sizeBytes], new byte[sizeBytes]);
        return DiskOutcome.Ok;
    }

    public DiskOutcome Rename(string from, string to)
    {
        if (!_files.Remove(from, out var file)) return DiskOutcome.NotFound;
        _files[to] = file;
        return DiskOutcome.Ok;
    }

    public DiskOutcome Delete(string name) => _files.Remove(name) ? DiskOutcome.Ok : DiskOutcome.NotFound;

    public DiskOutcome Write(string name, long offsetBytes, ReadOnlySpan<byte> bytes)
    {
        if (OnWrite?.Invoke(name) is { } refused && refused != DiskOutcome.Ok) return refused;
        if (!_files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
        if (offsetBytes + bytes.Length > file.Now.Length) return DiskOutcome.IoError;
        bytes.CopyTo(file.Now.AsSpan((int)offsetBytes));
        for (var at = offsetBytes / SectorBytes; at <= (offsetBytes + bytes.Length - 1) / SectorBytes; at++)
            file.Unsynced.Add((int)at);
        return DiskOutcome.Ok;
    }

    public DiskOutcome Read(string name, long offsetBytes, Span<byte> into)
    {
        if (OnRead?.Invoke(name, offsetBytes, into.Length) is { } refused && refused != DiskOutcome.Ok) return refused;
        if (!_files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
        if (offsetBytes + into.Length > file.Now.Length) return DiskOutcome.IoError;
        file.Now.AsSpan((int)offsetBytes, into.Length).CopyTo(into);
        return DiskOutcome.Ok;
    }

    public DiskOutcome Sync(string name)
    {
        SyncCount++;
        if (OnSync?.Invoke(name) is { } refused && refused != DiskOutcome.Ok) return refused;
        if (!_files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
        file.Now.CopyTo(file.Durable, 0);
        file.Unsynced.Clear();
        return DiskOutcome.Ok;
    }

    public DiskOutcome SyncDirectory() => DiskOutcome.Ok;

    /// <summary>Power loss: every unsynced sector is lost, kept or, with a chance, garbled.</summary>
    public void Crash(Rng rng, double garble)
    {
        foreach (var (_, file) in _files)
        {
            foreach (var sector in file.Unsynced)
            {
                var at = sector * SectorBytes;
                var span = file.Now.AsSpan(at, Math.Min(SectorBytes, file.Now.Length - at));
                if (rng.Chance(garble)) foreach (ref var b in span) b = (byte)rng.NextULong();
                else if (rng.Chance(0.5)) file.Durable.AsSpan(at, span.Length).CopyTo(span);
            }

            file.Now.CopyTo(file.Durable, 0);
            file.Unsynced.Clear();
        }
    }

    /// <summary>The bytes of a file, to be damaged in place.</summary>
    public byte[] Bytes(string name) => _files[name].Now;

    public void Settle()
    {
        foreach (var (_, file) in _files)
        {
            file.Now.CopyTo(file.Durable, 0);
            file.Unsynced.Clear();
        }
    }

    public FaultyDisk Copy()
    {
        var copy = new FaultyDisk();
        foreach (var (name, file) in _files)
        {
            var image = new DiskImage((byte[])file.Now.Clone(), (byte[])file.Durable.Clone());
            foreach (var sector in file.Unsynced) image.Unsynced.Add(sector);
            copy._files[name] = image;
        }

        return copy;
    }

    private sealed class DiskImage(byte[] now, byte[] durable)
    {
        public byte[] Now => now;
        public byte[] Durable => durable;
        public SortedSet<int> Unsynced { get; } = [];
    }
}
