using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Groups;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>XINFO: a stream, its groups, their consumers.</summary>
public static class StreamInfo
{
    // Beyond so many entries a group's lag is answered with nothing rather than counted.
    private const int LagMax = 1_000;
    private const int FullDefault = 10;

    public static IReadOnlyList<Command> All { get; } =
    [
        new("XINFO", -2, Role.Read, 2, "STREAM key [FULL [COUNT n]] | GROUPS key | CONSUMERS key group",
            "Facts about a stream and its groups.", Info),
    ];

    private static ValueTask Info(CommandCall call)
    {
        var verb = call.Text(1).ToUpperInvariant();
        if (verb is not ("STREAM" or "GROUPS" or "CONSUMERS"))
            throw new CommandError($"ERR unknown subcommand '{call.Text(1)}'. Try XINFO HELP.");
        if (call.Count < (verb == "CONSUMERS" ? 4 : 3) || (verb != "STREAM" && call.Count > (verb == "GROUPS" ? 3 : 4)))
            throw new CommandError($"ERR wrong number of arguments for 'xinfo|{verb.ToLowerInvariant()}' command");
        return verb switch
        {
            "STREAM" when call.Count > 3 => FullAsync(call),
            "STREAM" => StreamAsync(call),
            "GROUPS" => GroupsAsync(call),
            _ => ConsumersAsync(call),
        };
    }

    /// <summary>Null: a failure has been written. A key without records and groups is an error.</summary>
    private static async Task<(LogReply.Key Info, ConsumerGroups Groups)?> LookAsync(CommandCall call, string key)
    {
        if (await call.ExpectAsync<LogReply.Key>(new KeyInfo(key)).ConfigureAwait(false) is not { } info) return null;
        if (await GroupCall.LookAsync(call, key).ConfigureAwait(false) is not { } groups) return null;
        if (info.Count == 0 && groups.Groups.Count == 0) throw new CommandError("ERR no such key");
        return (info, groups);
    }

    private static void WriteHead(RespWriter reply, LogReply.Key info)
    {
        reply.Bulk("length"u8);
        reply.Integer(info.Count);
        reply.Bulk("radix-tree-keys"u8);
        reply.Integer(1);
        reply.Bulk("radix-tree-nodes"u8);
        reply.Integer(2);
        reply.Bulk("last-generated-id"u8);
        reply.Bulk(info.Last is { } last ? StreamIds.Of(last) : "0-0");
        reply.Bulk("max-deleted-entry-id"u8);
        reply.Bulk("0-0");
        reply.Bulk("entries-added"u8);
        reply.Integer(info.Count);
        reply.Bulk("recorded-first-entry-id"u8);
        reply.Bulk(info.First is { } first ? StreamIds.Of(first) : "0-0");
    }

    private static async ValueTask StreamAsync(CommandCall call)
    {
        var key = GroupCall.Key(call, 2);
        if (await LookAsync(call, key).ConfigureAwait(false) is not var (info, groups)) return;
        var ends = new List<Position>();
        if (info.First is { } first) ends.Add(first);
        if (info.Last is { } last) ends.Add(last);
        if (await GroupCall.FetchAsync(call, key, ends).ConfigureAwait(false) is not { } entries) return;
        call.Reply.Map(10);
        WriteHead(call.Reply, info);
        call.Reply.Bulk("groups"u8);
        call.Reply.Integer(groups.Groups.Count);
        call.Reply.Bulk("first-entry"u8);
        WriteEnd(call.Reply, info.First, entries);
        call.Reply.Bulk("last-entry"u8);
        WriteEnd(call.Reply, info.Last, entries);
    }

    private static void WriteEnd(RespWriter reply, Position? at, SortedDictionary<Position, LogRecord> entries)
    {
        if (at is { } position && entries.TryGetValue(position, out var record))
            StreamReads.WriteEntry(reply, position, record);
        else reply.Null();
    }

    private static async ValueTask FullAsync(CommandCall call)
    {
        var key = GroupCall.Key(call, 2);
        var count = FullDefault;
        if (!call.Is(3, "FULL"u8) || call.Count is not (4 or 6) || (call.Count == 6 && !call.Is(4, "COUNT"u8)))
            throw CommandError.Syntax("XINFO STREAM key [FULL [COUNT n]]");
        if (call.Count == 6) count = (int)call.LongFrom(5, "COUNT", 0, RespLimits.ReadRecordsMax);
        if (count == 0) count = RespLimits.ReadRecordsMax;
        if (await LookAsync(call, key).ConfigureAwait(false) is not var (info, groups)) return;
        var entries = await KeyPages.ReadAsync(call, key, StreamIds.First, StreamIds.Last, count, false)
            .ConfigureAwait(false);
        if (entries is null) return;
        var lags = await LagsAsync(call, key, info, groups).ConfigureAwait(false);
        if (lags is null) return;
        call.Reply.Map(9);
        WriteHead(call.Reply, info);
        call.Reply.Bulk("entries"u8);
        StreamReads.WriteEntries(call.Reply, entries);
        call.Reply.Bulk("groups"u8);
        call.Reply.Array(groups.Groups.Count);
        var at = 0;
        foreach (var (name, group) in groups.Groups) WriteFull(call.Reply, name, group, lags[at++], count);
    }

