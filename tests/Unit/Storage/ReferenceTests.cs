using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Tests.Unit.Storage;

/// <summary>The journal's readers against a plain reading of the format, on many damaged journals.</summary>
public sealed class ReferenceTests
{
    private const ulong Cluster = 77;
    private const int Node = 3;

    [Fact]
    public void Inspection_and_recovery_find_in_damaged_files_what_a_plain_reading_finds()
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["batches"] = 0,
            ["damaged batches"] = 0,
            ["records"] = 0,
            ["served"] = 0,
            ["refused"] = 0,
            ["named"] = 0,
        };
        for (var seed = 1UL; seed <= 12; seed++)
        {
            var history = new JournalHistory(seed);
            history.Run(120);
            for (var round = 0UL; round < 12; round++)
            {
                var disk = history.Disk.Copy();
                Damage(disk, new Rng((seed * 1000) + round));
                var where = $"seed {seed} round {round}";
                var served = new HashSet<string>(StringComparer.Ordinal);
                foreach (var file in disk.List().Where(f => f.Name != "journal.node"))
                    CompareSegment(disk, file.Name, where, served, counts);
                CompareRecovery(disk, history, where, served, counts);
            }
        }

        Assert.All(counts, count => Assert.True(count.Value > 10, string.Join(", ", counts)));
    }

    private static void CompareSegment(
        FaultyDisk disk, string file, string where, HashSet<string> served, SortedDictionary<string, long> counts)
    {
        var inspection = Inspector.Inspect(disk, file)!;
        var plain = ReferenceSegment.Read(disk.Bytes(file), Cluster, Node);
        foreach (var record in plain.Batches.SelectMany(b => b.Records).Where(r => r.Holds && r.Type is 1 or 2))
            served.Add(Text(new(new(record.Group), new(record.Stream)), record.Index, record.Term, record.Payload));
        if (plain.Generation == 0) return;
        var name = $"{where} {file}";
        Assert.True(plain.Generation == inspection.Generation, name);
        Assert.Equal(
            plain.Batches.Select(b => $"{b.At} {b.End} {b.Sequence} {b.Commit} {b.Incarnation} {b.Clean} {b.Holds}"),
            inspection.Batches.Select(b => $"{b.OffsetBytes} {b.OffsetBytes + b.TotalBytes} {b.Sequence} {b.Commit} " +
                $"{b.Incarnation} {b.IsClean} {b.Holds}"));
        Assert.Equal(
            plain.Batches.SelectMany(b => b.Records).Select(r => $"{r.At} {r.Holds} {(r.Holds ? r.Index : 0)}"),
            inspection.Batches.SelectMany(b => b.Records)
                .Select(r => $"{r.OffsetBytes} {r.Holds} {(r.Holds ? r.Index : 0)}"));
        if (plain.Batches.Exists(b => !b.Holds)) Assert.False(inspection.IsSound, name);
        counts["batches"] += plain.Batches.Count;
        counts["damaged batches"] += plain.Batches.Count(b => !b.Holds);
        counts["records"] += plain.Batches.Sum(b => b.Records.Count);
    }

    /// <summary>Whatever the journal hands out stands in its files, whole, by a plain reading.</summary>
    private static void CompareRecovery(
        FaultyDisk disk, JournalHistory history, string where, HashSet<string> served,
        SortedDictionary<string, long> counts)
    {
        if (Journal.Open(disk, history.Options) is not JournalOpened.Opened opened)
        {
            counts["refused"]++;
            return;
        }

        foreach (var group in opened.Recovered.Groups)
        {
            foreach (var stream in group.Streams)
            {
                var key = new StreamKey(group.Group, stream.Stream);
                if (stream.CorruptFrom.Value != 0) counts["named"]++;
                foreach (var entry in stream.Entries)
                {
                    counts["served"]++;
                    Assert.Contains(Text(key, entry.Index.Value, entry.Term.Value, entry.Payload.ToArray()), served);
                    Assert.True(stream.CorruptFrom.Value == 0 || entry.Index < stream.CorruptFrom, where);
                }
            }
        }
    }

    private static string Text(StreamKey key, long index, long term, byte[] payload) =>
        $"{key}#{index} {term} {Convert.ToHexString(payload)}";

    /// <summary>Flips bits, loses or swaps sectors, cuts tails off; half of the harmed heads are sealed anew.</summary>
    private static void Damage(FaultyDisk disk, Rng random)
    {
        var segments = disk.List().Where(f => f.Name != "journal.node").ToList();
        for (var left = random.Between(1, 4); left > 0; left--)
        {
            var bytes = disk.Bytes(random.Pick(segments).Name);
            var batches = ReferenceSegment.Read(bytes, Cluster, Node).Batches;
            var aims = batches.Count > 0 && random.Chance(0.8);
            var at = aims ? random.Pick(batches).At : (int)random.Below(bytes.Length);
            switch (random.Below(5))
            {
                case 0:
                    bytes[Math.Min(bytes.Length - 1, at + (int)random.Below(400))] ^= (byte)(1 << (int)random.Below(8));
                    break;
                case 1:
                    var sector = at / 512 * 512;
                    foreach (ref var b in bytes.AsSpan(sector, 512)) b = (byte)random.NextULong();
                    break;
                case 2:
                    var from = disk.Bytes(random.Pick(segments).Name).AsSpan(4096, 512).ToArray();
                    from.CopyTo(bytes.AsSpan(at / 512 * 512));
                    break;
                case 3:
                    bytes.AsSpan(at / 512 * 512).Clear();
                    break;
                default:
                    if (batches.Count == 0) break;
                    var batch = random.Pick(batches);
                    bytes[batch.At + (int)random.Between(76, 99)] ^= (byte)(1 << (int)random.Below(8));
                    if (random.Chance(0.5)) ReferenceSegment.Reseal(bytes, batch);
                    break;
            }
        }
    }
}
