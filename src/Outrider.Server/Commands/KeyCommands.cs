using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Groups;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>What any key answers, whatever it holds. A key holds a stream as long as it has records.</summary>
public static class KeyCommands
{
    public static IReadOnlyList<Command> All { get; } =
    [
        new("TYPE", 2, Role.Read, 1, "key", "stream, or none.", Type),
        new("EXISTS", -2, Role.Read, 1, "key [key ...]", "How many of the keys have records.", Exists),
        new("TTL", 2, Role.Read, 1, "key", "-1: a stream does not expire; -2: no such key.", Ttl),
        new("PTTL", 2, Role.Read, 1, "key", "As TTL.", Ttl),
        new("GET", 2, Role.Read, 1, "key", "Nothing for an absent key, WRONGTYPE for a stream.", Get),
        new("DEL", -2, Role.Write, 1, "key [key ...]", "Drops streams: their records so far are forgotten.", Del),
        new("UNLINK", -2, Role.Write, 1, "key [key ...]", "As DEL.", Del),
    ];

    private static async ValueTask Type(CommandCall call)
    {
        if (await InfoAsync(call, 1).ConfigureAwait(false) is { } info)
            call.Reply.Simple(info.Count > 0 ? "stream" : "none");
    }

    private static async ValueTask Exists(CommandCall call)
    {
        var found = 0;
        for (var at = 1; at < call.Count; at++)
        {
            if (await InfoAsync(call, at).ConfigureAwait(false) is not { } info) return;
            if (info.Count > 0) found++;
        }

        call.Reply.Integer(found);
    }

    private static async ValueTask Ttl(CommandCall call)
    {
        if (await InfoAsync(call, 1).ConfigureAwait(false) is { } info) call.Reply.Integer(info.Count > 0 ? -1 : -2);
    }

    private static async ValueTask Get(CommandCall call)
    {
        if (await InfoAsync(call, 1).ConfigureAwait(false) is not { } info) return;
        if (info.Count > 0) call.Reply.Error(Replies.WrongType);
        else call.Reply.Null();
    }

    private static async ValueTask Del(CommandCall call)
    {
        var dropped = 0;
        for (var at = 1; at < call.Count; at++)
        {
            var trim = new KeyTrim(call.Key(at), Below: null, KeepLast: 0, Force: true);
            if (await call.ExpectAsync<LogReply.Trimmed>(trim).ConfigureAwait(false) is not { } trimmed) return;
            if (trimmed.Removed > 0) dropped++;
            if (!await DropGroupsAsync(call, at).ConfigureAwait(false)) return;
        }

        call.Reply.Integer(dropped);
    }

    /// <summary>The groups of a key go with it; false: a failure has been written.</summary>
    private static async Task<bool> DropGroupsAsync(CommandCall call, int at)
    {
        // A key too long to have groups has none.
        if (call.Bytes(at).Length > Limits.KeyBytesMax - GroupCodec.PrefixBytes) return true;
        var (ok, _) = await GroupCall.DecideAsync(call, call.Key(at), static state => new GroupDecision<bool>(
            true, [.. state.Groups.Keys.Select(name => new GroupOp.Destroy(name))])).ConfigureAwait(false);
        return ok;
    }

    private static Task<LogReply.Key?> InfoAsync(CommandCall call, int at) =>
        call.ExpectAsync<LogReply.Key>(new KeyInfo(call.Key(at)));
}
