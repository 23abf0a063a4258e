using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Groups;

namespace Outrider.Server.Commands;

/// <summary>What is pending, and taking it over.</summary>
public static class GroupClaims
{
    private const string PendingUsage = "XPENDING key group [[IDLE ms] start end count [consumer]]";
    private const string ClaimUsage = "XCLAIM key group consumer min-idle-ms id [id ...] [IDLE ms] [TIME unix-ms] "
        + "[RETRYCOUNT n] [FORCE] [JUSTID] [LASTID id]";

    public static IReadOnlyList<Command> All { get; } =
    [
        new("XPENDING", -3, Role.Read, 1, PendingUsage[9..], "Entries delivered and not acknowledged.", Pending),
        new("XCLAIM", -6, Role.Write, 1, ClaimUsage[7..], "Takes over entries by id.", Claim),
        new("XAUTOCLAIM", -6, Role.Write, 1, "key group consumer min-idle-ms start [COUNT n] [JUSTID]",
            "Takes over entries that have been idle for so long.", AutoClaim),
    ];

    private static async ValueTask Pending(CommandCall call)
    {
        var (key, name) = (GroupCall.Key(call, 1), GroupCall.Name(call, 2, "group"));
        var at = 3;
        var minIdleMs = 0L;
        if (call.Is(at, "IDLE"u8))
        {
            call.Need(at, 2, PendingUsage);
            minIdleMs = call.Long(at + 1, "IDLE");
            at += 2;
        }

        var extended = at < call.Count;
        if (at != 3 && !extended) throw CommandError.Syntax(PendingUsage);
        if (extended && call.Count - at is not (3 or 4)) throw CommandError.Syntax(PendingUsage);
        if (await GroupCall.LookAsync(call, key).ConfigureAwait(false) is not { } state) return;
        if (state.Find(name) is not { } group) throw GroupCall.NoGroup(key, name);
        if (!extended) WriteSummary(call, group);
        else WriteList(call, group, at, minIdleMs);
    }

