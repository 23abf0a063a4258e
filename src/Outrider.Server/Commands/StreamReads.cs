using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Nodes;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>Reading commands of streams: confirmed records only.</summary>
public static class StreamReads
{
    public static IReadOnlyList<Command> All { get; } =
    [
        new("XLEN", 2, Role.Read, 1, "key", "How many entries the stream has.", Length),
        new("XRANGE", -4, Role.Read, 1, "key start end [COUNT n]", "Entries in order.", call => Range(call, false)),
        new("XREVRANGE", -4, Role.Read, 1, "key end start [COUNT n]", "Entries, newest first.",
            call => Range(call, true)),
        new("XREAD", -4, Role.Read, 0, "[COUNT n] [BLOCK ms] STREAMS key [key ...] id [id ...]",
            "Entries after the given ids; waits for some with BLOCK.", Read),
    ];

    private static async ValueTask Length(CommandCall call)
    {
        if (await call.ExpectAsync<LogReply.Key>(new KeyInfo(call.Key(1))).ConfigureAwait(false) is { } info)
            call.Reply.Integer(info.Count);
    }

    private static async ValueTask Range(CommandCall call, bool descending)
    {
        var key = call.Key(1);
        var from = StreamIds.RangeStart(call.Bytes(descending ? 3 : 2).Span);
        var to = StreamIds.RangeEnd(call.Bytes(descending ? 2 : 3).Span);
        long? count = null;
        if (call.Count > 4)
        {
            if (!call.Is(4, "COUNT"u8) || call.Count != 6) throw CommandError.Syntax("XRANGE key start end [COUNT n]");
            count = Math.Max(0, call.Long(5, "COUNT"));
        }

        if (await KeyPages.ReadAsync(call, key, from, to, count, descending).ConfigureAwait(false) is { } found)
            WriteEntries(call.Reply, found);
    }

    private static async ValueTask Read(CommandCall call)
    {
        long? count = null;
        long? blockMs = null;
        var at = 1;
        while (!call.Is(at, "STREAMS"u8))
        {
            call.Need(at, 2, "XREAD [COUNT n] [BLOCK ms] STREAMS key [key ...] id [id ...]");
            if (call.Is(at, "COUNT"u8)) count = Math.Max(0, call.Long(at + 1, "COUNT"));
            else if (call.Is(at, "BLOCK"u8)) blockMs = call.LongFrom(at + 1, "timeout", 0, int.MaxValue);
            else throw CommandError.Syntax("XREAD [COUNT n] [BLOCK ms] STREAMS key [key ...] id [id ...]");
            at += 2;
        }

        at++;
        var keys = (call.Count - at) / 2;
        if (keys == 0 || (call.Count - at) % 2 != 0)
            throw new CommandError("ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be "
                + "specified.");
        if (count == 0) count = null;
        var wanted = new List<(string Key, Position From)>();
        for (var i = 0; i < keys; i++)
        {
            if (await StartAsync(call, call.Key(at + i), at + keys + i).ConfigureAwait(false) is not { } from) return;
            wanted.Add((call.Key(at + i), from));
        }

        if (await ReadNowAsync(call, wanted, count).ConfigureAwait(false) is not { } found) return;
        if (found.Count == 0 && blockMs is { } wait)
            found = await WaitAsync(call, wanted, count, wait).ConfigureAwait(false);
        WriteStreams(call, found);
    }

    private static async Task<Position?> StartAsync(CommandCall call, string key, int at)
    {
        var id = call.Bytes(at).Span;
        if (id is not [(byte)'$'] and not [(byte)'+']) return StreamIds.After(id);
        var newest = id is [(byte)'+'];
        if (await call.ExpectAsync<LogReply.Key>(new KeyInfo(key)).ConfigureAwait(false) is not { } info) return null;
        if (info.Last is not { } last) return StreamIds.First;
        return newest ? last : last.Next();
    }

