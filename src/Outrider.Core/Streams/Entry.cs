namespace Outrider.Core;

public enum EntryKind : byte
{
    /// <summary>Records of a client: the payload is theirs.</summary>
    Records = 1,
    /// <summary>A run of slots given up, so that a row can complete. No payload.</summary>
    Holes = 2,
    /// <summary>First entry of a term: nothing of an earlier term can appear after it.</summary>
    Seal = 3,
    /// <summary>Says that everything at or below an index may be forgotten.</summary>
    Trim = 4,
    /// <summary>In the catalogue stream: a stream exists from here on.</summary>
    CreateStream = 5,
    /// <summary>A decision of the stream's owner (an ordering entry, a hand-over); opaque to replication.</summary>
    Control = 6,
}

/// <summary>
/// One entry of a stream. It keeps the term it was written in for ever; recovery never re-stamps it.
/// </summary>
/// <param name="Index">Its place, 1-based and dense.</param>
/// <param name="Term">The term of the leader that wrote it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="FirstSlot">Slots (records and holes) of the stream before it; control entries do not count.</param>
/// <param name="Slots">Slots it holds: records or holes; 0 for control entries.</param>
/// <param name="Producer">Who wrote it, for duplicate detection; none for entries of the system.</param>
/// <param name="Sequence">The producer's own number of it.</param>
/// <param name="Payload">Opaque bytes; the owner knows their form.</param>
public sealed record Entry(
    LogIndex Index,
    Term Term,
    EntryKind Kind,
    long FirstSlot,
    int Slots,
    ProducerId Producer,
    long Sequence,
    ReadOnlyMemory<byte> Payload)
{
    /// <summary>What it takes in a message or on disk, bounded above.</summary>
    public int SizeBytes => Limits.EntryHeaderBytes + Payload.Length;

    public long EndSlot => FirstSlot + Slots;

    public override string ToString() => $"{Index}@{Term} {Kind}[{FirstSlot}+{Slots}] {Payload.Length}B";
}

/// <summary>The first index of each term in a stream: gives the term of any index without reading entries.</summary>
public readonly record struct TermStart(Term Term, LogIndex First);