    private static void WriteSummary(CommandCall call, ConsumerGroup group)
    {
        call.Reply.Array(4);
        call.Reply.Integer(group.Pending.Count);
        if (group.Pending.Count == 0)
        {
            call.Reply.Null();
            call.Reply.Null();
            call.Reply.NullArray();
            return;
        }

        call.Reply.Bulk(StreamIds.Of(group.Pending.Keys.First()));
        call.Reply.Bulk(StreamIds.Of(group.Pending.Keys.Last()));
        var byConsumer = group.Pending.Values.GroupBy(claim => claim.Consumer, StringComparer.Ordinal)
            .OrderBy(one => one.Key, StringComparer.Ordinal).ToList();
        call.Reply.Array(byConsumer.Count);
        foreach (var one in byConsumer)
        {
            call.Reply.Array(2);
            call.Reply.Bulk(one.Key);
            call.Reply.Bulk(one.Count().ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static void WriteList(CommandCall call, ConsumerGroup group, int at, long minIdleMs)
    {
        var from = StreamIds.RangeStart(call.Bytes(at).Span);
        var to = StreamIds.RangeEnd(call.Bytes(at + 1).Span);
        var count = Math.Max(0, call.Long(at + 2, "COUNT"));
        var consumer = at + 3 < call.Count ? call.Text(at + 3) : null;
        var now = GroupCall.NowMs;
        var found = group.Pending.Where(p => p.Key >= from && p.Key <= to
            && (consumer is null || p.Value.Consumer == consumer) && now - p.Value.DeliveredMs >= minIdleMs)
            .Take((int)Math.Min(count, int.MaxValue)).ToList();
        call.Reply.Array(found.Count);
        foreach (var (id, claim) in found)
        {
            call.Reply.Array(4);
            call.Reply.Bulk(StreamIds.Of(id));
            call.Reply.Bulk(claim.Consumer);
            call.Reply.Integer(Math.Max(0, now - claim.DeliveredMs));
            call.Reply.Integer(claim.Deliveries);
        }
    }

    private static async ValueTask Claim(CommandCall call)
    {
        var (key, group) = (GroupCall.Key(call, 1), GroupCall.Name(call, 2, "group"));
        var consumer = GroupCall.Name(call, 3, "consumer");
        var minIdleMs = Math.Max(0, call.Long(4, "Invalid min-idle-time argument for XCLAIM:"));
        var now = GroupCall.NowMs;
        var ids = new List<Position>();
        var at = 5;
        for (; at < call.Count && call.Bytes(at).Span[..Math.Min(1, call.Bytes(at).Length)] is [>= (byte)'0' and
            <= (byte)'9']; at++) ids.Add(GroupCall.Id(call, at));
        var (how, justIds) = ClaimOptions(call, at, now);
        if (ids.Count == 0) throw CommandError.Syntax(ClaimUsage);
        if (await GroupCall.FetchAsync(call, key, ids).ConfigureAwait(false) is not { } entries) return;
        var (ok, held) = await GroupCall.DecideAsync(call, key, state => GroupDecisions.Claim(
            state, group, consumer, ids, entries.ContainsKey, new(minIdleMs, now, int.MaxValue), how))
            .ConfigureAwait(false);
        if (!ok) return;
        if (held is null) throw GroupCall.NoGroup(key, group);
        WriteHeld(call, held, entries, justIds);
    }

    private static (ClaimHow How, bool JustIds) ClaimOptions(CommandCall call, int at, long nowMs)
    {
        var how = ClaimHow.Plain;
        for (; at < call.Count; at++)
        {
            if (call.Is(at, "FORCE"u8))
            {
                how = how with { Force = true };
                continue;
            }

            if (call.Is(at, "JUSTID"u8))
            {
                how = how with { KeepCount = true };
                continue;
            }

            call.Need(at, 2, ClaimUsage);
            if (call.Is(at, "IDLE"u8)) how = how with { DeliveredMs = nowMs - call.LongFrom(at + 1, "IDLE", 0) };
            else if (call.Is(at, "TIME"u8)) how = how with { DeliveredMs = call.LongFrom(at + 1, "TIME", 0) };
            else if (call.Is(at, "RETRYCOUNT"u8))
                how = how with { Deliveries = (int)call.LongFrom(at + 1, "RETRYCOUNT", 0, int.MaxValue) };
            // Written by the replication of Redis alone; the group's place is moved by XGROUP SETID here.
            else if (call.Is(at, "LASTID"u8)) GroupCall.Id(call, at + 1);
            else throw new CommandError($"ERR Unrecognized XCLAIM option '{call.Text(at)}'");
            at++;
        }

        return (how, how.KeepCount);
    }

    private static async ValueTask AutoClaim(CommandCall call)
    {
        var (key, name) = (GroupCall.Key(call, 1), GroupCall.Name(call, 2, "group"));
        var consumer = GroupCall.Name(call, 3, "consumer");
        var minIdleMs = Math.Max(0, call.Long(4, "Invalid min-idle-time argument for XAUTOCLAIM:"));
        var from = StreamIds.RangeStart(call.Bytes(5).Span);
        var (count, justIds) = (100, false);
        for (var at = 6; at < call.Count; at++)
        {
            if (call.Is(at, "JUSTID"u8)) justIds = true;
            else if (call.Is(at, "COUNT"u8) && at + 1 < call.Count)
                count = (int)call.LongFrom(++at, "COUNT must be > 0: COUNT", 1, 10_000);
            else throw CommandError.Syntax("XAUTOCLAIM key group consumer min-idle-ms start [COUNT n] [JUSTID]");
        }

        if (await GroupCall.LookAsync(call, key).ConfigureAwait(false) is not { } state) return;
        if (state.Find(name) is not { } group) throw GroupCall.NoGroup(key, name);
        var rule = new ClaimRule(minIdleMs, GroupCall.NowMs, count);
        var ids = GroupDecisions.Idle(group, from, rule with { Count = count + 1 });
        var next = ids.Count > count ? StreamIds.Of(ids[count]) : "0-0";
        if (ids.Count > count) ids.RemoveAt(count);
        if (await GroupCall.FetchAsync(call, key, ids).ConfigureAwait(false) is not { } entries) return;
        var how = ClaimHow.Plain with { KeepCount = justIds };
        var (ok, held) = await GroupCall.DecideAsync(call, key, one => GroupDecisions.Claim(
            one, name, consumer, ids, entries.ContainsKey, rule, how)).ConfigureAwait(false);
        if (!ok) return;
        if (held is null) throw GroupCall.NoGroup(key, name);
        call.Reply.Array(3);
        call.Reply.Bulk(next);
        WriteHeld(call, held, entries, justIds);
        var gone = ids.Where(id => !entries.ContainsKey(id)).ToList();
        call.Reply.Array(gone.Count);
        foreach (var id in gone) call.Reply.Bulk(StreamIds.Of(id));
    }

    private static void WriteHeld(
        CommandCall call, IReadOnlyList<Held> held, SortedDictionary<Position, LogRecord> entries, bool justIds)
    {
        call.Reply.Array(held.Count);
        foreach (var one in held)
        {
            if (justIds) call.Reply.Bulk(StreamIds.Of(one.Position));
            else StreamReads.WriteEntry(call.Reply, one.Position, entries[one.Position]);
        }
    }
}
