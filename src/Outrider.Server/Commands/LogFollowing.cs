using Outrider.Log;
using Outrider.Server.Access;

namespace Outrider.Server.Commands;

/// <summary>Subscriptions to the log, and the little that is answered of Redis' own channels.</summary>
public static class LogFollowing
{
    private const int DefaultCredits = 4096;
    private const int CreditsMax = 65_536;

    public static IReadOnlyList<Command> All { get; } =
    [
        new("LOG.SUBSCRIBE", -1, Role.Read, 0, "[FROM position] [KEY key [ALONE]] [CONFIRMED|SPECULATIVE] [CREDITS n]",
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
        Position? from = null;
        string? key = null;
        var speculative = true;
        var alone = false;
        var credits = DefaultCredits;
        for (var at = 1; at < call.Count; at++)
        {
            if (call.Is(at, "CONFIRMED"u8)) speculative = false;
            else if (call.Is(at, "SPECULATIVE"u8)) speculative = true;
            else if (call.Is(at, "ALONE"u8)) alone = true;
            else if (call.Is(at, "FROM"u8) && at + 1 < call.Count) from = new(call.LongFrom(++at, "FROM", 0));
            else if (call.Is(at, "KEY"u8) && at + 1 < call.Count) key = call.Key(++at);
            else if (call.Is(at, "CREDITS"u8) && at + 1 < call.Count)
                credits = (int)call.LongFrom(++at, "CREDITS", 1, CreditsMax);
            else throw CommandError.Syntax("LOG.SUBSCRIBE [FROM position] [KEY key [ALONE]] "
                + "[CONFIRMED|SPECULATIVE] [CREDITS n]");
        }

        call.Session.Subscriptions.Open(new LogSubscribe(from, speculative, key, credits, alone));
        return default;
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
