using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>Finding a position by time.</summary>
public static class LogSearch
{
    public static IReadOnlyList<Command> All { get; } =
    [
        new("LOG.FIND", -3, Role.Read, 0, "TIME unix-ms [KEY key]",
            "A position from which on all records are at or after a time, as far as their producers' clocks agree.",
            Find),
    ];

    private static async ValueTask Find(CommandCall call)
    {
        const string usage = "LOG.FIND TIME unix-ms [KEY key]";
        if (!call.Is(1, "TIME"u8) || call.Count is not (3 or 5) || (call.Count == 5 && !call.Is(3, "KEY"u8)))
            throw CommandError.Syntax(usage);
        var timeMs = call.LongFrom(2, "the time", 0);
        var key = call.Count == 5 ? call.Key(4) : null;
        if (await call.ExpectAsync<LogReply.Tail>(new LogTail()).ConfigureAwait(false) is not { } tail) return;
        var (low, high) = (0L, tail.ConfirmedEnd.Value);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var (ok, record) = await AtAsync(call, key, new(middle), new(high)).ConfigureAwait(false);
            if (!ok) return;
            // Nothing up to the end, or late enough: it is not beyond the middle.
            if (record is null || record.TimestampMs >= timeMs) high = middle;
            else low = record.Position.Value + 1;
        }

        call.Reply.Integer(low);
    }

    /// <summary>The first record at or after a position and before an end. Trimmed positions count as early.</summary>
    private static async Task<(bool Ok, LogRecord? Record)> AtAsync(
        CommandCall call, string? key, Position from, Position below)
    {
        while (from < below)
        {
            var reply = await call.AskAsync(key is null
                ? new LogRead(from, 1, 1)
                : new KeyRead(key, from, new(below.Value - 1), 1, Descending: false)).ConfigureAwait(false);
            switch (reply)
            {
                case LogReply.Refused { Code: LogRefusal.Trimmed }:
                    return (true, new LogRecord(from, default, default, "", default, default, -1));
                case LogReply.Records { Items.Count: 0 } none when key is null && none.Next > from:
                    from = none.Next;
                    break;
                case LogReply.Records { Items.Count: 0 }:
                    return (true, null);
                case LogReply.Records records when records.Items[0].Position >= below:
                    return (true, null);
                case LogReply.Records records when GroupCodec.IsGroupStream(records.Items[0].Key):
                    // Its time is no producer's.
                    from = records.Items[0].Position.Next();
                    break;
                case LogReply.Records records:
                    return (true, records.Items[0]);
                default:
                    if (!Replies.TryWriteFailure(call.Reply, reply)) Replies.WriteUnexpected(call.Reply, reply);
                    return (false, null);
            }
        }

        return (true, null);
    }
}
