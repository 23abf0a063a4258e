namespace Outrider.Core;

/// <summary>Asks the host for entries from disk.</summary>
/// <param name="Id">Chosen by the machine; comes back in the answer.</param>
/// <param name="Stream">Which stream.</param>
/// <param name="From">First index wanted.</param>
/// <param name="Count">Entries wanted at most.</param>
/// <param name="MaxBytes">Bytes wanted at most; at least one entry is returned if it exists.</param>
public sealed record ReadEntries(long Id, StreamKey Stream, LogIndex From, int Count, int MaxBytes);

public enum ReadOutcome : byte
{
    Ok,
    /// <summary>The index is at or below the base: install the base instead.</summary>
    Trimmed,
    /// <summary>A record failed its checksum: the stream is not to be trusted from there on.</summary>
    Corrupt,
    IoError,
}

/// <summary>Entries from disk, dense and ascending from the index asked for; possibly fewer than asked.</summary>
public sealed record EntriesRead(long Id, StreamKey Stream, ReadOutcome Outcome, IReadOnlyList<Entry> Entries);

/// <summary>What a node finds in its journal at the start.</summary>
/// <param name="Incarnation">This life's number, already durable.</param>
/// <param name="Unclean">The previous life did not close its journal: unsynced memory may have been lost.</param>
/// <param name="Groups">Groups, ascending by id.</param>
public sealed record Recovered(
    Incarnation Incarnation, bool Unclean, IReadOnlyList<RecoveredGroup> Groups)
{
    public static Recovered Fresh(Incarnation incarnation) => new(incarnation, Unclean: false, []);
}

/// <param name="Group">The group.</param>
/// <param name="State">The last <see cref="JournalRecord.SaveState"/>; empty if none.</param>
/// <param name="Streams">Its streams, ascending by id.</param>
public sealed record RecoveredGroup(
    GroupId Group, ReadOnlyMemory<byte> State, IReadOnlyList<RecoveredStream> Streams);

/// <param name="Stream">The stream.</param>
/// <param name="Base">What remains of the trimmed prefix.</param>
/// <param name="LastIndex">The last entry present.</param>
/// <param name="CorruptFrom">Not zero: entries at or after it that were once durable are unreadable. The member must
/// answer no seal for this stream until it has been repaired from its peers.</param>
/// <param name="Entries">Reads the entries after the base in order, from disk, as they are enumerated.</param>
public sealed record RecoveredStream(
    StreamId Stream, StreamBase Base, LogIndex LastIndex, LogIndex CorruptFrom, IEnumerable<Entry> Entries);
