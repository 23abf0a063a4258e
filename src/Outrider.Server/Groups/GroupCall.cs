using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Commands;
using Outrider.Server.Resp;

namespace Outrider.Server.Groups;

/// <summary>What the commands of groups have in common.</summary>
internal static class GroupCall
{
    public static long NowMs => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    /// <summary>A key that leaves room for its group stream's name.</summary>
    public static string Key(CommandCall call, int at)
    {
        if (call.Bytes(at).Length > Limits.KeyBytesMax - GroupCodec.PrefixBytes)
            throw new CommandError($"ERR a key with groups has at most {Limits.KeyBytesMax - GroupCodec.PrefixBytes} "
                + "bytes");
        return call.Key(at);
    }

    public static string Name(CommandCall call, int at, string what)
    {
        var length = call.Bytes(at).Length;
        if (length is 0 or > ConsumerGroups.NameBytesMax)
            throw new CommandError($"ERR the name of a {what} has 1 to {ConsumerGroups.NameBytesMax} bytes");
        return call.Text(at);
    }

    /// <summary>The answer, or a failure written as the reply.</summary>
    public static async Task<(bool Ok, T Answer)> DecideAsync<T>(
        CommandCall call, string key, Func<ConsumerGroups, GroupDecision<T>> decide)
    {
        var deciding = call.Session.Host.Groups.DecideAsync(key, decide);
        switch (await deciding.WaitAsync(call.Closed).ConfigureAwait(false))
        {
            case GroupEnd<T>.Decided decided:
                return (true, decided.Answer);
            case GroupEnd<T>.Failed failed:
                Fail(call, failed.Reply);
                return (false, default!);
            case var other:
                throw Check.Unreachable(other);
        }
    }

    /// <summary>The groups of a key as they are now; null: a failure has been written.</summary>
    public static async Task<ConsumerGroups?> LookAsync(CommandCall call, string key) =>
        (await DecideAsync(call, key, static state => GroupDecision<ConsumerGroups>.Only(state))
            .ConfigureAwait(false)).Answer;

    /// <summary>The entries, ascending by position; null: a failure has been written.</summary>
    public static async Task<SortedDictionary<Position, LogRecord>?> FetchAsync(
        CommandCall call, string key, IEnumerable<Position> ids)
    {
        var fetching = call.Session.Host.Groups.FetchAsync(key, [.. ids.Distinct().Order()]);
        var (found, failure) = await fetching.WaitAsync(call.Closed).ConfigureAwait(false);
        if (failure is null) return found;
        Fail(call, failure);
        return null;
    }

    public static void Fail(CommandCall call, LogReply reply)
    {
        if (!Replies.TryWriteFailure(call.Reply, reply)) Replies.WriteUnexpected(call.Reply, reply);
    }

    public static CommandError NoGroup(string key, string group) =>
        new($"NOGROUP No such key '{key}' or consumer group '{group}'");

    public static CommandError NoGroupOfKey(string key, string group) =>
        new($"NOGROUP No such consumer group '{group}' for key name '{key}'");

    /// <summary>The id of an entry as a client names it.</summary>
    public static Position Id(CommandCall call, int at)
    {
        var id = call.Bytes(at).Span;
        if (id is [(byte)'-'] or [(byte)'+'] or [(byte)'(', ..])
            throw new CommandError("ERR Invalid stream ID specified as stream command argument");
        return StreamIds.RangeStart(id);
    }

    /// <summary>The id of the last entry before a position, as a group's last-delivered-id.</summary>
    public static string Before(Position next) => next.Value == 0 ? "0-0" : StreamIds.Of(new(next.Value - 1));
}
