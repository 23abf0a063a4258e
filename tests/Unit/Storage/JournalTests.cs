using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Tests.Unit.Storage;

public sealed class JournalTests
{
    private static readonly StreamKey Stream = new(new(1), new(0));
    private static readonly JournalOptions Options = new()
    {
        ClusterId = 77,
        Node = new(3),
        SegmentBytes = 64 << 10,
        ReadWindowBytes = 4096,
        PointSpacingBytes = 1024,
    };

    [Fact]
    public void A_fresh_journal_is_the_first_life_and_not_unclean()
    {
        var opened = Opened(new FaultyDisk());
        Assert.Equal(1, opened.Recovered.Incarnation.Value);
        Assert.False(opened.Recovered.Unclean);
        Assert.Empty(opened.Recovered.Groups);
    }

    [Fact]
    public void Entries_come_back_after_a_clean_close()
    {
        var disk = new FaultyDisk();
        var journal = Opened(disk).Journal;
        var state = new JournalRecord.SaveState(new(1), new byte[] { 9 });
        Assert.Equal(DiskOutcome.Ok, journal.Write([Append(1, 300), state]));
        Assert.Equal(2, journal.LastToken.Value);
        var ticket = journal.BeginSync()!;
        Assert.Equal(2, journal.CompleteSync(ticket, ticket.Run(disk)).Value);
        journal.Close();
        var again = Opened(disk).Recovered;
        Assert.False(again.Unclean);
        Assert.Equal(2, again.Incarnation.Value);
        var group = Assert.Single(again.Groups);
        Assert.Equal([9], group.State.ToArray());
        var stream = Assert.Single(group.Streams);
        Assert.Equal(300, stream.LastIndex.Value);
        Assert.Equal(0, stream.CorruptFrom.Value);
        var expected = Enumerable.Range(1, 300).Select(i => EntryOf(i).ToString());
        Assert.Equal(expected, stream.Entries.Select(e => e.ToString()));
    }

    [Fact]
    public void A_start_without_a_close_is_unclean_also_the_second_time()
    {
        var disk = new FaultyDisk();
        Opened(disk).Journal.Write([Append(1, 3)]);
        Assert.True(Opened(disk).Recovered.Unclean);
        Assert.True(Opened(disk).Recovered.Unclean);
        Opened(disk).Journal.Close();
        Assert.False(Opened(disk).Recovered.Unclean);
    }

    [Fact]
    public void A_header_that_cannot_be_read_for_once_is_no_missing_segment()
    {
        var disk = new FaultyDisk();
        Opened(disk);
        var left = 1;
        disk.OnRead = (name, _, _) =>
            name.EndsWith(".seg", StringComparison.Ordinal) && left-- > 0 ? DiskOutcome.IoError : DiskOutcome.Ok;
        var refused = Assert.IsType<JournalOpened.Refused>(Journal.Open(disk, Options));
        Assert.Equal(OpenRefusal.IoError, refused.Reason);
        Assert.Equal(2, Opened(disk).Recovered.Incarnation.Value);
    }

