using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// A piece of a file in memory that moves as it is read; large pieces for scans, small ones for look-ups.
/// </summary>
internal sealed class SegmentWindow(IDisk disk, int chunkBytes)
{
    private byte[] _bytes = [];
    private string _name = "";
    private int _sizeBytes;
    private int _from;
    private int _count;

    public string Name => _name;

    /// <summary>Blocks that the device refused to read in the present file; they read as zeroes.</summary>
    public List<int> UnreadableAt { get; } = [];

    public void Open(string name, int sizeBytes)
    {
        _name = name;
        _sizeBytes = sizeBytes;
        _count = 0;
        UnreadableAt.Clear();
    }

    /// <summary>
    /// Bytes of the file, valid until the next call. With <paramref name="tolerant"/> a block that cannot be read
    /// gives zeroes and a note, since one bad sector must not hide its neighbours.
    /// </summary>
    public DiskOutcome Get(int offset, int count, bool tolerant, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        Check.That(offset >= 0 && count >= 0);
        if ((long)offset + count > _sizeBytes) return DiskOutcome.NotFound;
        if (offset < _from || offset + count > _from + _count)
        {
            var outcome = Load(offset, count, tolerant);
            if (outcome != DiskOutcome.Ok) return outcome;
        }

        bytes = _bytes.AsMemory(offset - _from, count);
        return DiskOutcome.Ok;
    }

    private DiskOutcome Load(int offset, int count, bool tolerant)
    {
        _from = offset & -Layouts.BlockBytes;
        _count = (int)Math.Min((long)_sizeBytes - _from, Math.Max((long)chunkBytes, (long)offset - _from + count));
        if (_bytes.Length < _count) _bytes = new byte[_count];
        var outcome = disk.Read(_name, _from, _bytes.AsSpan(0, _count));
        if (outcome != DiskOutcome.IoError || !tolerant)
        {
            if (outcome != DiskOutcome.Ok) _count = 0;
            return outcome;
        }

        for (var at = 0; at < _count; at += Layouts.BlockBytes)
        {
            var piece = _bytes.AsSpan(at, Math.Min(Layouts.BlockBytes, _count - at));
            if (disk.Read(_name, _from + at, piece) == DiskOutcome.Ok) continue;
            piece.Clear();
            if (!UnreadableAt.Contains(_from + at)) UnreadableAt.Add(_from + at);
        }

        return DiskOutcome.Ok;
    }
}
