using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// A disk that forgets and lies in the ways real ones do. Writes reach the page cache; a sync makes a file's bytes
/// durable, a directory sync its name. What a fault may hit is decided by the nemesis, within what the cluster must
/// survive: rot and misdirected writes on one node at a time, everything else anywhere.
/// </summary>
/// <remarks>
/// Names survive a crash as a prefix of the unsynced directory operations, as on a journaling file system.
/// </remarks>
public sealed class SimDisk(Rng rng) : IDisk
{
    private const int PageBytes = 4096;
    private readonly SortedDictionary<string, SimFile> _durable = new(StringComparer.Ordinal);
    private readonly List<(string Verb, string From, string To, SimFile? File)> _directoryOps = [];
    private SortedDictionary<string, SimFile> _files = new(StringComparer.Ordinal);
    private int _misdirectIn = -1;

    /// <summary>No space: creating and growing fail, as does writing to a file not fully allocated.</summary>
    public bool Full { get; set; }

    /// <summary>The next so many writes (syncs, reads) are refused by the device.</summary>
    public int FailWrites { get; set; }
    public int FailSyncs { get; set; }
    public int FailReads { get; set; }
    public int FailDirectorySyncs { get; set; }

    /// <summary>
    /// Counted for reports: sectors lost or garbled by crashes, bits flipped, writes that went astray.
    /// </summary>
    public long SectorsLost { get; private set; }
    public long BitsFlipped { get; private set; }
    public long WritesMisdirected { get; private set; }

    /// <summary>Whether bytes that were durable may have changed: what a journal must detect and may refuse.</summary>
    public bool HasRotted => Rots > 0;

    /// <summary>How often that may have happened.</summary>
    public long Rots => BitsFlipped + WritesMisdirected;

    public long UsedBytes => _files.Values.Sum(file => (long)file.Bytes.Length);

    /// <summary>Sectors written since their file's last sync.</summary>
    public int UnsyncedSectors => _files.Values.Sum(file => file.DirtySectors);

    public IReadOnlyList<DiskFile> List() => [.. _files.Select(f => new DiskFile(f.Key, f.Value.Bytes.Length))];

    public DiskOutcome Create(string name, long sizeBytes)
    {
        Check.That(sizeBytes >= 0);
        if (Full) return DiskOutcome.Full;
        if (FailWrites > 0 && FailWrites-- > 0) return DiskOutcome.IoError;
        var file = new SimFile(sizeBytes);
        _files[name] = file;
        _directoryOps.Add(("create", name, "", file));
        return DiskOutcome.Ok;
    }

    public DiskOutcome Rename(string from, string to)
    {
        if (!_files.Remove(from, out var file)) return DiskOutcome.NotFound;
        _files[to] = file;
        _directoryOps.Add(("rename", from, to, file));
        return DiskOutcome.Ok;
    }

    public DiskOutcome Delete(string name)
    {
        if (!_files.Remove(name)) return DiskOutcome.NotFound;
        _directoryOps.Add(("delete", name, "", null));
        return DiskOutcome.Ok;
    }

    public DiskOutcome Write(string name, long offsetBytes, ReadOnlySpan<byte> bytes)
    {
        Check.That(offsetBytes >= 0);
        if (!_files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
        if (FailWrites > 0 && FailWrites-- > 0) return DiskOutcome.IoError;
        if (Full && offsetBytes + bytes.Length > file.Bytes.Length) return DiskOutcome.Full;
        if (_misdirectIn >= 0 && _misdirectIn-- == 0)
        {
            // The head landed elsewhere: the bytes overwrite another place and are missing where they belong.
            WritesMisdirected++;
            // Devices and file systems lose their way by whole pages.
            var within = offsetBytes % PageBytes;
            var room = file.Bytes.Length - bytes.Length - within;
            if (room > 0) offsetBytes = within + (PageBytes * rng.Below((room / PageBytes) + 1));
        }

        file.Write(offsetBytes, bytes);
        return DiskOutcome.Ok;
    }

    public DiskOutcome Read(string name, long offsetBytes, Span<byte> into)
    {
        if (!_files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
        if (FailReads > 0 && FailReads-- > 0) return DiskOutcome.IoError;
        if (offsetBytes < 0 || offsetBytes + into.Length > file.Bytes.Length) return DiskOutcome.IoError;
        file.Bytes.AsSpan((int)offsetBytes, into.Length).CopyTo(into);
        return DiskOutcome.Ok;
    }

    public DiskOutcome Sync(string name)
    {
        if (!_files.TryGetValue(name, out var file)) return DiskOutcome.NotFound;
        if (FailSyncs > 0 && FailSyncs-- > 0)
        {
            // As on Linux: the pages are marked clean and what they held is anyone's guess. A second sync would
            // "succeed" over the hole, which is why no caller may retry.
            SectorsLost += file.Crash(rng, CrashKind.Mixed);
            return DiskOutcome.IoError;
        }

        file.Sync();
        return DiskOutcome.Ok;
    }

    public DiskOutcome SyncDirectory()
    {
        if (FailSyncs > 0 && FailSyncs-- > 0) return DiskOutcome.IoError;
        if (FailDirectorySyncs > 0 && FailDirectorySyncs-- > 0) return DiskOutcome.IoError;
        Replay(_directoryOps.Count);
        return DiskOutcome.Ok;
    }

    /// <summary>The process or the power goes; what comes back is what the disk really held.</summary>
    public void Crash(CrashKind kind)
    {
        FailWrites = FailSyncs = FailReads = FailDirectorySyncs = 0;
        _misdirectIn = -1;
        // A killed process leaves the page cache as it is, and still not durable: the next power loss may take what
        // the process did not sync, however often it has been read back meanwhile.
        if (kind == CrashKind.KeepAll) return;
        Replay(kind == CrashKind.DropAll ? 0 : (int)rng.Below(_directoryOps.Count + 1));
        _directoryOps.Clear();
        _files = new SortedDictionary<string, SimFile>(_durable, StringComparer.Ordinal);
        foreach (var file in _files.Values) SectorsLost += file.Crash(rng, kind);
    }

    /// <summary>Flips one random bit of the file contents at rest; false on an empty disk.</summary>
    public bool RotOneBit()
    {
        var total = UsedBytes;
        if (total == 0) return false;
        var at = rng.Below(total);
        foreach (var file in _files.Values)
        {
            if (at < file.Bytes.Length)
            {
                // A zero byte far from anything written is preallocated space: aim for bytes that mean something.
                for (var tries = 0; tries < 64 && file.Bytes[at] == 0; tries++) at = rng.Below(file.Bytes.Length);
                file.Rot(at, (int)rng.Below(8));
                BitsFlipped++;
                return true;
            }

            at -= file.Bytes.Length;
        }

        throw Check.Unreachable(at);
    }

    /// <summary>One of the next writes will land in the wrong place of its file.</summary>
    public void MisdirectSoon() => _misdirectIn = (int)rng.Below(20);

    private void Replay(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (verb, from, to, file) = _directoryOps[i];
            if (verb == "create") _durable[from] = file!;
            else if (verb == "delete") _durable.Remove(from);
            else
            {
                _durable.Remove(from);
                _durable[to] = file!;
            }
        }

        _directoryOps.RemoveRange(0, count);
    }
}
