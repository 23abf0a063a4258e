using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Groups;
using Outrider.Server.Nodes;

namespace Outrider.Server.Commands;

/// <summary>Reading as a consumer of a group: confirmed entries only.</summary>
public static class GroupReads
{
    private const int CountMax = 1_000;
    private const string Usage = "XREADGROUP GROUP group consumer [COUNT n] [BLOCK ms] [CLAIM min-idle-ms] [NOACK] "
        + "STREAMS key [key ...] id [id ...]";

    // While it waits, a command looks again this often: a group may have been destroyed elsewhere.
    private const long LookAgainMs = 5_000;

    public static IReadOnlyList<Command> All { get; } =
    [
        new("XREADGROUP", -7, Role.Read | Role.Write, 0, Usage[11..],
            "New entries for a consumer ('>'), or those it holds (an id).", Read),
        new("LOG.GROUPREAD", -4, Role.Read | Role.Write, 1, "key group consumer [COUNT n] [BLOCK ms] [NOACK]",
            "As XREADGROUP of one key; answers with records, generations and delivery counts.", ReadLog),
    ];

    private sealed record Ask(string Group, string Consumer, int Count, long? BlockMs, bool NoAck, long? MinIdleMs)
    {
        public GroupRead Now => new(Group, Consumer, Count, NoAck, static () => GroupCall.NowMs, MinIdleMs);
    }

    private sealed record Found(string Key, IReadOnlyList<(Position Id, LogRecord? Record)> Entries);

    private static async ValueTask Read(CommandCall call)
    {
        var at = 4;
        if (!call.Is(1, "GROUP"u8)) throw CommandError.Syntax(Usage);
        var ask = Options(call, ref at, GroupCall.Name(call, 2, "group"), GroupCall.Name(call, 3, "consumer"));
        if (!call.Is(at++, "STREAMS"u8)) throw CommandError.Syntax(Usage);
        var keys = (call.Count - at) / 2;
        if (keys == 0 || (call.Count - at) % 2 != 0)
            throw new CommandError("ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' "
                + "must be specified.");
        var found = new List<Found>();
        var fresh = new List<string>();
        for (var i = 0; i < keys; i++)
        {
            var (key, id) = (GroupCall.Key(call, at + i), call.Bytes(at + keys + i));
            if (id.Span is [(byte)'>']) fresh.Add(key);
            else if (id.Span is [(byte)'$'])
                throw new CommandError("ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the "
                    + "history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ "
                    + "ID would just return an empty result set.");
            else if (await HistoryAsync(call, ask, key, StreamIds.After(id.Span)).ConfigureAwait(false) is { } own)
                found.Add(own);
            else return;
        }

        var block = found.Count > 0 ? null : ask.BlockMs;
        var got = await FreshAsync(call, ask with { BlockMs = block }, fresh).ConfigureAwait(false);
        if (got is null) return;
        foreach (var (key, deliveries) in got)
            found.Add(new(key, [.. deliveries.Select(d => (d.Record.Position, (LogRecord?)d.Record))]));
        Write(call, found);
    }

    private static async ValueTask ReadLog(CommandCall call)
    {
        var at = 4;
        var key = GroupCall.Key(call, 1);
        var ask = Options(call, ref at, GroupCall.Name(call, 2, "group"), GroupCall.Name(call, 3, "consumer"));
        if (at != call.Count) throw CommandError.Syntax("LOG.GROUPREAD key group consumer [COUNT n] [BLOCK ms] "
            + "[NOACK]");
        var got = await FreshAsync(call, ask, [key]).ConfigureAwait(false);
        if (got is null) return;
        var deliveries = got.Count == 0 ? [] : got[0].Deliveries;
        call.Reply.Array(deliveries.Count);
        foreach (var delivery in deliveries)
        {
            call.Reply.Array(3);
            LogRecords.Write(call.Reply, delivery.Record);
            call.Reply.Integer(delivery.Generation);
            call.Reply.Integer(delivery.Deliveries);
        }
    }

    private static Ask Options(CommandCall call, ref int at, string group, string consumer)
    {
        var ask = new Ask(group, consumer, CountMax, null, NoAck: false, null);
        for (; at < call.Count && !call.Is(at, "STREAMS"u8); at++)
        {
            if (call.Is(at, "NOACK"u8))
            {
                ask = ask with { NoAck = true };
                continue;
            }

            call.Need(at, 2, Usage);
            if (call.Is(at, "COUNT"u8))
            {
                var count = call.Long(at + 1, "COUNT");
                ask = ask with { Count = count <= 0 ? CountMax : (int)Math.Min(count, CountMax) };
            }
            else if (call.Is(at, "BLOCK"u8))
            {
                ask = ask with { BlockMs = call.LongFrom(at + 1, "timeout", 0, int.MaxValue) };
            }
            else if (call.Is(at, "CLAIM"u8)) ask = ask with { MinIdleMs = call.LongFrom(at + 1, "min-idle-time", 0) };
            else throw CommandError.Syntax(Usage);
            at++;
        }

        return ask;
    }

