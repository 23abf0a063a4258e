using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>A committed entry as some copy showed it first.</summary>
/// <param name="Digest">Of everything in it, the payload included.</param>
/// <param name="HasLoss">For seals: memory-class entries before it may have been lost.</param>
public readonly record struct CommittedEntry(
    LogIndex Index, Term Term, EntryKind Kind, long FirstSlot, int Slots, ProducerId Producer, long Sequence,
    ulong Digest, bool HasLoss, long AtMicros, NodeId Node);

/// <summary>A copy showed something else at an index than another copy had shown as committed.</summary>
public sealed record CommitConflict(CommittedEntry First, string Then);

/// <summary>
/// What the copies of one stream have shown as committed on disk. The first sight of each index is kept, later ones are
/// compared with it and kept only if they differ.
/// </summary>
public sealed class StreamHistory(StreamKey key)
{
    private readonly List<CommittedEntry?> _entries = [];
    private readonly List<CommitConflict> _conflicts = [];

    public StreamKey Key { get; } = key;
    public IReadOnlyList<CommitConflict> Conflicts => _conflicts;

    /// <summary>How often a copy's entry was compared with what was known.</summary>
    public long Observations { get; private set; }

    /// <summary>The last index any copy has shown as committed.</summary>
    public LogIndex End => new(_entries.Count);

    public CommittedEntry? At(LogIndex index) =>
        index.Value >= 1 && index.Value <= _entries.Count ? _entries[(int)index.Value - 1] : null;

    public void Observe(Entry entry, bool hasLoss, NodeId node, long atMicros)
    {
        Observations++;
        var seen = new CommittedEntry(
            entry.Index, entry.Term, entry.Kind, entry.FirstSlot, entry.Slots, entry.Producer, entry.Sequence,
            DigestOf(entry), hasLoss, atMicros, node);
        if (At(entry.Index) is { } first)
        {
            if (first.Digest != seen.Digest) _conflicts.Add(new CommitConflict(first, $"{node} shows {entry}"));
            return;
        }

        while (_entries.Count < entry.Index.Value) _entries.Add(null);
        _entries[(int)entry.Index.Value - 1] = seen;
    }

    /// <summary>A copy whose entry is no longer in memory still tells its term.</summary>
    public void Observe(LogIndex index, Term term, NodeId node)
    {
        if (At(index) is not { } first) return;
        Observations++;
        if (first.Term != term) _conflicts.Add(new CommitConflict(first, $"{node} has {term} at {index}"));
    }

    public static ulong DigestOf(Entry entry)
    {
        var digest = TraceHash.Of(entry.Payload.Span);
        digest = Mix(digest, (ulong)entry.Index.Value);
        digest = Mix(digest, (ulong)entry.Term.Value);
        digest = Mix(digest, ((ulong)entry.Kind << 32) | (uint)entry.Slots);
        digest = Mix(digest, (ulong)entry.FirstSlot);
        digest = Mix(digest, entry.Producer.Value);
        return Mix(digest, (ulong)entry.Sequence);
    }

    private static ulong Mix(ulong state, ulong value)
    {
        state = (state ^ value) * 0x9FB21C651E98DF25UL;
        return state ^ (state >> 29);
    }
}

/// <summary>An append that a client saw acknowledged.</summary>
public sealed record AckedAppend(
    int Client, int Number, StreamKey Stream, ProducerId Producer, long Sequence, Durability Durability, bool Duplicate,
    Term Term, LogIndex Index, long InvokedMicros, long AckedMicros, NodeId By);

/// <summary>A read that was answered as confirmed.</summary>
public sealed record ConfirmedReadFact(
    int Client, int Number, StreamKey Stream, LogIndex Committed, IReadOnlyList<(LogIndex Index, ulong Digest)> Items,
    long InvokedMicros, long AnsweredMicros, NodeId By);

/// <summary>A node opened a term of a group in one of its lives.</summary>
public sealed record OpenedTerm(GroupId Group, Term Term, NodeId Node, long Life, long AtMicros);

/// <summary>Everything a run of replicated streams has shown to the outside.</summary>
public sealed class ReplicationHistory
{
    private readonly SortedDictionary<StreamKey, StreamHistory> _streams = [];

    public IReadOnlyCollection<StreamHistory> Streams => _streams.Values;
    public List<AckedAppend> Acks { get; } = [];
    public List<ConfirmedReadFact> Reads { get; } = [];
    public List<OpenedTerm> Opened { get; } = [];

    /// <summary>The run came to its end healed: what was acknowledged must be there by now.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Promises that a client saw broken on the spot.</summary>
    public List<string> Broken { get; } = [];

    public StreamHistory Stream(StreamKey key)
    {
        if (!_streams.TryGetValue(key, out var stream)) _streams[key] = stream = new StreamHistory(key);
        return stream;
    }
}
