using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// A part of what a sub-log says of records that copies need not keep any more: which batches were placed, which floors
/// still stand, and for which ended sub-logs it speaks. A control entry, followed by a hole that gives it a position.
/// </summary>
/// <param name="Part">Counted from 0; only who has read all parts knows what the last one vouches for.</param>
/// <param name="Carried">In the last part: sub-logs of which nobody needs to read anything any more.</param>
/// <param name="Released">No memory, but word that all of it is on the disks: what was carried may be dropped.</param>
public sealed record ShardMemory(
    int Part, IReadOnlyList<BatchName> Batches, IReadOnlyList<KeyFloor> Floors, IReadOnlyList<Rid> Carried,
    bool Released)
{
    /// <summary>Less than what one fetch brings, also where each batch has another producer.</summary>
    private const int PartBytes = 96 << 10;
    private const int BatchBytes = 10;
    private const int ItemsMax = 1 << 20;
    private const byte FormatVersion = 1;

    public static ShardMemory Release(IReadOnlyList<Rid> carried) => new(0, [], [], carried, Released: true);

    /// <summary>The parts that say all of it, in order; at least one.</summary>
    public static List<byte[]> Split(
        IEnumerable<BatchName> batches, IReadOnlyList<KeyFloor> floors, IReadOnlyList<Rid> carried)
    {
        var parts = new List<byte[]>();
        var (some, high, bytes) = (new List<BatchName>(), new List<KeyFloor>(), 0);
        foreach (var batch in batches)
        {
            some.Add(batch);
            if ((bytes += BatchBytes) >= PartBytes) Add([]);
        }

        foreach (var floor in floors)
        {
            high.Add(floor);
            if ((bytes += 16 + (4 * floor.Key.Length)) >= PartBytes) Add([]);
        }

        Add(carried);
        return parts;

        void Add(IReadOnlyList<Rid> last)
        {
            parts.Add(new ShardMemory(parts.Count, some, high, last, Released: false).Encode());
            (some, high, bytes) = ([], [], 0);
        }
    }

    public byte[] Encode()
    {
        var writer = new WireWriter(64 + (4 * Batches.Count));
        // No key is empty: this is no floor.
        writer.Text("");
        writer.Byte(FormatVersion);
        writer.Bool(Released);
        writer.VarInt(Part);
        WriteBatches(writer);
        writer.VarInt(Floors.Count);
        for (var i = 0; i < Floors.Count; i++)
        {
            writer.Text(Floors[i].Key);
            writer.VarInt(Floors[i].Below.Value);
        }

        writer.VarInt(Carried.Count);
        for (var i = 0; i < Carried.Count; i++) writer.VarInt(Carried[i].Value);
        return writer.ToArray();
    }

    /// <summary>Null for anything else.</summary>
    public static ShardMemory? TryRead(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        if (!reader.Text(out var empty, Limits.KeyBytesMax) || empty.Length > 0
            || !reader.Byte(out var version) || version != FormatVersion || !reader.Bool(out var released)
            || !reader.Count(out var part, ItemsMax, 0)) return null;
        if (ReadBatches(ref reader) is not { } batches || ReadFloors(ref reader) is not { } floors) return null;
        if (!reader.Count(out var count, ItemsMax)) return null;
        var carried = new Rid[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var rid) || rid is < 0 or > int.MaxValue) return null;
            carried[i] = new((int)rid);
        }

        return reader.Left == 0 ? new(part, batches, floors, carried, released) : null;
    }

    /// <summary>
    /// A producer is named where it first occurs; after that its number in the table, and how far its sequence moved.
    /// </summary>
    private void WriteBatches(WireWriter writer)
    {
        writer.VarInt(Batches.Count);
        var table = new Dictionary<ProducerId, int>();
        var last = new List<long>();
        for (var i = 0; i < Batches.Count; i++)
        {
            var (producer, sequence) = Batches[i];
            if (!table.TryGetValue(producer, out var number))
            {
                number = last.Count;
                table.Add(producer, number);
                last.Add(0);
                writer.VarInt(number);
                writer.UInt64(producer.Value);
            }
            else writer.VarInt(number);

            writer.VarInt(unchecked(sequence - last[number]));
            last[number] = sequence;
        }
    }

    private static BatchName[]? ReadBatches(ref WireReader reader)
    {
        if (!reader.Count(out var count, ItemsMax, 2)) return null;
        var batches = new BatchName[count];
        var producers = new List<(ProducerId Id, long Last)>();
        for (var i = 0; i < count; i++)
        {
            if (!reader.Count(out var number, producers.Count, 0)) return null;
            if (number == producers.Count)
            {
                if (!reader.UInt64(out var id)) return null;
                producers.Add((new(id), 0));
            }

            if (!reader.VarInt(out var moved)) return null;
            var (producer, last) = producers[number];
            producers[number] = (producer, unchecked(last + moved));
            batches[i] = new(producer, producers[number].Last);
        }

        return batches;
    }

    private static KeyFloor[]? ReadFloors(ref WireReader reader)
    {
        if (!reader.Count(out var count, ItemsMax, 2)) return null;
        var floors = new KeyFloor[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.Text(out var key, Limits.KeyBytesMax) || !reader.VarInt(out var below) || below < 0)
                return null;
            floors[i] = new(key, new(below));
        }

        return floors;
    }
}

/// <summary>What a batch is known by when it comes again.</summary>
public readonly record struct BatchName(ProducerId Producer, long Sequence);
