using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// What an entry of records holds: who wrote it, the key, and one or more records. The producer stands in here, not in
/// replication's own header, because duplicates are looked for across the sub-logs of a shard.
/// </summary>
public readonly record struct RecordBatch(
    ProducerId Producer, long Sequence, string Key, int Count, ReadOnlyMemory<byte> Body)
{
    /// <param name="writer">Written over.</param>
    public static void Encode(
        WireWriter writer, ProducerId producer, long sequence, IReadOnlyList<RecordDraft> records)
    {
        writer.Clear();
        writer.UInt64(producer.Value);
        writer.VarInt(sequence);
        writer.Text(records[0].Key);
        writer.VarInt(records.Count);
        for (var i = 0; i < records.Count; i++)
        {
            Check.That(records[i].Key == records[0].Key);
            writer.VarInt(records[i].TimestampMs);
            writer.Bytes(records[i].Headers.Span);
            writer.Bytes(records[i].Payload.Span);
        }
    }

    /// <summary>Reads the head; the records stay as bytes until <see cref="TryRead"/>.</summary>
    public static bool TryOpen(ReadOnlyMemory<byte> payload, out RecordBatch batch)
    {
        batch = default;
        var reader = new WireReader(payload);
        if (!reader.UInt64(out var producer) || !reader.VarInt(out var sequence)
            || !reader.Text(out var key, Limits.KeyBytesMax)
            || !reader.Count(out var count, Limits.BatchRecordsMax, 3) || count == 0) return false;
        batch = new(new(producer), sequence, key, count, payload[reader.Offset..]);
        return true;
    }

    /// <summary>Reads the records; their bytes are slices of the payload.</summary>
    public bool TryRead(List<RecordDraft> into)
    {
        var reader = new WireReader(Body);
        for (var i = 0; i < Count; i++)
        {
            if (!reader.VarInt(out var time) || !reader.Bytes(out var headers, Limits.RecordBytesMax)
                || !reader.Bytes(out var value, Limits.RecordBytesMax)) return false;
            into.Add(new(Key, value, headers, time));
        }

        return reader.Left == 0;
    }
}

/// <summary>A per-key trim, as a control entry of the key's sub-log.</summary>
public readonly record struct KeyFloor(string Key, Position Below)
{
    public byte[] Encode()
    {
        var writer = new WireWriter(Key.Length + 16);
        writer.Text(Key);
        writer.VarInt(Below.Value);
        return writer.ToArray();
    }

    public static bool TryRead(ReadOnlyMemory<byte> payload, out KeyFloor floor)
    {
        floor = default;
        var reader = new WireReader(payload);
        if (!reader.Text(out var key, Limits.KeyBytesMax) || !reader.VarInt(out var below) || below < 0) return false;
        floor = new(key, new(below));
        return reader.Left == 0;
    }
}

/// <summary>An entry of a sub-log as readers need it: without index and term.</summary>
/// <param name="Kind">Records, Holes or Control (a <see cref="KeyFloor"/>, no slots).</param>
public readonly record struct SubEntry(EntryKind Kind, Lsn First, int Slots, ReadOnlyMemory<byte> Payload)
{
    public Lsn End => First.Plus(Slots);
    public int SizeBytes => 32 + Payload.Length;

    public static SubEntry Of(Entry entry) => new(entry.Kind, new(entry.FirstSlot), entry.Slots, entry.Payload);
}
