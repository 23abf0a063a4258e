using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// A disk that remembers what is not yet synced, so that the kill of a node within a living process is as hard as the
/// machine's: everything since the last sync is taken back. It costs a read before each write, and memory for what is
/// not yet synced; a process of its own needs none of it.
/// </summary>
public sealed class KillableDisk : IDisk
{
    private const string Tombstone = "killable-tombstone-";
    private const int SectorBytes = 512;

    private readonly IDisk _inner;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Undo>> _writes = [];
    private readonly List<Action> _directory = [];
    private readonly List<string> _graves = [];
    private long _number;
    private bool _dead;

    public KillableDisk(IDisk inner)
    {
        _inner = inner;
        // Left by a process that was killed for real: its deletions have happened.
        foreach (var file in inner.List())
            if (file.Name.StartsWith(Tombstone, StringComparison.Ordinal)) inner.Delete(file.Name);
    }

    public IReadOnlyList<DiskFile> List()
    {
        lock (_gate)
            return [.. _inner.List().Where(f => !f.Name.StartsWith(Tombstone, StringComparison.Ordinal))];
    }

    public DiskOutcome Create(string name, long sizeBytes)
    {
        lock (_gate)
        {
            if (_dead) return DiskOutcome.IoError;
            var outcome = _inner.Create(name, sizeBytes);
            if (outcome == DiskOutcome.Ok) _directory.Add(() => _inner.Delete(name));
            return outcome;
        }
    }

    public DiskOutcome Rename(string from, string to)
    {
        lock (_gate)
        {
            if (_dead) return DiskOutcome.IoError;
            var buried = Exists(to) ? Bury(to) : null;
            var outcome = _inner.Rename(from, to);
            if (outcome != DiskOutcome.Ok)
            {
                if (buried is not null) _inner.Rename(buried, to);
                return outcome;
            }

            // Taken back in reverse: first the new name, then what had it before.
            if (buried is not null) _directory.Add(() => _inner.Rename(buried, to));
            MoveWrites(from, to);
            _directory.Add(() =>
            {
                _inner.Rename(to, from);
                MoveWrites(to, from);
            });
            return outcome;
        }
    }

    public DiskOutcome Delete(string name)
    {
        lock (_gate)
        {
            if (_dead) return DiskOutcome.IoError;
            if (!Exists(name)) return DiskOutcome.NotFound;
            var grave = Bury(name);
            _directory.Add(() => _inner.Rename(grave, name));
            return DiskOutcome.Ok;
        }
    }

    public DiskOutcome Write(string name, long offsetBytes, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_dead) return DiskOutcome.IoError;
            var before = new byte[bytes.Length];
            var read = _inner.Read(name, offsetBytes, before);
            // Beyond the end nothing was: taking the write back leaves zeroes there, as a hole would.
            if (read is DiskOutcome.NotFound) return read;
            if (!_writes.TryGetValue(name, out var undos)) _writes[name] = undos = [];
            undos.Add(new Undo(++_number, offsetBytes, before));
            return _inner.Write(name, offsetBytes, bytes);
        }
    }

    public DiskOutcome Read(string name, long offsetBytes, Span<byte> into) => _inner.Read(name, offsetBytes, into);

    public DiskOutcome Sync(string name)
    {
        long upTo;
        lock (_gate)
        {
            if (_dead) return DiskOutcome.IoError;
            upTo = _number;
        }

        // Not under the lock: the pump goes on writing meanwhile, and what it writes is not covered by this sync.
        var outcome = _inner.Sync(name);
        lock (_gate)
        {
            if (_dead) return DiskOutcome.IoError;
            if (outcome == DiskOutcome.Ok && _writes.TryGetValue(name, out var undos))
                undos.RemoveAll(u => u.Number <= upTo);
            return outcome;
        }
    }

    public DiskOutcome SyncDirectory()
    {
        lock (_gate)
        {
            if (_dead) return DiskOutcome.IoError;
            var outcome = _inner.SyncDirectory();
            if (outcome != DiskOutcome.Ok) return outcome;
            foreach (var grave in _graves) _inner.Delete(grave);
            _graves.Clear();
            _directory.Clear();
            return outcome;
        }
    }

    /// <summary>
    /// Takes back everything since the last syncs, in reverse order; afterwards every call fails, so that a sync still
    /// under way in the killed node can do no more. <paramref name="garble"/>: of each unsynced sector, the old, the
    /// new or neither may be left, as after a loss of power.
    /// </summary>
    public void Crash(bool garble)
    {
        lock (_gate)
        {
            if (_dead) return;
            _dead = true;
            foreach (var (name, undos) in _writes)
                for (var i = undos.Count - 1; i >= 0; i--) TakeBack(name, undos[i], garble);
            for (var i = _directory.Count - 1; i >= 0; i--) _directory[i]();
        }
    }

    private void TakeBack(string name, Undo undo, bool garble)
    {
        if (!garble)
        {
            _inner.Write(name, undo.OffsetBytes, undo.Before);
            return;
        }

        for (var at = 0; at < undo.Before.Length;)
        {
            // Sectors are those of the device: a write that starts within one shares its fate with its neighbours.
            var left = SectorBytes - (int)((undo.OffsetBytes + at) % SectorBytes);
            var part = undo.Before.AsSpan(at, Math.Min(left, undo.Before.Length - at));
            var fate = Random.Shared.Next(3);
            if (fate == 0) Random.Shared.NextBytes(part);
            if (fate != 1) _inner.Write(name, undo.OffsetBytes + at, part);
            at += part.Length;
        }
    }

    private void MoveWrites(string from, string to)
    {
        if (_writes.Remove(from, out var moved)) _writes[to] = moved;
    }

    private bool Exists(string name) =>
        _inner.List().Any(f => string.Equals(f.Name, name, StringComparison.Ordinal));

    private string Bury(string name)
    {
        var grave = $"{Tombstone}{++_number}";
        _inner.Rename(name, grave);
        _graves.Add(grave);
        return grave;
    }

    private sealed record Undo(long Number, long OffsetBytes, byte[] Before);
}
