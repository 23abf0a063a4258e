using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>Writing commands of streams. The id in the reply is final: it is given when the record is
/// confirmed.</summary>
public static class StreamWrites
{
    // An approximate trim is worth a decision of the ordering layer only when there is enough to forget.
    private const int ApproximateSlack = 100;

    public static IReadOnlyList<Command> All { get; } =
    [
        new("XADD", -5, Role.Write, 1, "key [NOMKSTREAM] [MAXLEN|MINID [=|~] n [LIMIT n] [FORCE]] * field value [field "
            + "value ...]",
            "Appends an entry and answers with its id.", Add, Overlaps: true),
        new("XTRIM", -4, Role.Write, 1, "key MAXLEN|MINID [=|~] n [LIMIT n] [FORCE]",
            "Forgets the oldest entries; those that a group still needs with FORCE only.", Trim),
        new("XDEL", -3, Role.Write, 1, "key id [id ...]", "Refused: entries go from the front only.", Delete),
    ];

    private static async ValueTask Add(CommandCall call)
    {
        var key = call.Key(1);
        var at = 2;
        var mustExist = call.Is(at, "NOMKSTREAM"u8);
        if (mustExist) at++;
        var trim = TrimRule.TryRead(call, ref at);
        call.Need(at, 3, "XADD key [options] * field value [field value ...]");
        if (call.Bytes(at).Span is not [(byte)'*'])
            throw new CommandError("ERR explicit ids are refused: an entry's id is its position in the log, "
                + "known when it is confirmed; use '*'");
        at++;
        if ((call.Count - at) % 2 != 0) throw new CommandError("ERR wrong number of arguments for 'xadd' command");
        var append = new LogAppend([RecordFields.Entry(key, Fields(call, at), UnixMs())], ProducerId.None, 0,
            Durability.FsyncQuorum);
        if (!mustExist && trim is null)
        {
            call.Defer(append, static (reply, answer) => WriteId(reply, answer));
            return;
        }

        await call.DrainAsync().ConfigureAwait(false);
        await AddCarefullyAsync(call, key, mustExist, trim, append).ConfigureAwait(false);
    }

    private static async ValueTask AddCarefullyAsync(
        CommandCall call, string key, bool mustExist, TrimRule? trim, LogAppend append)
    {
        if (mustExist)
        {
            if (await call.ExpectAsync<LogReply.Key>(new KeyInfo(key)).ConfigureAwait(false) is not { } info) return;
            if (info.Count == 0)
            {
                call.Reply.Null();
                return;
            }
        }

        if (await call.ExpectAsync<LogReply.Appended>(append).ConfigureAwait(false) is not { } appended) return;
        // The entry is in the log whatever becomes of the trim; the next one will make up for it.
        if (trim is not null) await TrimAsync(call, key, trim).ConfigureAwait(false);
        call.Reply.Bulk(StreamIds.Of(appended.Positions[0]));
    }

    private static async ValueTask Trim(CommandCall call)
    {
        var key = call.Key(1);
        var at = 2;
        if (TrimRule.TryRead(call, ref at) is not { } rule || at != call.Count)
            throw CommandError.Syntax("XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count] [FORCE]");
        switch (await TrimAsync(call, key, rule).ConfigureAwait(false))
        {
            case null:
                call.Reply.Integer(0);
                break;
            case LogReply.Trimmed { Removed: 0, HeldBy: { } holder }:
                throw new CommandError($"HELD {holder} still needs the oldest entry; FORCE trims it all the same");
            case LogReply.Trimmed trimmed:
                call.Reply.Integer(trimmed.Removed);
                break;
            case var other:
                if (!Replies.TryWriteFailure(call.Reply, other)) Replies.WriteUnexpected(call.Reply, other);
                break;
        }
    }

    private static async Task<Reply?> TrimAsync(CommandCall call, string key, TrimRule rule)
    {
        if (rule.Approximate && rule.KeepLast is { } keep)
        {
            var info = await call.AskAsync(new KeyInfo(key)).ConfigureAwait(false);
            if (info is LogReply.Key known && known.Count < keep + ApproximateSlack) return null;
        }

        return await call.AskAsync(new KeyTrim(key, rule.Below, rule.KeepLast, rule.Force)).ConfigureAwait(false);
    }

    private static ValueTask Delete(CommandCall call) => throw new CommandError(
        "ERR XDEL is refused: a record of the log is never taken out of the middle, for readers elsewhere may have "
        + "acted on it; use XTRIM to forget the oldest, or append a record that says it is void");

    private static void WriteId(RespWriter reply, Reply answer)
    {
        if (answer is LogReply.Appended appended) reply.Bulk(StreamIds.Of(appended.Positions[0]));
        else if (!Replies.TryWriteFailure(reply, answer)) Replies.WriteUnexpected(reply, answer);
    }

    private static RecordField[] Fields(CommandCall call, int at)
    {
        var fields = new RecordField[(call.Count - at) / 2];
        if (fields.Length > RecordFields.CountMax)
            throw new CommandError($"ERR an entry has at most {RecordFields.CountMax} fields");
        var bytes = 0L;
        for (var i = 0; i < fields.Length; i++, at += 2)
        {
            fields[i] = new(call.Bytes(at), call.Bytes(at + 1));
            // Ten bytes bound the two lengths of a field.
            bytes += fields[i].Name.Length + fields[i].Value.Length + 10;
        }

        return bytes <= Limits.RecordBytesMax ? fields
            : throw new CommandError($"ERR an entry of {bytes} bytes, where {Limits.RecordBytesMax} are allowed");
    }

    private static long UnixMs() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}

/// <summary>MAXLEN or MINID, as XADD and XTRIM write it. LIMIT is taken and bounds nothing: trims are one
/// step.</summary>
public sealed record TrimRule(Position? Below, long? KeepLast, bool Approximate, bool Force = false)
{
    /// <summary>Null, with <paramref name="at"/> unmoved, when there is none.</summary>
    public static TrimRule? TryRead(CommandCall call, ref int at)
    {
        var byLength = call.Is(at, "MAXLEN"u8);
        if (!byLength && !call.Is(at, "MINID"u8)) return null;
        at++;
        var approximate = call.Is(at, "~"u8);
        if (approximate || call.Is(at, "="u8)) at++;
        call.Need(at, 1, "MAXLEN|MINID [=|~] threshold");
        var rule = byLength
            ? new TrimRule(null, call.LongFrom(at, "MAXLEN", 0), approximate)
            : new TrimRule(StreamIds.RangeStart(call.Bytes(at).Span), null, approximate);
        at++;
        if (call.Is(at, "LIMIT"u8))
        {
            call.Need(at, 2, "LIMIT count");
            if (!approximate) throw CommandError.Syntax("LIMIT cannot be used without the special ~ option");
            call.LongFrom(at + 1, "LIMIT", 0);
            at += 2;
        }

        if (!call.Is(at, "FORCE"u8)) return rule;
        at++;
        return rule with { Force = true };
    }
}