    [Fact]
    public void What_was_synced_survives_and_what_was_not_may_be_cut()
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var disk = new FaultyDisk();
            var journal = Opened(disk).Journal;
            journal.Write([Append(1, 20)]);
            var ticket = journal.BeginSync()!;
            journal.CompleteSync(ticket, ticket.Run(disk));
            journal.Write([Append(21, 20)]);
            journal.Write([Append(41, 20)]);
            disk.Crash(new Rng(seed), 0.2);
            var stream = Opened(disk).Recovered.Groups[0].Streams[0];
            Assert.Equal(0, stream.CorruptFrom.Value);
            Assert.True(stream.LastIndex.Value is 20 or 40 or 60);
            Assert.Equal(stream.LastIndex.Value, stream.Entries.Count());
        }
    }

    [Fact]
    public void A_foreign_cluster_node_or_newer_format_is_refused_with_the_next_command()
    {
        var disk = new FaultyDisk();
        Opened(disk).Journal.Close();
        var foreign = Refused(disk, Options with { ClusterId = 78 });
        Assert.Equal(OpenRefusal.Foreign, foreign.Reason);
        Assert.Contains("outrider inspect", foreign.Message, StringComparison.Ordinal);
        Assert.Equal(OpenRefusal.Foreign, Refused(disk, Options with { Node = new(4) }).Reason);
    }

    [Fact]
    public void A_failed_sync_is_final_and_reads_go_on()
    {
        var disk = new FaultyDisk();
        var journal = Opened(disk).Journal;
        journal.Write([Append(1, 5)]);
        var ticket = journal.BeginSync()!;
        Assert.Equal(0, journal.CompleteSync(ticket, DiskOutcome.IoError).Value);
        Assert.NotNull(journal.Failure);
        Assert.Equal(DiskOutcome.IoError, journal.Write([Append(6, 1)]));
        Assert.Null(journal.BeginSync());
        Assert.Equal(5, journal.Read(new(1, Stream, new(1), 10, 1 << 20)).Entries.Count);
    }

    [Fact]
    public void A_full_disk_is_final_until_a_restart_finds_space()
    {
        var disk = new FaultyDisk { CapacityBytes = 200 << 10 };
        var journal = Opened(disk).Journal;
        var next = 1;
        while (journal.Write([Append(next, 50)]) == DiskOutcome.Ok) next += 50;
        Assert.Contains("full", journal.Failure!, StringComparison.Ordinal);
        Assert.Null(journal.BeginSync());
        Assert.Equal(10, journal.Read(new(1, Stream, new(1), 10, 1 << 20)).Entries.Count);
        var again = Opened(disk);
        Assert.True(again.Recovered.Groups[0].Streams[0].Entries.Count() >= next - 1);
        disk.CapacityBytes = long.MaxValue;
        var end = (int)again.Recovered.Groups[0].Streams[0].LastIndex.Value;
        Assert.Equal(DiskOutcome.Ok, again.Journal.Write([Append(end + 1, 300)]));
    }

    [Fact]
    public void A_block_that_cannot_be_read_at_the_end_is_not_cut()
    {
        var disk = new FaultyDisk();
        var journal = Opened(disk).Journal;
        journal.Write([Append(1, 100)]);
        disk.OnRead = (name, at, count) => name.EndsWith(".seg", StringComparison.Ordinal)
            && at <= 8192 && at + count > 8192 ? DiskOutcome.IoError : DiskOutcome.Ok;
        Assert.Equal(OpenRefusal.IoError, Refused(disk, Options).Reason);
        disk.OnRead = null;
        Assert.Equal(100, Opened(disk).Recovered.Groups[0].Streams[0].LastIndex.Value);
    }

    [Fact]
    public void A_scrub_finds_rot_in_what_is_durable()
    {
        var disk = new FaultyDisk();
        var journal = Opened(disk).Journal;
        journal.Write([Append(1, 1000)]);
        var ticket = journal.BeginSync()!;
        journal.CompleteSync(ticket, ticket.Run(disk));
        Assert.Empty(Scrub(journal));
        disk.Bytes("journal-000001.seg")[20_000] ^= 1;
        Assert.Equal("journal-000001.seg", Assert.Single(Scrub(journal)).File);
    }

    private static List<JournalDamage> Scrub(Journal journal)
    {
        var damages = new List<JournalDamage>();
        for (var step = 0; step < 1000; step++)
        {
            var done = journal.Scrub(4096);
            damages.AddRange(done.Damages);
            if (done.PassDone) return damages;
        }

        throw new InvalidOperationException("a pass never ended");
    }

    [Fact]
    public void Reads_are_dense_from_any_index_across_segments()
    {
        var disk = new FaultyDisk();
        var journal = Opened(disk).Journal;
        for (var first = 1; first <= 2000; first += 50) journal.Write([Append(first, 50)]);
        Assert.True(disk.List().Count > 3);
        for (var from = 1; from <= 2000; from += 37)
        {
            var read = journal.Read(new(from, Stream, new(from), 60, 1 << 20));
            Assert.Equal(ReadOutcome.Ok, read.Outcome);
            Assert.Equal(Math.Min(60, 2001 - from), read.Entries.Count);
            for (var i = 0; i < read.Entries.Count; i++)
                Assert.Equal(EntryOf(from + i).ToString(), read.Entries[i].ToString());
        }
    }

    internal static JournalOpened.Opened Opened(IDisk disk) =>
        Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options));

    private static JournalOpened.Refused Refused(IDisk disk, JournalOptions options) =>
        Assert.IsType<JournalOpened.Refused>(Journal.Open(disk, options));

    private static JournalRecord.Append Append(int first, int count) =>
        new(Stream, [.. Enumerable.Range(first, count).Select(i => EntryOf(i))]);

    private static Entry EntryOf(int index)
    {
        var payload = new byte[40 + index % 200];
        new Span<byte>(payload).Fill((byte)index);
        return new(new(index), new(1), EntryKind.Records, index - 1, 1, new(5), index, payload);
    }
}
