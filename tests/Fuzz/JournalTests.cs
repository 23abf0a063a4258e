using System.Buffers.Binary;
using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Tests.Fuzz;

/// <summary>
/// Whole journals on a disk in memory, damaged anywhere and, in half of the cases, sealed again so that every checksum
/// holds: opened or refused with the next command, inspected without an exception, and usable if opened.
/// </summary>
public sealed class JournalTests
{
    private static readonly JournalOptions Options = new()
    {
        ClusterId = 5,
        Node = new(1),
        SegmentBytes = 20 << 10,
        ReadWindowBytes = 4096,
        PointSpacingBytes = 512,
    };

    [Fact]
    public void A_damaged_journal_is_opened_or_refused()
    {
        var stories = new MemoryDisk[12];
        for (var i = 0; i < stories.Length; i++) stories[i] = Story(new Draw(Rng.Fork(Fuzzing.Seed, "story", i)));
        int opened = 0, refused = 0;
        for (var i = 0; i < Fuzzing.Cases(12_000); i++)
        {
            var draw = new Draw(Rng.Fork(Fuzzing.Seed, "journal", i));
            var disk = draw.Pick(stories).Copy();
            var name = Damage(draw, disk);
            if (i % 2 == 0) foreach (var file in disk.Files) Reseal(file.Key, file.Value);
            Fuzzing.Guard("journal", i, disk.Files.GetValueOrDefault(name, []), () =>
            {
                foreach (var file in disk.List()) Inspector.Inspect(disk, file.Name);
                var before = GC.GetAllocatedBytesForCurrentThread();
                var outcome = Journal.Open(disk, Options);
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
                if (outcome is JournalOpened.Refused no) Assert.Matches("outrider |start the node again", no.Message);
                if (outcome is JournalOpened.Opened yes) Use(disk, yes, forged: i % 2 == 0);
                opened += outcome is JournalOpened.Opened ? 1 : 0;
                refused += outcome is JournalOpened.Refused ? 1 : 0;
            });
        }

        Assert.True(opened > 1000 && refused > 100, $"{opened} opened, {refused} refused");
    }

    /// <summary>
    /// What was opened can be read, written, closed and opened again. With forged checksums the last may be refused,
    /// with a reason: no disk damages bytes and mends their checksum.
    /// </summary>
    private static void Use(MemoryDisk disk, JournalOpened.Opened opened, bool forged)
    {
        foreach (var group in opened.Recovered.Groups)
        {
            foreach (var stream in group.Streams)
            {
                var last = stream.Base.Index;
                foreach (var entry in stream.Entries)
                {
                    Assert.Equal(last.Next(), entry.Index);
                    last = entry.Index;
                }

                Assert.Equal(stream.LastIndex, last);
            }
        }

        var key = new StreamKey(new(77), new(0));
        var present = opened.Recovered.Groups.FirstOrDefault(g => g.Group == key.Group);
        if (present is not null) return;
        var entries = new Entry[] { new(new(1), new(1), EntryKind.Records, 0, 1, default, 0, new byte[10]) };
        Assert.Equal(DiskOutcome.Ok, opened.Journal.Write([new JournalRecord.Append(key, entries)]));
        opened.Journal.Close();
        var outcome = Journal.Open(disk, Options);
        if (forged && outcome is JournalOpened.Refused later)
        {
            Assert.Matches("outrider |start the node again", later.Message);
            return;
        }

        Assert.True(outcome is JournalOpened.Opened, (outcome as JournalOpened.Refused)?.Message);
        var again = (JournalOpened.Opened)outcome;
        Assert.Contains(again.Recovered.Groups, group => group.Group == key.Group);
    }

    /// <returns>The file that was damaged.</returns>
    private static string Damage(Draw draw, MemoryDisk disk)
    {
        var name = "";
        for (var left = 1 + draw.Below(3); left > 0 && disk.Files.Count > 0; left--)
        {
            name = draw.Pick(disk.Files.Keys.ToArray());
            var bytes = disk.Files[name];
            if (draw.Chance(0.02)) disk.Files.Remove(name);
            else if (draw.Chance(0.03)) disk.Files[name] = bytes[..draw.Below(bytes.Length + 1)];
            else Overwrite(draw, bytes, disk.Files[draw.Pick(disk.Files.Keys.ToArray())]);
        }

        return name;
    }

