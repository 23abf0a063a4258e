using Outrider.Core;
using Outrider.Runtime;
using Outrider.Storage;

namespace Outrider.Tests.Unit.Storage;

public sealed class FileDiskTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("outrider-disk-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Files_are_made_of_zeroes_and_keep_what_is_written(bool zeroed)
    {
        using var disk = new FileDisk(_directory, zeroed);
        Assert.Equal(DiskOutcome.Ok, disk.Create("b", 3 << 20));
        Assert.Equal(DiskOutcome.Ok, disk.Create("a", 10));
        Assert.Equal([new("a", 10), new("b", 3 << 20)], disk.List());
        var bytes = new byte[3 << 20];
        Assert.Equal(DiskOutcome.Ok, disk.Read("b", 0, bytes));
        Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept((byte)0));
        Assert.Equal(DiskOutcome.Ok, disk.Write("b", 4000, "hello"u8));
        Assert.Equal(DiskOutcome.Ok, disk.Sync("b"));
        Assert.Equal(DiskOutcome.Ok, disk.SyncDirectory());
        Assert.Equal(DiskOutcome.Ok, disk.Rename("b", "c"));
        Assert.Equal(DiskOutcome.Ok, disk.Read("c", 4000, bytes.AsSpan(0, 5)));
        Assert.Equal("hello"u8, bytes.AsSpan(0, 5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_second_file_of_a_size_is_made_ahead_and_is_like_the_first(bool zeroed)
    {
        using var disk = new FileDisk(_directory, zeroed);
        Assert.Equal(DiskOutcome.Ok, disk.Create("first", 2 << 20));
        var ready = SpinWait.SpinUntil(() => File.Exists(Path.Combine(_directory, "spare", "next")), 10_000);
        Assert.True(ready);
        foreach (var name in (string[])["second", "third"])
        {
            Assert.Equal(DiskOutcome.Ok, disk.Create(name, 2 << 20));
            var bytes = new byte[2 << 20];
            Assert.Equal(DiskOutcome.Ok, disk.Read(name, 0, bytes));
            Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept((byte)0));
            Assert.Equal(DiskOutcome.Ok, disk.Write(name, (2 << 20) - 5, "hello"u8));
        }

        Assert.Equal([new("first", 2 << 20), new("second", 2 << 20), new("third", 2 << 20)], disk.List());
    }

    [Fact]
    public void What_is_missing_is_an_outcome_not_an_exception()
    {
        using var disk = new FileDisk(_directory);
        Assert.Equal(DiskOutcome.NotFound, disk.Read("none", 0, new byte[1]));
        Assert.Equal(DiskOutcome.NotFound, disk.Write("none", 0, new byte[1]));
        Assert.Equal(DiskOutcome.NotFound, disk.Sync("none"));
        Assert.Equal(DiskOutcome.NotFound, disk.Delete("none"));
        disk.Create("short", 10);
        Assert.Equal(DiskOutcome.IoError, disk.Read("short", 5, new byte[6]));
    }

    [Fact]
    public void A_journal_lives_on_real_files()
    {
        var options = new JournalOptions { ClusterId = 1, Node = new(1), SegmentBytes = 256 << 10 };
        var stream = new StreamKey(new(1), new(0));
        using (var disk = new FileDisk(_directory))
        {
            var journal = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, options)).Journal;
            for (var i = 1; i <= 2000; i += 100)
            {
                var entries = Enumerable.Range(i, 100).Select(at => new Entry(
                    new(at), new(1), EntryKind.Records, at - 1, 1, new(1), at, new byte[500])).ToArray();
                Assert.Equal(DiskOutcome.Ok, journal.Write([new JournalRecord.Append(stream, entries)]));
                var ticket = journal.BeginSync()!;
                journal.CompleteSync(ticket, ticket.Run(disk));
            }

            Assert.Equal(20, journal.Durable.Value);
        }

        using var again = new FileDisk(_directory);
        var opened = Assert.IsType<JournalOpened.Opened>(Journal.Open(again, options));
        Assert.True(opened.Recovered.Unclean);
        Assert.Equal(2000, opened.Recovered.Groups[0].Streams[0].Entries.Count());
    }
}
