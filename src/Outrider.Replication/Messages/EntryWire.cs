using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Runs of entries and bases of streams, as messages carry them.</summary>
internal static class EntryWire
{
    private const byte HasProducer = 0x10;
    private const int EntryBytesMin = 5;
    private const int EntriesMax = 1 << 20;
    private const int TermsMax = 1 << 20;

    /// <summary>Dense and ascending from <paramref name="first"/>; indices are implied.</summary>
    public static void Write(WireWriter writer, LogIndex first, IReadOnlyList<Entry> entries)
    {
        writer.VarInt(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            Check.That(entry.Index == first.Plus(i));
            writer.Byte((byte)((byte)entry.Kind | (entry.Producer.IsNone ? 0 : HasProducer)));
            writer.VarInt(entry.Term.Value);
            writer.VarInt(entry.FirstSlot);
            writer.VarInt(entry.Slots);
            if (!entry.Producer.IsNone)
            {
                writer.UInt64(entry.Producer.Value);
                writer.VarInt(entry.Sequence);
            }

            writer.Bytes(entry.Payload.Span);
        }
    }

    public static bool Read(ref WireReader reader, LogIndex first, out Entry[] entries)
    {
        entries = [];
        if (!reader.Count(out var count, EntriesMax, EntryBytesMin)) return false;
        if (count == 0) return true;
        entries = new Entry[count];
        for (var i = 0; i < count; i++)
        {
            if (!ReadOne(ref reader, first.Plus(i), out var entry)) return false;
            entries[i] = entry!;
        }

        return true;
    }

    private static bool ReadOne(ref WireReader reader, LogIndex index, out Entry? entry)
    {
        entry = null;
        if (!reader.Byte(out var head) || !reader.VarInt(out var term) || term < 0) return false;
        var kind = (EntryKind)(head & ~HasProducer);
        if (kind is < EntryKind.Records or > EntryKind.Control) return false;
        if (!reader.VarInt(out var firstSlot) || firstSlot < 0) return false;
        if (!reader.VarInt(out var slots) || slots is < 0 or > int.MaxValue) return false;
        var producer = 0UL;
        var sequence = 0L;
        if ((head & HasProducer) != 0)
        {
            if (!reader.UInt64(out producer) || producer == 0 || !reader.VarInt(out sequence)) return false;
        }

        if (!reader.Bytes(out var payload, Limits.EntryBytesMax)) return false;
        entry = new Entry(
            index, new Term(term), kind, firstSlot, (int)slots, new ProducerId(producer), sequence, payload);
        return true;
    }

    public static void Write(WireWriter writer, IReadOnlyList<TermStart> terms)
    {
        writer.VarInt(terms.Count);
        for (var i = 0; i < terms.Count; i++)
        {
            writer.VarInt(terms[i].Term.Value);
            writer.VarInt(terms[i].First.Value);
        }
    }

    public static bool Read(ref WireReader reader, out TermStart[] terms)
    {
        terms = [];
        if (!reader.Count(out var count, TermsMax, bytesEach: 2)) return false;
        terms = new TermStart[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var term) || !reader.VarInt(out var first)) return false;
            terms[i] = new TermStart(new Term(term), new LogIndex(first));
            // Receivers search these tables by halving.
            if (i > 0 && (terms[i].Term <= terms[i - 1].Term || terms[i].First <= terms[i - 1].First)) return false;
        }

        return true;
    }

    public static void Write(WireWriter writer, StreamBase value)
    {
        writer.VarInt(value.Index.Value);
        writer.VarInt(value.Term.Value);
        writer.VarInt(value.EndSlot);
        Write(writer, value.TermStarts);
        writer.VarInt(value.LossMarks.Count);
        for (var i = 0; i < value.LossMarks.Count; i++) writer.VarInt(value.LossMarks[i].Value);
        writer.Bytes(value.Dedup.Span);
        writer.Bytes(value.Snapshot.Span);
    }

    /// <summary>Copies what it keeps: the base outlives the buffer.</summary>
    public static bool Read(ref WireReader reader, out StreamBase value)
    {
        value = StreamBase.Empty;
        if (!reader.VarInt(out var index) || !reader.VarInt(out var term) || !reader.VarInt(out var slot)) return false;
        if (index < 0 || term < 0 || slot < 0 || !Read(ref reader, out TermStart[] terms)) return false;
        if (!reader.Count(out var count, TermsMax)) return false;
        var marks = new Term[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var mark)) return false;
            marks[i] = new Term(mark);
        }

        // A table that cannot be read is a refused message here, and would be a broken invariant further in.
        if (!reader.Bytes(out var dedup, Limits.FrameBytesMax) || !new DedupTable().TryReset(dedup)) return false;
        if (!reader.Bytes(out var snapshot, Limits.FrameBytesMax)) return false;
        value = new StreamBase(
            new LogIndex(index), new Term(term), slot, terms, marks, dedup.ToArray(), snapshot.ToArray());
        return true;
    }
}