    private static void Overwrite(Draw draw, byte[] bytes, byte[] other)
    {
        // Where something stands, not in the zeroes behind it.
        var used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        if (used == 0) return;
        var at = draw.Below(used);
        switch (draw.Below(6))
        {
            case 0:
                bytes[at] ^= (byte)(1 << draw.Below(8));
                break;
            case 1:
                bytes.AsSpan(at, Math.Min(bytes.Length - at, 1 + draw.Below(4096))).Clear();
                break;
            case 2:
                foreach (ref var b in bytes.AsSpan(at, Math.Min(bytes.Length - at, 1 + draw.Below(600))))
                    b = (byte)draw.Rng.NextULong();
                break;
            case 3:
                // A block of another file, or of this one, where it does not belong; the last may be cut short.
                var from = other.AsSpan(draw.Below(Math.Max(1, other.Length / 4096)) * 4096);
                var to = bytes.AsSpan(at / 4096 * 4096);
                from[..Math.Min(4096, Math.Min(from.Length, to.Length))].CopyTo(to);
                break;
            default:
                // A number of a header: those of batches and records stand at multiples of four.
                var field = at & ~3;
                var width = Math.Min(draw.Pick(2, 4, 8), bytes.Length - field);
                var value = draw.Chance(0.5) ? draw.Wild() : draw.Number();
                BitConverter.GetBytes(value).AsSpan(0, width).CopyTo(bytes.AsSpan(field));
                break;
        }
    }

    private static void Reseal(string name, byte[] bytes)
    {
        if (name == NodeMark.FileName)
        {
            ResealHeaders(bytes, 40, Layouts.BlockBytes, 2);
            return;
        }

        ResealHeaders(bytes, 92, Layouts.BlockBytes / 2, 2);
        for (var at = Layouts.SegmentHeaderBytes; at + BatchHeader.Bytes <= bytes.Length; at += Layouts.BatchAlignBytes)
        {
            var rest = bytes.AsSpan(at);
            if (!BatchHeader.TryParse(rest, rest.Length, out var header)) continue;
            var salt = header.Owner.RecordSalt(header, StorageBugs.None);
            var records = rest.Slice(BatchHeader.Bytes + header.LedgerBytes, header.RecordBytes);
            while (RecordHeader.TryLength(records, out var total))
            {
                RecordHeader.Seal(records[..total], salt);
                records = records[total..];
            }

            var sealedPart = (byte[])[.. rest[..100], .. rest.Slice(BatchHeader.Bytes, header.LedgerBytes)];
            BinaryPrimitives.WriteUInt32LittleEndian(rest[100..], Crc32C.Of(sealedPart));
        }
    }

    private static void ResealHeaders(byte[] bytes, int crcAt, int spacing, int copies)
    {
        for (var i = 0; i < copies && (i * spacing) + crcAt + 4 <= bytes.Length; i++)
        {
            var copy = bytes.AsSpan(i * spacing);
            BinaryPrimitives.WriteUInt32LittleEndian(copy[28..], Crc32C.Of(copy[..28]));
            BinaryPrimitives.WriteUInt32LittleEndian(copy[crcAt..], Crc32C.Of(copy[..crcAt]));
        }
    }

    /// <summary>A journal of some lives: appends, truncations, bases, states, closed in order or not.</summary>
    private static MemoryDisk Story(Draw draw)
    {
        var disk = new MemoryDisk();
        var ends = new long[3];
        for (var life = 1 + draw.Below(3); life > 0; life--)
        {
            var journal = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options)).Journal;
            for (var round = 4 + draw.Below(16); round > 0; round--)
            {
                Assert.Equal(DiskOutcome.Ok, journal.Write(Records(draw, ends)));
                if (draw.Chance(0.3) || journal.BeginSync() is not { } ticket) continue;
                journal.CompleteSync(ticket, ticket.Run(disk));
            }

            if (draw.Chance(0.5)) journal.Close();
        }

        return disk;
    }

    private static List<JournalRecord> Records(Draw draw, long[] ends)
    {
        var records = new List<JournalRecord>();
        for (var left = 1 + draw.Below(3); left > 0; left--)
        {
            var stream = draw.Below(3);
            var key = new StreamKey(new(1 + (stream % 2)), new(stream));
            var entries = new Entry[1 + draw.Below(3)];
            for (var i = 0; i < entries.Length; i++)
            {
                var index = ++ends[stream];
                var payload = new byte[draw.Below(300)];
                entries[i] = new(new(index), new(1), EntryKind.Records, index, 1, new(4), index, payload);
            }

            records.Add(new JournalRecord.Append(key, entries));
            if (draw.Chance(0.1)) records.Add(new JournalRecord.SaveState(key.Group, draw.Bytes(20)));
            if (draw.Chance(0.05) && ends[stream] > 3)
                records.Add(new JournalRecord.Truncate(key, new(ends[stream]--)));
            if (draw.Chance(0.05))
            {
                var end = ends[stream];
                var trimmed = new StreamBase(new(end), new(1), end, [], [], default, draw.Bytes(20));
                records.Add(new JournalRecord.SetBase(key, trimmed, KeepSuffix: true));
            }
        }

        return records;
    }
}
