using System.Buffers.Binary;
using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Tests.Unit.Storage;

/// <summary>What a later release wrote is refused with the next command, and nothing of it is touched.</summary>
public sealed class LaterFormatTests
{
    private static readonly JournalOptions Options = new()
    {
        ClusterId = 5,
        Node = new(1),
        SegmentBytes = 20 << 10,
    };

    [Theory]
    [InlineData("journal.node", 4096)]
    [InlineData("journal-000001.seg", 2048)]
    public void A_later_format_is_named_and_left_alone(string name, int copySpacing)
    {
        var disk = new FaultyDisk();
        Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options)).Journal.Close();
        var bytes = disk.Bytes(name);
        for (var copy = 0; copy < 2; copy++)
        {
            // The first 28 bytes and the place of their checksum are the same in all versions.
            var header = bytes.AsSpan(copy * copySpacing);
            BinaryPrimitives.WriteUInt16LittleEndian(header[8..], 9);
            BinaryPrimitives.WriteUInt32LittleEndian(header[28..], Crc32C.Of(header[..28]));
        }

        var kept = disk.List().ToDictionary(file => file.Name, file => disk.Bytes(file.Name).ToArray());
        var refused = Assert.IsType<JournalOpened.Refused>(Journal.Open(disk, Options));
        Assert.Equal(OpenRefusal.NewerFormat, refused.Reason);
        Assert.Contains("format 9", refused.Message, StringComparison.Ordinal);
        Assert.Contains("outrider version", refused.Message, StringComparison.Ordinal);
        foreach (var file in disk.List()) Assert.Equal(kept[file.Name], disk.Bytes(file.Name));
    }
}
