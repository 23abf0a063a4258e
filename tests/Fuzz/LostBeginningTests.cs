using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Tests.Fuzz;

/// <summary>What fuzzing found in one of 100,000 journals, made on purpose.</summary>
public sealed class LostBeginningTests
{
    private static readonly StreamKey Main = new(new(1), new(0));
    private static readonly StreamKey Side = new(new(2), new(0));
    private static readonly JournalOptions Options = new()
    {
        ClusterId = 1,
        Node = new(1),
        SegmentBytes = 32 << 10,
        CleanAboveSegments = 2,
    };

    /// <summary>
    /// A segment's header, its first batch and the last one of the segment before are lost at once. That is named and
    /// repaired; later the segments before are freed, and nothing but a new header says where the sequence begins.
    /// </summary>
    [Fact]
    public void A_segment_whose_beginning_was_lost_opens_when_it_is_the_oldest()
    {
        var disk = new MemoryDisk();
        Write(disk, mains: 4_000);
        var (before, segment) = Beginning(disk);
        var end = Batches(disk.Files[before])[^1];
        disk.Files[before].AsSpan(end.Offset, end.EndOffset - end.Offset).Clear();
        var first = Batches(disk.Files[segment])[0];
        disk.Files[segment].AsSpan(0, first.EndOffset).Clear();

        var opened = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options));
        Assert.Equal([before, segment], opened.Report.Damages.Select(damage => damage.File));
        Assert.Equal(0, opened.Recovered.Groups[0].Streams[0].CorruptFrom.Value);
        var side = opened.Recovered.Groups[1].Streams[0];
        Assert.NotEqual(0, side.CorruptFrom.Value);
        var journal = opened.Journal;
        Commit(journal, disk, new JournalRecord.SetBase(Side, StreamBase.Empty with { Index = new(9_999) }, false));
        var (oldest, live) = (0, 0L);
        for (var trimmed = 10; live <= first.Generation; trimmed += 10)
        {
            var installed = StreamBase.Empty with { Index = new(trimmed) };
            Commit(journal, disk, new JournalRecord.SetBase(Main, installed, KeepSuffix: true));
            var again = Journal.Open(disk.Copy(), Options);
            Assert.True(again is JournalOpened.Opened, (again as JournalOpened.Refused)?.Message);
            var start = (JournalOpened.Opened)again;
            Assert.All(start.Recovered.Groups, group => Assert.Equal(0, group.Streams[0].CorruptFrom.Value));
            Assert.Equal(4_000, start.Recovered.Groups[0].Streams[0].LastIndex.Value);
            live = disk.Files.Values.SelectMany(Batches).Max(batch => batch.FirstLive);
            if (live == first.Generation) oldest++;
        }

        Assert.True(oldest > 0, "the segment never was the oldest");
    }

    /// <summary>Group commits of many batches, one in three of the side stream.</summary>
    private static void Write(MemoryDisk disk, int mains)
    {
        var journal = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options with { Clean = false })).Journal;
        var draw = Rng.Fork(1, "lost-beginning");
        var (main, side) = (0, 0);
        while (main < mains)
        {
            var isSide = draw.Chance(0.34);
            var entry = EntryOf(isSide ? ++side : ++main);
            var record = new JournalRecord.Append(isSide ? Side : Main, [entry]);
            Assert.Equal(DiskOutcome.Ok, journal.Write([record]));
            if (draw.Chance(0.05)) Sync(journal, disk);
        }

        journal.Close();
    }

    /// <summary>
    /// Two segments between which only batches of the side stream stand, and of both group commits something else, so
    /// that the ledger of the next one tells what is missing.
    /// </summary>
    private static (string Before, string Segment) Beginning(MemoryDisk disk)
    {
        var names = disk.Files.Keys.Where(name => name != NodeMark.FileName).Order(StringComparer.Ordinal).ToList();
        for (var i = 1; i < names.Count; i++)
        {
            var (before, here) = (disk.Files[names[i - 1]], disk.Files[names[i]]);
            if (Batches(before) is [.., var other, var last] && Batches(here) is [var first, var next, ..]
                && other.Commit == last.Commit && first.Commit == next.Commit
                && IsSide(before, last) && IsSide(here, first)) return (names[i - 1], names[i]);
        }

        throw new InvalidOperationException("no two segments are cut as the test needs it");
    }

    private static bool IsSide(byte[] segment, in BatchHeader batch) =>
        RecordHeader.TryRead(segment.AsSpan(batch.RecordsAt, batch.RecordBytes), out var record)
        && record.Stream == Side;

    private static void Commit(Journal journal, MemoryDisk disk, JournalRecord record)
    {
        Assert.Equal(DiskOutcome.Ok, journal.Write([record]));
        Sync(journal, disk);
    }

    private static void Sync(Journal journal, MemoryDisk disk)
    {
        if (journal.BeginSync() is { } ticket) journal.CompleteSync(ticket, ticket.Run(disk));
    }

    private static List<BatchHeader> Batches(byte[] segment)
    {
        var found = new List<BatchHeader>();
        for (var at = Layouts.SegmentHeaderBytes; at < segment.Length; at += Layouts.BatchAlignBytes)
            if (BatchHeader.TryParse(segment.AsSpan(at), segment.Length - at, out var batch)) found.Add(batch);
        return found;
    }

    private static Entry EntryOf(long index) =>
        new(new(index), new(1), EntryKind.Records, index, 1, default, 0, new byte[300]);
}
