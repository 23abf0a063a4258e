namespace Outrider.Core;

/// <summary>
/// Room for what a cache keeps for a while, cut from large arrays. The collector copies what survives in small arrays
/// twice before it lets it be, and pauses for as long; large arrays stay where they are. A piece keeps the whole from
/// being freed: one slab for each cache that forgets in the order it took in, never one for several. One thread at a
/// time.
/// </summary>
public sealed class ByteSlab
{
    // Above the size from which the runtime takes an array for large.
    private const int SlabBytes = 128 << 10;
    private const int PieceBytesMin = 512;
    private const int PieceBytesMax = SlabBytes / 4;

    private byte[] _slab = [];
    private int _used;

    /// <summary>Room with anything in it; short and very long pieces are arrays of their own.</summary>
    public Memory<byte> Take(int bytes)
    {
        if (bytes is < PieceBytesMin or > PieceBytesMax) return GC.AllocateUninitializedArray<byte>(bytes);
        if (_slab.Length - _used < bytes)
        {
            _slab = GC.AllocateUninitializedArray<byte>(SlabBytes);
            _used = 0;
        }

        _used += bytes;
        return _slab.AsMemory(_used - bytes, bytes);
    }

    /// <summary>A copy in room of its own.</summary>
    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = Take(bytes.Length);
        bytes.CopyTo(copy.Span);
        return copy;
    }
}
