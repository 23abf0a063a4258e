using System.Buffers.Binary;

namespace Outrider.Tests.Unit.Storage;

/// <summary>
/// A segment file read byte by byte from the tables in docs/internals/storage.md, slowly and sharing no code with the
/// product: what the product's own readers are compared with.
/// </summary>
public sealed class ReferenceSegment
{
    public sealed record Record(
        int At, bool Holds, int Type, int Kind, long Group, int Stream, long Index, long Term, byte[] Payload);

    public sealed record Batch(
        int At, int End, long Sequence, long Commit, long Incarnation, long LifeSequence, bool Clean, bool Holds)
    {
        public List<Record> Records { get; } = [];
    }

    /// <summary>Zero if neither copy of the header holds.</summary>
    public long Generation { get; private set; }
    public long Incarnation { get; private set; }
    public List<Batch> Batches { get; } = [];

    public static ReferenceSegment Read(byte[] file, ulong cluster, int node)
    {
        var segment = new ReferenceSegment();
        foreach (var at in new[] { 0, 2048 })
        {
            if (Number(file, at, 8) != 0x524544495254554F || Number(file, at + 8, 2) != 1) continue;
            if (Crc(file, at, 28) != Number(file, at + 28, 4)) continue;
            if (Crc(file, at, 92) != Number(file, at + 92, 4)) continue;
            if ((long)Number(file, at + 32, 8) <= segment.Generation) continue;
            segment.Generation = (long)Number(file, at + 32, 8);
            segment.Incarnation = (long)Number(file, at + 40, 8);
        }

        // A file without a header says by its newest batch what it is.
        for (var at = 4096; segment.Incarnation == 0 && at + 104 <= file.Length; at += 64)
        {
            var probe = new ReferenceSegment { Generation = (long)Number(file, at + 24, 8) };
            if (probe.Generation <= segment.Generation) continue;
            if (probe.ReadBatch(file, at, cluster, node) is not null) segment.Generation = probe.Generation;
        }

        if (segment.Generation == 0) return segment;
        for (var at = 4096; at + 104 <= file.Length;)
        {
            if (segment.ReadBatch(file, at, cluster, node) is not { } batch) at += 64;
            else at = batch.Holds ? (batch.End + 63) / 64 * 64 : at + 64;
        }

        // What an earlier life wrote from the sequence on at which a later one began is void.
        var all = segment.Batches.ToList();
        segment.Batches.RemoveAll(b => all.Exists(
            other => other.Incarnation > b.Incarnation && other.LifeSequence <= b.Sequence));
        return segment;
    }

    private Batch? ReadBatch(byte[] file, int at, ulong cluster, int node)
    {
        if (Number(file, at, 4) != 0x5441424F || Number(file, at + 4, 2) != 1) return null;
        if (Number(file, at + 8, 8) != cluster || (int)Number(file, at + 16, 4) != node) return null;
        if ((int)Number(file, at + 20, 4) != at || (long)Number(file, at + 24, 8) != Generation) return null;
        var incarnation = (long)Number(file, at + 32, 8);
        long ledger = (int)Number(file, at + 76, 4), records = (int)Number(file, at + 80, 4);
        var count = (int)Number(file, at + 84, 4);
        if (incarnation < Incarnation || ledger < 0 || records < 0 || count < 0) return null;
        if (at + 104 + ledger + records > file.Length || Number(file, at + 96, 4) != 0) return null;
        var sealedBytes = file[at..(at + 100)].Concat(file[(at + 104)..(at + 104 + (int)ledger)]).ToArray();
        if (Crc(sealedBytes, 0, sealedBytes.Length) != Number(file, at + 100, 4)) return null;
        var sequence = (long)Number(file, at + 40, 8);
        var end = at + 104 + (int)ledger + (int)records;
        var salt = new List<byte>();
        salt.AddRange(BitConverter.GetBytes(cluster));
        salt.AddRange(BitConverter.GetBytes(node));
        foreach (var part in new[] { Generation, incarnation, sequence }) salt.AddRange(BitConverter.GetBytes(part));
        var found = new List<Record>();
        var next = at + 104 + (int)ledger;
        while (next < end && ReadRecord(file, next, end, [.. salt]) is { } record)
        {
            found.Add(record);
            next += 72 + record.Payload.Length;
        }

        var holds = next == end && found.TrueForAll(r => r.Holds) && found.Count == count;
        var clean = ((int)Number(file, at + 6, 2) & 2) != 0;
        var batch = new Batch(
            at, end, sequence, (long)Number(file, at + 48, 8), incarnation, (long)Number(file, at + 88, 8), clean,
            holds);
        batch.Records.AddRange(found);
        Batches.Add(batch);
        return batch;
    }

    /// <summary>Null when the length cannot be one.</summary>
    private static Record? ReadRecord(byte[] file, int at, int end, byte[] salt)
    {
        if (at + 72 > end) return null;
        var length = (int)Number(file, at + 4, 4);
        if (length < 0 || length > end - at - 72) return null;
        var covered = salt.Concat(file[(at + 4)..(at + 72 + length)]).ToArray();
        int type = file[at + 8], kind = file[at + 9];
        long index = (long)Number(file, at + 24, 8);
        var isEntry = type is 1 or 2;
        var holds = Crc(covered, 0, covered.Length) == Number(file, at, 4) && type is >= 1 and <= 8 && index >= 0
            && Number(file, at + 10, 2) == 0 && (int)Number(file, at + 64, 4) >= 0 && Number(file, at + 68, 4) == 0
            && (!isEntry || (index > 0 && kind is >= 1 and <= 6));
        return new(
            at, holds, type, kind, (long)Number(file, at + 16, 8), (int)Number(file, at + 12, 4), index,
            (long)Number(file, at + 32, 8), file[(at + 72)..(at + 72 + length)]);
    }

    private static ulong Number(byte[] bytes, int at, int size)
    {
        var value = 0UL;
        for (var i = size - 1; i >= 0; i--) value = (value << 8) | bytes[at + i];
        return value;
    }

    /// <summary>CRC32C, a bit at a time.</summary>
    public static uint Crc(byte[] bytes, int at, int count)
    {
        var crc = 0xFFFFFFFFu;
        for (var i = at; i < at + count; i++)
        {
            crc ^= bytes[i];
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }

        return ~crc;
    }

    /// <summary>Makes the checksum of a batch's head true again after its bytes were changed.</summary>
    public static void Reseal(byte[] file, Batch batch)
    {
        var ledger = (int)Number(file, batch.At + 76, 4);
        if (ledger < 0 || batch.At + 104L + ledger > file.Length) return;
        var covered = file[batch.At..(batch.At + 100)].Concat(file[(batch.At + 104)..(batch.At + 104 + ledger)]);
        BinaryPrimitives.WriteUInt32LittleEndian(
            file.AsSpan(batch.At + 100), Crc([.. covered], 0, 100 + ledger));
    }
}
