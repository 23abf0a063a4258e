using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Tests.Unit.Storage;

public sealed class CleanerTests
{
    private static readonly JournalOptions Options = new()
    {
        ClusterId = 1,
        Node = new(1),
        SegmentBytes = 64 << 10,
        Clean = true,
    };
    private static readonly StreamKey Slow = new(new(1), new(0));
    private static readonly StreamKey Fast = new(new(2), new(0));

    [Fact]
    public void A_slow_stream_a_base_and_a_state_pin_no_segments_and_survive()
    {
        var disk = new FaultyDisk();
        var journal = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options)).Journal;
        journal.Write(
        [
            new JournalRecord.SetBase(
                Slow, StreamBase.Empty with { Index = new(5), Snapshot = new byte[] { 42 } }, KeepSuffix: false),
            new JournalRecord.Append(Slow, [EntryOf(6, 100), EntryOf(7, 100)]),
            new JournalRecord.SaveState(new(3), new byte[] { 7, 7 }),
        ]);
        var most = 0;
        for (var index = 1; index <= 20_000; index++)
        {
            var records = new List<JournalRecord> { new JournalRecord.Append(Fast, [EntryOf(index, 300)]) };
            if (index % 100 == 0)
                records.Add(new JournalRecord.SetBase(Fast, StreamBase.Empty with { Index = new(index - 50) }, true));
            Assert.Equal(DiskOutcome.Ok, journal.Write(records));
            if (index % 20 != 0) continue;
            var ticket = journal.BeginSync()!;
            journal.CompleteSync(ticket, ticket.Run(disk));
            most = Math.Max(most, disk.List().Count);
        }

        Assert.True(most <= 12, $"{most} files");
        Assert.Equal(2, journal.Read(new(1, Slow, new(6), 10, 1 << 20)).Entries.Count);
        var recovered = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options)).Recovered;
        Assert.Equal(3, recovered.Groups.Count);
        Assert.Equal([42], recovered.Groups[0].Streams[0].Base.Snapshot.ToArray());
        Assert.Equal([6L, 7L], recovered.Groups[0].Streams[0].Entries.Select(e => e.Index.Value));
        Assert.Equal(50, recovered.Groups[1].Streams[0].Entries.Count());
        Assert.Equal([7, 7], recovered.Groups[2].State.ToArray());
    }

    [Fact]
    public void A_slow_stream_that_moves_again_and_again_is_whole_at_every_start()
    {
        var options = Options with { SegmentBytes = 16 << 10, PointSpacingBytes = 512, CleanAboveSegments = 3 };
        var disk = new FaultyDisk();
        var journal = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, options)).Journal;
        var slow = Enumerable.Range(1, 30).Select(i => EntryOf(i, 400)).ToArray();
        journal.Write([new JournalRecord.Append(Slow, slow)]);
        var moved = 0L;
        for (var index = 1; index <= 3_000; index++)
        {
            Assert.Equal(DiskOutcome.Ok, journal.Write([new JournalRecord.Append(Fast, [EntryOf(index, 300)])]));
            var trimmed = StreamBase.Empty with { Index = new(Math.Max(0, index - 5)) };
            if (index % 10 == 0) journal.Write([new JournalRecord.SetBase(Fast, trimmed, KeepSuffix: true)]);
            if (index % 3 != 0) continue;
            var ticket = journal.BeginSync()!;
            journal.CompleteSync(ticket, ticket.Run(disk));
            if (index % 15 != 0) continue;
            moved += journal.Counters.MovedBytes;
            var opened = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, options));
            var stream = opened.Recovered.Groups[0].Streams[0];
            Assert.Equal(LogIndex.Zero, stream.CorruptFrom);
            Assert.Equal(Enumerable.Range(1, 30).Select(i => (long)i), stream.Entries.Select(e => e.Index.Value));
            journal = opened.Journal;
        }

        // Moved a few times over, or the test has not tried what it is about.
        Assert.True(moved > 5 * 30 * 400, $"{moved} bytes moved");
    }

    private static Entry EntryOf(long index, int size) =>
        new(new(index), new(1), EntryKind.Records, index, 1, new(1), index, new byte[size]);
}