    private static void WriteFull(RespWriter reply, string name, ConsumerGroup group, long? lag, int count)
    {
        reply.Map(7);
        WriteGroupHead(reply, name, group, lag);
        reply.Bulk("pel-count"u8);
        reply.Integer(group.Pending.Count);
        reply.Bulk("pel"u8);
        var shown = group.Pending.Take(count).ToList();
        reply.Array(shown.Count);
        foreach (var (id, claim) in shown)
        {
            reply.Array(4);
            reply.Bulk(StreamIds.Of(id));
            reply.Bulk(claim.Consumer);
            reply.Integer(claim.DeliveredMs);
            reply.Integer(claim.Deliveries);
        }

        reply.Bulk("consumers"u8);
        reply.Array(group.Consumers.Count);
        foreach (var (who, consumer) in group.Consumers)
        {
            var own = group.Pending.Where(p => p.Value.Consumer == who).ToList();
            reply.Map(5);
            reply.Bulk("name"u8);
            reply.Bulk(who);
            reply.Bulk("seen-time"u8);
            reply.Integer(consumer.SeenMs);
            reply.Bulk("active-time"u8);
            reply.Integer(consumer.ActiveMs);
            reply.Bulk("pel-count"u8);
            reply.Integer(own.Count);
            reply.Bulk("pel"u8);
            reply.Array(Math.Min(count, own.Count));
            foreach (var (id, claim) in own.Take(count))
            {
                reply.Array(3);
                reply.Bulk(StreamIds.Of(id));
                reply.Integer(claim.DeliveredMs);
                reply.Integer(claim.Deliveries);
            }
        }
    }

    private static void WriteGroupHead(RespWriter reply, string name, ConsumerGroup group, long? lag)
    {
        reply.Bulk("name"u8);
        reply.Bulk(name);
        reply.Bulk("last-delivered-id"u8);
        reply.Bulk(GroupCall.Before(group.Next));
        reply.Bulk("entries-read"u8);
        if (group.Read is { } read) reply.Integer(read);
        else reply.Null();
        reply.Bulk("lag"u8);
        if (lag is { } known) reply.Integer(known);
        else reply.Null();
    }

    private static async ValueTask GroupsAsync(CommandCall call)
    {
        var key = GroupCall.Key(call, 2);
        if (await LookAsync(call, key).ConfigureAwait(false) is not var (info, groups)) return;
        var lags = await LagsAsync(call, key, info, groups).ConfigureAwait(false);
        if (lags is null) return;
        call.Reply.Array(groups.Groups.Count);
        var at = 0;
        foreach (var (name, group) in groups.Groups)
        {
            call.Reply.Map(6);
            WriteGroupHead(call.Reply, name, group, lags[at++]);
            call.Reply.Bulk("consumers"u8);
            call.Reply.Integer(group.Consumers.Count);
            call.Reply.Bulk("pending"u8);
            call.Reply.Integer(group.Pending.Count);
        }
    }

    /// <summary>Entries not yet delivered, by group; null among them: more than are counted.</summary>
    private static async Task<List<long?>?> LagsAsync(
        CommandCall call, string key, LogReply.Key info, ConsumerGroups groups)
    {
        var lags = new List<long?>();
        foreach (var (_, group) in groups.Groups)
        {
            if (info.Last is not { } last || group.Next > last) lags.Add(0);
            else if (group.Next <= info.First!.Value) lags.Add(info.Count);
            else
            {
                var ask = new KeyRead(key, group.Next, last, LagMax, Descending: false);
                if (await call.ExpectAsync<LogReply.Records>(ask).ConfigureAwait(false) is not { } read) return null;
                var whole = read.Items.Count > 0 && read.Items[^1].Position == last;
                lags.Add(whole ? read.Items.Count : null);
            }
        }

        return lags;
    }

    private static async ValueTask ConsumersAsync(CommandCall call)
    {
        var (key, name) = (GroupCall.Key(call, 2), GroupCall.Name(call, 3, "group"));
        if (await LookAsync(call, key).ConfigureAwait(false) is not var (_, groups)) return;
        if (groups.Find(name) is not { } group) throw GroupCall.NoGroupOfKey(key, name);
        var now = GroupCall.NowMs;
        call.Reply.Array(group.Consumers.Count);
        foreach (var (who, consumer) in group.Consumers)
        {
            call.Reply.Map(4);
            call.Reply.Bulk("name"u8);
            call.Reply.Bulk(who);
            call.Reply.Bulk("pending"u8);
            call.Reply.Integer(group.Pending.Values.Count(claim => claim.Consumer == who));
            call.Reply.Bulk("idle"u8);
            call.Reply.Integer(Math.Max(0, now - consumer.SeenMs));
            call.Reply.Bulk("inactive"u8);
            call.Reply.Integer(consumer.ActiveMs < 0 ? -1 : Math.Max(0, now - consumer.ActiveMs));
        }
    }
}