    private static async Task<List<(string Key, IReadOnlyList<LogRecord> Records)>?> ReadNowAsync(
        CommandCall call, List<(string Key, Position From)> wanted, long? count)
    {
        var found = new List<(string, IReadOnlyList<LogRecord>)>();
        foreach (var (key, from) in wanted)
        {
            var records = await KeyPages.ReadAsync(call, key, from, StreamIds.Last, count, false).ConfigureAwait(false);
            if (records is null) return null;
            if (records.Count > 0) found.Add((key, records));
        }

        return found;
    }

    /// <summary>Waits until one of the streams has something. Following starts where reading ended: nothing is
    /// missed.</summary>
    private static async Task<List<(string Key, IReadOnlyList<LogRecord> Records)>> WaitAsync(
        CommandCall call, List<(string Key, Position From)> wanted, long? count, long waitMs)
    {
        var first = new TaskCompletionSource<(string Key, IReadOnlyList<LogRecord> Records)>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        var credits = (int)Math.Min(count ?? 1024, 1024);
        var following = new List<IFollowing>();
        try
        {
            foreach (var (key, from) in wanted)
                following.Add(call.Node.Follow(new LogSubscribe(from, Speculative: false, key, credits),
                    reply => Offer(first, key, credits, reply)));
            var limit = waitMs == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(waitMs);
            return [await first.Task.WaitAsync(limit, call.Closed).ConfigureAwait(false)];
        }
        catch (TimeoutException)
        {
            return [];
        }
        finally
        {
            foreach (var one in following) one.Dispose();
        }
    }

    private static void Offer(
        TaskCompletionSource<(string, IReadOnlyList<LogRecord>)> first, string key, int count, LogReply reply)
    {
        if (reply is LogReply.Records { Items.Count: > 0 } records)
            first.TrySetResult((key, [.. records.Items.Where(item => item.Key == key).Take(count)]));
        else if (reply is LogReply.Ended ended)
            first.TrySetException(new CommandError($"UNAVAILABLE {ended.Reason}"));
        else if (reply is LogReply.Refused refused)
            first.TrySetException(new CommandError($"UNAVAILABLE {refused.Reason}"));
    }

    private static void WriteStreams(CommandCall call, List<(string Key, IReadOnlyList<LogRecord> Records)> found) =>
        WriteByKey(call, found, found => found.Key, found => WriteEntries(call.Reply, found.Records));

    /// <summary>What was found under each key, as a client of its protocol expects it; null if there is none.</summary>
    internal static void WriteByKey<T>(CommandCall call, List<T> found, Func<T, string> key, Action<T> write)
    {
        if (found.Count == 0)
        {
            call.Reply.NullArray();
            return;
        }

        var asMap = call.Session.Client.Protocol >= 3;
        if (asMap) call.Reply.Map(found.Count);
        else call.Reply.Array(found.Count);
        foreach (var one in found)
        {
            if (!asMap) call.Reply.Array(2);
            call.Reply.Bulk(key(one));
            write(one);
        }
    }

    internal static void WriteEntries(RespWriter reply, IReadOnlyList<LogRecord> records)
    {
        reply.Array(records.Count);
        foreach (var record in records) WriteEntry(reply, record.Position, record);
    }

    /// <summary>An entry; one that the log no longer holds has an id and nothing else.</summary>
    internal static void WriteEntry(RespWriter reply, Position id, LogRecord? record)
    {
        reply.Array(2);
        reply.Bulk(StreamIds.Of(id));
        if (record is null)
        {
            reply.Null();
            return;
        }

        var (fields, payload) = RecordFields.Read(record);
        // A record of LOG.APPEND has a payload of its own; it shows as one more field.
        var extra = !payload.IsEmpty || fields.Count == 0;
        reply.Array(2 * (fields.Count + (extra ? 1 : 0)));
        foreach (var field in fields)
        {
            reply.Bulk(field.Name.Span);
            reply.Bulk(field.Value.Span);
        }

        if (!extra) return;
        reply.Bulk("payload"u8);
        reply.Bulk(payload.Span);
    }
}
