namespace Outrider.Simulation;

/// <summary>
/// Folds everything that happens into one number: two runs of a seed are the same run if and only if (but for
/// collisions) their hashes are. Checkpoints locate the first difference.
/// </summary>
public sealed class TraceHash
{
    private const int CheckpointEvery = 1000;
    private readonly List<ulong> _checkpoints = [];
    private ulong _state = 14695981039346656037UL;

    public ulong Value => _state;
    public long Folds { get; private set; }

    /// <summary>The state after every thousandth fold.</summary>
    public IReadOnlyList<ulong> Checkpoints => _checkpoints;

    public void Fold(long tick, int kind, int node, ulong digest)
    {
        var state = _state;
        state = Mix(state ^ (ulong)tick);
        state = Mix(state ^ ((ulong)(uint)node << 8) ^ (ulong)(uint)kind);
        _state = Mix(state ^ digest);
        if (++Folds % CheckpointEvery == 0) _checkpoints.Add(_state);
    }

    /// <summary>The first fold, to the thousand, at which two runs differ; -1 if they do not.</summary>
    public static long FirstDifference(TraceHash a, TraceHash b)
    {
        var common = Math.Min(a._checkpoints.Count, b._checkpoints.Count);
        for (var i = 0; i < common; i++)
            if (a._checkpoints[i] != b._checkpoints[i]) return (long)i * CheckpointEvery;
        return a.Value == b.Value && a.Folds == b.Folds ? -1 : (long)common * CheckpointEvery;
    }

    /// <summary>A digest of bytes that is the same in every process.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var state = (ulong)bytes.Length * 0x9E3779B97F4A7C15UL;
        while (bytes.Length >= 8)
        {
            state = Mix(state ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var b in bytes) state = Mix(state ^ b);
        return state;
    }

    public static ulong Of(string text)
    {
        var state = 14695981039346656037UL;
        foreach (var ch in text) state = (state ^ ch) * 1099511628211UL;
        return state;
    }

    private static ulong Mix(ulong x)
    {
        x *= 0x9FB21C651E98DF25UL;
        return x ^ (x >> 32);
    }
}