    /// <summary>What the consumer holds already, from an id on; null: a failure has been written.</summary>
    private static async Task<Found?> HistoryAsync(CommandCall call, Ask ask, string key, Position from)
    {
        if (await GroupCall.LookAsync(call, key).ConfigureAwait(false) is not { } state) return null;
        if (state.Find(ask.Group) is not { } group) throw NoGroup(key, ask.Group);
        var ids = group.Pending.Where(p => p.Key >= from && p.Value.Consumer == ask.Consumer)
            .Select(p => p.Key).Take(ask.Count).ToList();
        if (await GroupCall.FetchAsync(call, key, ids).ConfigureAwait(false) is not { } entries) return null;
        var now = GroupCall.NowMs;
        var (ok, held) = await GroupCall.DecideAsync(call, key, one => GroupDecisions.Again(
            one, ask.Group, ask.Consumer, ids, entries.ContainsKey, now)).ConfigureAwait(false);
        if (!ok) return null;
        if (held is null) throw NoGroup(key, ask.Group);
        var still = held.Select(h => h.Position).ToHashSet();
        return new(key, [.. ids.Where(id => still.Contains(id) || !entries.ContainsKey(id))
            .Select(id => (id, entries.GetValueOrDefault(id)))]);
    }

    private static async Task<List<(string Key, IReadOnlyList<GroupDelivery> Deliveries)>?> FreshAsync(
        CommandCall call, Ask ask, List<string> keys)
    {
        var found = new List<(string, IReadOnlyList<GroupDelivery>)>();
        var until = ask.BlockMs is { } block
            ? block == 0 ? long.MaxValue : Environment.TickCount64 + block
            : Environment.TickCount64;
        while (true)
        {
            foreach (var key in keys)
            {
                var reading = call.Session.Host.Groups.ReadAsync(key, ask.Now);
                switch (await reading.WaitAsync(call.Closed).ConfigureAwait(false))
                {
                    case GroupEnd<IReadOnlyList<GroupDelivery>?>.Failed failed:
                        GroupCall.Fail(call, failed.Reply);
                        return null;
                    case GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided { Answer: null }:
                        throw NoGroup(key, ask.Group);
                    case GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided { Answer.Count: > 0 } some:
                        found.Add((key, some.Answer!));
                        break;
                    default:
                        break;
                }
            }

            var left = until - Environment.TickCount64;
            if (found.Count > 0 || keys.Count == 0 || left <= 0) return found;
            await WaitAsync(call, ask, keys, Math.Min(left, LookAgainMs)).ConfigureAwait(false);
        }
    }

    /// <summary>Until there may be something: a new entry, or a lease that is over.</summary>
    private static async Task WaitAsync(CommandCall call, Ask ask, List<string> keys, long waitMs)
    {
        var woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var following = new List<IFollowing>();
        try
        {
            foreach (var key in keys)
            {
                if (call.Session.Host.Groups.Known(key, ask.Group) is not { } group) continue;
                waitMs = Math.Min(waitMs, LeaseLeftMs(group, ask));
                following.Add(call.Node.Follow(new LogSubscribe(group.Next, Speculative: false, key, 1), reply =>
                {
                    if (reply is LogReply.Records { Items.Count: > 0 } or LogReply.Ended or LogReply.Refused)
                        woken.TrySetResult();
                }));
            }

            var limit = TimeSpan.FromMilliseconds(Math.Max(1, waitMs));
            await woken.Task.WaitAsync(limit, call.Closed).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Looks again.
        }
        finally
        {
            foreach (var one in following) one.Dispose();
        }
    }

    private static long LeaseLeftMs(ConsumerGroup group, Ask ask)
    {
        var lease = ask.MinIdleMs ?? group.Policy.LeaseMs;
        if (ask.NoAck || (ask.MinIdleMs is null && lease == 0)) return long.MaxValue;
        var now = GroupCall.NowMs;
        var left = long.MaxValue;
        foreach (var (_, claim) in group.Pending) left = Math.Min(left, claim.DeliveredMs + lease - now);
        return left;
    }

    private static CommandError NoGroup(string key, string group) =>
        new($"NOGROUP No such key '{key}' or consumer group '{group}' in XREADGROUP with GROUP option");

    private static void Write(CommandCall call, List<Found> found) =>
        StreamReads.WriteByKey(call, found, one => one.Key, one =>
        {
            call.Reply.Array(one.Entries.Count);
            foreach (var (id, record) in one.Entries) StreamReads.WriteEntry(call.Reply, id, record);
        });
}
