using Outrider.Log;
using Outrider.Server.Access;

namespace Outrider.Server.Commands;

/// <summary>Subscriptions to the log, and the little that is answered of Redis' own channels.</summary>
public static class LogFollowing
{
    private const string Usage = "LOG.SUBSCRIBE [FROM position] [KEY key [ALONE]] [KEYS n key ...] [PREFIX text] "
        + "[HEADER name value] [CONFIRMED|SPECULATIVE] [CREDITS n] [MAXSPECULATIVE records] [MAXSPECULATIVEMS ms]";

    private const int DefaultCredits = 4096;
    private const int CreditsMax = 65_536;

    public static IReadOnlyList<Command> All { get; } =
    [
        new("LOG.SUBSCRIBE", -1, Role.Read, 0, Usage[14..],
            "Pushes records as they come, then says which are confirmed or revoked.", Subscribe),
        new("LOG.UNSUBSCRIBE", 2, Role.Read, 0, "subscription", "Ends a subscription.", Unsubscribe),
        new("SUBSCRIBE", -2, Role.Read, 0, "channel [channel ...]", "Accepted; nothing is published on channels.",
            call => Channel(call, "subscribe", 1)),
        new("UNSUBSCRIBE", -1, Role.Read, 0, "[channel ...]", "Ends it.", call => Channel(call, "unsubscribe", -1)),
    ];

    private static ValueTask Subscribe(CommandCall call)
    {
        if (call.Session.Client.Protocol < 3)
            throw new CommandError("ERR LOG.SUBSCRIBE pushes, which protocol 2 cannot tell from replies: send HELLO "
                + "3 first");
        call.Session.Subscriptions.Open(Options(call));
        return default;
    }

    private static LogSubscribe Options(CommandCall call)
    {
        var ask = new LogSubscribe(null, Speculative: true, null, DefaultCredits);
        var filter = new RecordFilter();
        for (var at = 1; at < call.Count; at++)
        {
            var left = call.Count - at - 1;
            if (call.Is(at, "CONFIRMED"u8)) ask = ask with { Speculative = false };
            else if (call.Is(at, "SPECULATIVE"u8)) ask = ask with { Speculative = true };
            else if (call.Is(at, "ALONE"u8)) ask = ask with { Alone = true };
            else if (left < 1) throw CommandError.Syntax(Usage);
            else if (call.Is(at, "FROM"u8)) ask = ask with { From = new(call.LongFrom(++at, "FROM", 0)) };
            else if (call.Is(at, "KEY"u8)) ask = ask with { Key = call.Key(++at) };
            else if (call.Is(at, "PREFIX"u8)) filter = filter with { Prefix = call.Text(++at) };
            else if (call.Is(at, "KEYS"u8)) filter = filter with { Keys = Keys(call, ref at) };
            else if (call.Is(at, "HEADER"u8) && left > 1)
                filter = filter with { Header = new(call.Bytes(++at), call.Bytes(++at)) };
            else if (call.Is(at, "CREDITS"u8))
                ask = ask with { Credits = (int)call.LongFrom(++at, "CREDITS", 1, CreditsMax) };
            else if (call.Is(at, "MAXSPECULATIVE"u8))
                ask = ask with { SpeculativeMax = (int)call.LongFrom(++at, "MAXSPECULATIVE", 0, int.MaxValue) };
            else if (call.Is(at, "MAXSPECULATIVEMS"u8))
                ask = ask with { SpeculativeMaxMs = (int)call.LongFrom(++at, "MAXSPECULATIVEMS", 0, int.MaxValue) };
            else throw CommandError.Syntax(Usage);
        }

        if (ask is { Alone: true, Key: null }) throw CommandError.Syntax("ALONE needs KEY");
        return filter == new RecordFilter() ? ask : ask with { Filter = filter };
    }

    private static string[] Keys(CommandCall call, ref int at)
    {
        var keys = new string[call.LongFrom(++at, "the number of KEYS", 1, RecordFilter.KeysMax)];
        call.Need(at + 1, keys.Length, Usage);
        for (var i = 0; i < keys.Length; i++) keys[i] = call.Key(++at);
        return keys;
    }

    private static ValueTask Unsubscribe(CommandCall call)
    {
        if (!call.Session.Subscriptions.Close(call.Long(1, "the subscription")))
            throw new CommandError("ERR no such subscription on this connection");
        call.Reply.Ok();
        return default;
    }

    private static ValueTask Channel(CommandCall call, string word, int step)
    {
        var subscriptions = call.Session.Subscriptions;
        for (var at = 1; at < call.Count; at++)
        {
            subscriptions.Channels = Math.Max(0, subscriptions.Channels + step);
            WriteChannel(call, word, call.Bytes(at).Span, subscriptions.Channels);
        }

        if (call.Count > 1) return default;
        subscriptions.Channels = 0;
        WriteChannel(call, word, default, 0);
        return default;
    }

    private static void WriteChannel(CommandCall call, string word, ReadOnlySpan<byte> channel, int count)
    {
        if (call.Session.Client.Protocol >= 3) call.Reply.Push(3);
        else call.Reply.Array(3);
        call.Reply.Bulk(word);
        if (call.Count > 1) call.Reply.Bulk(channel);
        else call.Reply.Null();
        call.Reply.Integer(count);
    }
}
