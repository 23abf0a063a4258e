using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// A file as the page cache shows it, with what each unsynced sector held at the last sync and which of its bytes have
/// been written since.
/// </summary>
internal sealed class SimFile(long sizeBytes)
{
    public const int SectorBytes = 512;
    private readonly SortedDictionary<int, Dirty> _dirty = [];

    public byte[] Bytes { get; private set; } = new byte[sizeBytes];
    public int DirtySectors => _dirty.Count;

    private sealed record Dirty(byte[] Before)
    {
        public int From = SectorBytes;
        public int To;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        var end = offset + bytes.Length;
        if (end > Bytes.Length)
        {
            var grown = Bytes;
            Array.Resize(ref grown, checked((int)end));
            Bytes = grown;
        }

        for (var at = offset; at < end;)
        {
            var sector = (int)(at / SectorBytes);
            var within = (int)(at % SectorBytes);
            var count = (int)Math.Min(SectorBytes - within, end - at);
            var dirty = Touch(sector);
            dirty.From = Math.Min(dirty.From, within);
            dirty.To = Math.Max(dirty.To, within + count);
            at += count;
        }

        bytes.CopyTo(Bytes.AsSpan((int)offset));
    }

    public void Sync() => _dirty.Clear();

    /// <summary>Flips one bit at rest: the page cache and the platter alike.</summary>
    public void Rot(long offset, int bit)
    {
        Bytes[offset] ^= (byte)(1 << bit);
        var sector = (int)(offset / SectorBytes);
        if (_dirty.TryGetValue(sector, out var dirty)) dirty.Before[offset % SectorBytes] ^= (byte)(1 << bit);
    }

    /// <summary>
    /// The power goes: each unsynced sector keeps its new bytes, or its old ones, or tears within what was written, or
    /// comes back with garbage there. Bytes of a sector that were durable before stay: a disk that loses them is a
    /// disk with rot, which is a fault of its own.
    /// </summary>
    public int Crash(Rng rng, CrashKind kind)
    {
        Check.That(kind != CrashKind.KeepAll);
        var lost = 0;
        foreach (var (sector, dirty) in _dirty)
        {
            var span = Bytes.AsSpan(sector * SectorBytes, Math.Min(SectorBytes, Bytes.Length - sector * SectorBytes));
            var fate = kind == CrashKind.DropAll ? 1 : (int)rng.Below(4);
            if (fate == 0) continue;
            lost++;
            var from = dirty.From;
            if (fate == 2) from += (int)rng.Below(dirty.To - dirty.From + 1);
            dirty.Before.AsSpan(from, dirty.To - from).CopyTo(span[from..]);
            if (fate == 3)
                for (var i = from; i < dirty.To; i++) span[i] = (byte)rng.NextULong();
        }

        _dirty.Clear();
        return lost;
    }

    private Dirty Touch(int sector)
    {
        if (_dirty.TryGetValue(sector, out var dirty)) return dirty;
        var before = new byte[SectorBytes];
        var from = sector * SectorBytes;
        var have = Math.Clamp(Bytes.Length - from, 0, SectorBytes);
        Bytes.AsSpan(from, have).CopyTo(before);
        return _dirty[sector] = new Dirty(before);
    }
}

/// <summary>What a power loss does to unsynced sectors.</summary>
public enum CrashKind : byte
{
    /// <summary>Only the process died: the page cache survives.</summary>
    KeepAll,
    DropAll,
    /// <summary>Each sector on its own: kept, dropped, torn or garbled.</summary>
    Mixed,
}
