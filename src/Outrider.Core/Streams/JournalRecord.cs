namespace Outrider.Core;

/// <summary>
/// What a node writes to its one journal, in order. A single journal a node means a single sync for all its streams.
/// </summary>
public abstract record JournalRecord
{
    private JournalRecord() { }

    /// <summary>Entries at the end of a stream; the first index is the present end plus one.</summary>
    public sealed record Append(StreamKey Stream, IReadOnlyList<Entry> Entries) : JournalRecord;

    /// <summary>Removes everything at or after <paramref name="From"/>.</summary>
    public sealed record Truncate(StreamKey Stream, LogIndex From) : JournalRecord;

    /// <summary>
    /// Sets the base of a stream. <paramref name="KeepSuffix"/> keeps entries after it (a trim); otherwise the stream
    /// is empty afterwards (an installed snapshot).
    /// </summary>
    public sealed record SetBase(StreamKey Stream, StreamBase Base, bool KeepSuffix) : JournalRecord;

    /// <summary>
    /// Replaces the small durable state of a group's member (its promise, its taint); the last one wins.
    /// </summary>
    public sealed record SaveState(GroupId Group, ReadOnlyMemory<byte> State) : JournalRecord;

    /// <summary>Forgets a group: this node is no longer a member and never will be under this id.</summary>
    public sealed record DropGroup(GroupId Group) : JournalRecord;
}
