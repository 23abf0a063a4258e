using Outrider.Client.Processing;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// A follower's state: a chain over every record, so that any other order shows at once. Mutable, so that whoever keeps
/// one without copying it is found out.
/// </summary>
public sealed class ChainState : IForkable<ChainState>
{
    public long Count { get; private set; }
    public ulong Hash { get; private set; } = 14695981039346656037UL;

    public void Add(in SeenRecord record, Action<ulong> emit)
    {
        var hash = (Hash ^ (ulong)record.Position.Value) * 0x9FB21C651E98DF25UL;
        hash = (hash ^ record.Digest) * 0xBF58476D1CE4E5B9UL;
        (Count, Hash) = (Count + 1, hash ^ (hash >> 31));
        emit(Hash);
        if (Hash % 3 == 0) emit(~Hash);
    }

    public ChainState Fork() => new() { Count = Count, Hash = Hash };
}

/// <summary>An output that left a follower's gate.</summary>
/// <param name="Number">Which of its record's outputs it is.</param>
public readonly record struct Effect(Position Position, int Number, ulong Value);
