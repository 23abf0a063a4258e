using System.Buffers.Binary;
using Outrider.Core;

namespace Outrider.Storage;

internal enum RecordType : byte
{
    /// <summary>An entry at the end of its stream.</summary>
    Entry = 1,
    /// <summary>
    /// A copy of an entry out of a segment that is being emptied; void until its <see cref="MoveDone"/>.
    /// </summary>
    MovedEntry = 2,
    /// <summary>
    /// The copies of [Index, FirstSlot] are complete and replace the originals. Term, Sequence and Producer tell where
    /// the entry after them stands: the points that replay finds need not be those that the mover saw.
    /// </summary>
    MoveDone = 3,
    Truncate = 4,
    SetBase = 5,
    SaveState = 6,
    DropGroup = 7,
    /// <summary>
    /// What recovery found: entries from Index to FirstSlot were durable and are unreadable. Kept until repaired,
    /// since a half repaired stream would else look whole after the next start.
    /// </summary>
    Lost = 8,
}

/// <summary>The fixed part of every record; fields that a type does not use are zero.</summary>
internal readonly record struct RecordHeader
{
    public const int Bytes = 72;

    public int PayloadBytes { get; init; }
    public RecordType Type { get; init; }
    /// <summary>The entry's kind; for a base, 1 if entries after it stay.</summary>
    public byte Kind { get; init; }
    public StreamKey Stream { get; init; }
    public long Index { get; init; }
    public long Term { get; init; }
    public long FirstSlot { get; init; }
    public ulong Producer { get; init; }
    public long Sequence { get; init; }
    public int Slots { get; init; }

    /// <summary>For <see cref="RecordType.MoveDone"/>: the place of the entry after the moved ones.</summary>
    public Place NextPlace => new(Term, (int)Sequence, (int)Producer);

    public bool IsEntry => Type is RecordType.Entry or RecordType.MovedEntry;
    public int TotalBytes => Bytes + PayloadBytes;

    public static RecordHeader Of(Entry entry, StreamKey stream, RecordType type) => new()
    {
        PayloadBytes = entry.Payload.Length,
        Type = type,
        Kind = (byte)entry.Kind,
        Stream = stream,
        Index = entry.Index.Value,
        Term = entry.Term.Value,
        FirstSlot = entry.FirstSlot,
        Producer = entry.Producer.Value,
        Sequence = entry.Sequence,
        Slots = entry.Slots,
    };

    /// <summary>The entry with a copy of its payload: the buffer it was read into is used again.</summary>
    public Entry ToEntry(ReadOnlySpan<byte> payload)
    {
        Check.That(IsEntry && payload.Length == PayloadBytes);
        var copy = payload.ToArray();
        return new(new(Index), new(Term), (EntryKind)Kind, FirstSlot, Slots, new(Producer), Sequence, copy);
    }

    /// <summary>Writes everything but the checksum, which waits until the batch knows its place.</summary>
    public void Write(Span<byte> at)
    {
        BinaryPrimitives.WriteInt32LittleEndian(at[4..], PayloadBytes);
        at[8] = (byte)Type;
        at[9] = Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(at[10..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(at[12..], Stream.Stream.Value);
        BinaryPrimitives.WriteInt64LittleEndian(at[16..], Stream.Group.Value);
        BinaryPrimitives.WriteInt64LittleEndian(at[24..], Index);
        BinaryPrimitives.WriteInt64LittleEndian(at[32..], Term);
        BinaryPrimitives.WriteInt64LittleEndian(at[40..], FirstSlot);
        BinaryPrimitives.WriteUInt64LittleEndian(at[48..], Producer);
        BinaryPrimitives.WriteInt64LittleEndian(at[56..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(at[64..], Slots);
        BinaryPrimitives.WriteUInt32LittleEndian(at[68..], 0);
    }

    /// <summary>Sets the checksum of the record that <paramref name="record"/> is, header and payload.</summary>
    public static void Seal(Span<byte> record, uint salt) =>
        BinaryPrimitives.WriteUInt32LittleEndian(record, ~Crc32C.Append(salt, record[4..]));

    /// <summary>
    /// The length of the record at the start of <paramref name="at"/> if it can be one; else false.
    /// </summary>
    public static bool TryLength(ReadOnlySpan<byte> at, out int totalBytes)
    {
        totalBytes = 0;
        if (at.Length < Bytes) return false;
        var payload = BinaryPrimitives.ReadInt32LittleEndian(at[4..]);
        if (payload < 0 || payload > at.Length - Bytes) return false;
        totalBytes = Bytes + payload;
        return true;
    }

    public static bool Holds(ReadOnlySpan<byte> record, uint salt) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record) == ~Crc32C.Append(salt, record[4..]);

    /// <summary>Reads a record whose checksum holds; false when a field is out of range all the same.</summary>
    public static bool TryRead(ReadOnlySpan<byte> record, out RecordHeader header)
    {
        header = new RecordHeader
        {
            PayloadBytes = BinaryPrimitives.ReadInt32LittleEndian(record[4..]),
            Type = (RecordType)record[8],
            Kind = record[9],
            Stream = new(
                new(BinaryPrimitives.ReadInt64LittleEndian(record[16..])),
                new(BinaryPrimitives.ReadInt32LittleEndian(record[12..]))),
            Index = BinaryPrimitives.ReadInt64LittleEndian(record[24..]),
            Term = BinaryPrimitives.ReadInt64LittleEndian(record[32..]),
            FirstSlot = BinaryPrimitives.ReadInt64LittleEndian(record[40..]),
            Producer = BinaryPrimitives.ReadUInt64LittleEndian(record[48..]),
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(record[56..]),
            Slots = BinaryPrimitives.ReadInt32LittleEndian(record[64..]),
        };
        if (header.Type is < RecordType.Entry or > RecordType.Lost) return false;
        if (BinaryPrimitives.ReadUInt16LittleEndian(record[10..]) != 0) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(record[68..]) != 0) return false;
        if (header.PayloadBytes != record.Length - Bytes || header.Index < 0 || header.Slots < 0) return false;
        return !header.IsEntry || (header.Index > 0 && header.Kind is >= 1 and <= 6);
    }
}
