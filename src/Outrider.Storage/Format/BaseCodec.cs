using Outrider.Core;

namespace Outrider.Storage;

/// <summary>The payload of a base record: everything of it that has no field in the record's header.</summary>
internal static class BaseCodec
{
    public static void Write(WireWriter writer, StreamBase value)
    {
        writer.VarInt(value.TermStarts.Count);
        foreach (var start in value.TermStarts)
        {
            writer.VarInt(start.Term.Value);
            writer.VarInt(start.First.Value);
        }

        writer.VarInt(value.LossMarks.Count);
        foreach (var term in value.LossMarks) writer.VarInt(term.Value);
        writer.Bytes(value.Dedup.Span);
        writer.Bytes(value.Snapshot.Span);
    }

    /// <summary>Null for malformed bytes. Keeps slices of <paramref name="payload"/>.</summary>
    public static StreamBase? Read(in RecordHeader header, ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        if (!reader.Count(out var starts, int.MaxValue, 2)) return null;
        var termStarts = new TermStart[starts];
        for (var i = 0; i < starts; i++)
        {
            if (!reader.VarInt(out var term) || !reader.VarInt(out var first)) return null;
            termStarts[i] = new(new(term), new(first));
        }

        if (!reader.Count(out var marks, int.MaxValue)) return null;
        var lossMarks = new Term[marks];
        for (var i = 0; i < marks; i++)
        {
            if (!reader.VarInt(out var term)) return null;
            lossMarks[i] = new(term);
        }

        if (!reader.Bytes(out var dedup, int.MaxValue) || !reader.Bytes(out var snapshot, int.MaxValue)) return null;
        if (reader.Left != 0) return null;
        return new(new(header.Index), new(header.Term), header.FirstSlot, termStarts, lossMarks, dedup, snapshot);
    }
}
