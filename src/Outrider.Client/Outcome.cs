using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client;

/// <summary>What became of a call. Expected outcomes are values; not knowing is one of them.</summary>
public abstract record Outcome<T>
{
    private Outcome() { }

    /// <summary>It happened, for good.</summary>
    public sealed record Done(T Value) : Outcome<T>;

    /// <summary>It did not happen, and why.</summary>
    public sealed record Refused(LogRefusal Code, string Reason) : Outcome<T>;

    /// <summary>It may or may not have happened: the deadline passed before the answer came.</summary>
    public sealed record Unknown(string Reason) : Outcome<T>;

    /// <summary>The value, for callers to whom anything else is exceptional.</summary>
    /// <exception cref="OutcomeException">It was refused, or its fate is unknown.</exception>
    public T Require() => this switch
    {
        Done done => done.Value,
        Refused refused => throw new OutcomeException(refused.Code, $"refused ({refused.Code}): {refused.Reason}"),
        Unknown unknown => throw new OutcomeException(null, $"unknown: {unknown.Reason}"),
        _ => throw Check.Unreachable(this),
    };
}

/// <summary>Thrown by <see cref="Outcome{T}.Require"/>. <see cref="Code"/> is null when the outcome is
/// unknown.</summary>
public sealed class OutcomeException(LogRefusal? code, string message) : Exception(message)
{
    public LogRefusal? Code => code;
}

/// <summary>A confirmed append.</summary>
/// <param name="Positions">One a record, ascending; final.</param>
/// <param name="Durability">What was reached.</param>
/// <param name="Duplicate">A retry found that an earlier try had succeeded.</param>
public sealed record Appended(IReadOnlyList<Position> Positions, Durability Durability, bool Duplicate);

/// <summary>A page of confirmed records; <paramref name="Next"/> is where to go on.</summary>
public sealed record RecordPage(IReadOnlyList<LogRecord> Records, Position Next)
{
    /// <summary>Reading all keys: positions passed of which no copy is left, as an operator has declared.</summary>
    public IReadOnlyList<Position> Lost { get; init; } = [];
}

/// <summary>The end of an ended sub-log that no copy answers for, or that was declared lost just now.</summary>
/// <param name="SubLog">Its number: what <see cref="OutriderClient.GiveUpAsync"/> takes.</param>
/// <param name="Shard">The shard, which takes no appends until it is found or given up.</param>
/// <param name="Slots">How many slots; some may have been holes.</param>
/// <param name="First">The first position, if it is not trimmed.</param>
/// <param name="Last">The last one, likewise; those of other sub-logs lie in between.</param>
/// <param name="Silent">Nodes that may hold a copy and do not answer.</param>
/// <param name="Without">Nodes that were to hold one and do not.</param>
public sealed record MissingSubLog(
    int SubLog, int Shard, long Slots, Position? First, Position? Last, IReadOnlyList<string> Silent,
    IReadOnlyList<string> Without);

/// <summary>Where the log ends.</summary>
public sealed record Tails(Position Confirmed, Position Speculative);

/// <summary>A key's records: how many, the first, the last.</summary>
public sealed record KeyExtent(long Count, Position? First, Position? Last);

/// <summary>What a trim forgot.</summary>
/// <param name="HeldBy">The consumer group that keeps it from going as far as asked; null: none does.</param>
public sealed record Trimmed(Position Below, long Removed, string? HeldBy = null);

/// <summary>A record to append.</summary>
/// <param name="Payload">At most 1 MiB.</param>
/// <param name="Headers">Name/value pairs; null: none.</param>
/// <param name="TimestampMs">Null: now.</param>
public sealed record NewRecord(
    ReadOnlyMemory<byte> Payload, IReadOnlyList<RecordField>? Headers = null, long? TimestampMs = null);
