using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>A record as a client saw it, reduced to what must agree.</summary>
/// <param name="Producer">The client that wrote it.</param>
/// <param name="Operation">The client's own number of the batch.</param>
/// <param name="Part">Its place in the batch.</param>
/// <param name="Raw">The record itself, where it is the groups' own; what they write has no client as producer.</param>
public readonly record struct SeenRecord(
    Position Position, Rid Rid, int Producer, int Operation, int Part, ulong Digest, string Key,
    LogRecord? Raw = null);

/// <summary>An append that its client saw acknowledged.</summary>
public sealed record AckedBatch(
    int Client, int Operation, string Key, IReadOnlyList<Position> Positions, bool Duplicate,
    long InvokedMicros, long AckedMicros, NodeId By);

/// <summary>An answer that claims to be confirmed: records of one key or of all, within bounds.</summary>
/// <param name="Key">Null: all keys.</param>
/// <param name="From">The first position it speaks of.</param>
/// <param name="To">The first position it does not speak of.</param>
public sealed record ConfirmedAnswer(
    int Client, string? Key, Position From, Position To, IReadOnlyList<SeenRecord> Items,
    long InvokedMicros, NodeId By)
{
    /// <summary>Positions that it says are lost.</summary>
    public IReadOnlyList<Position> Missed { get; init; } = [];
}

/// <summary>
/// A follower's confirmed stretch: it claims to have seen every record in it (of its key, if it has one), and no other.
/// </summary>
public sealed class ConfirmedStretch(int client, Position from, string? key)
{
    public string? Key { get; } = key;
    public int Client { get; } = client;
    public Position From { get; } = from;
    public Position To { get; set; } = from;
    public List<SeenRecord> Items { get; } = [];

    /// <summary>Positions that it was told are lost.</summary>
    public SortedSet<Position> Told { get; } = [];

    /// <summary>Outputs that left the gate, in order, without repetitions by key.</summary>
    public List<Effect> Effects { get; } = [];
}

/// <summary>Everything that a run of the log has shown to its clients.</summary>
public sealed class LogHistory
{
    public List<AckedBatch> Acks { get; } = [];
    public List<ConfirmedStretch> Stretches { get; } = [];
    public List<ConfirmedAnswer> Answers { get; } = [];

    /// <summary>Records that some follower was told never happened.</summary>
    public List<(int Client, SeenRecord Record)> Revoked { get; } = [];

    /// <summary>Promises that a client saw broken on the spot.</summary>
    public List<string> Broken { get; } = [];

    /// <summary>Records delivered as speculative.</summary>
    public long SpeculativeFacts { get; set; }

    /// <summary>Everything below has been trimmed on request.</summary>
    public Position TrimmedBelow { get; set; }

    /// <summary>
    /// Positions that were declared lost, after the fault had taken all copies of them, each with the confirmed end as
    /// it was then: who has read the order further knows of it.
    /// </summary>
    public SortedDictionary<Position, Position> Lost { get; } = [];

    /// <summary>What lies below was trimmed for its age, perhaps before anybody had read it.</summary>
    public Position RetainedFrom { get; set; }

    /// <summary>The run ended healed, and every follower has caught up with every acknowledgement.</summary>
    public bool IsComplete { get; set; }

    public static SeenRecord Reduce(LogRecord record)
    {
        var payload = record.Payload.Span;
        var own = GroupCodec.IsGroupStream(record.Key) || record.Key == GroupDraw.DeadKey;
        var known = payload.Length >= 12 && !own;
        var digest = TraceHash.Of(payload) ^ TraceHash.Of(record.Key);
        return new SeenRecord(
            record.Position, record.Rid,
            known ? BitConverter.ToInt32(payload) : -1,
            known ? BitConverter.ToInt32(payload[4..]) : -1,
            known ? BitConverter.ToInt32(payload[8..]) : -1,
            digest,
            record.Key,
            own ? record : null);
    }
}
