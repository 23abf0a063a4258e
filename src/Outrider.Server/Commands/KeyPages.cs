using Outrider.Log;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>Reads a range of one key in pages, so that no single request asks a node for an unbounded amount.</summary>
public static class KeyPages
{
    private const int FirstPage = 128;
    private const int LargestPage = 8192;
    private const int LightPageBytes = 4 << 20;

    /// <summary>The records; null when an error has been written. A range too large for one reply is an error: a
    /// reply cut short would look like the end of the stream.</summary>
    public static async Task<List<LogRecord>?> ReadAsync(
        CommandCall call, string key, Position from, Position to, long? count, bool descending)
    {
        var found = new List<LogRecord>();
        var bytes = 0L;
        var page = FirstPage;
        while (from <= to && (count is null || found.Count < count))
        {
            var ask = (int)Math.Min(page, count - found.Count ?? page);
            var read = new KeyRead(key, from, to, ask, descending);
            if (await call.ExpectAsync<LogReply.Records>(read).ConfigureAwait(false) is not { } records) return null;
            var before = bytes;
            foreach (var record in records.Items) bytes += record.Payload.Length + record.Headers.Length;
            found.AddRange(records.Items);
            // A page cut short by its size, not by the end of the range, is followed by another.
            if (records.Items.Count == 0 || (records.Items.Count < ask && bytes - before < LightPageBytes)) break;
            if (bytes > RespLimits.ReadBytesMax || found.Count > RespLimits.ReadRecordsMax)
                throw new CommandError($"ERR the range holds more than {RespLimits.ReadBytesMax} bytes or "
                    + $"{RespLimits.ReadRecordsMax} records; read it in parts with COUNT");
            var last = records.Items[^1].Position;
            if (descending) to = new(last.Value - 1);
            else from = last.Next();
            // Small records may come many at a time; large ones must not.
            if (bytes / found.Count < 1024) page = Math.Min(page * 4, LargestPage);
        }

        return found;
    }
}
