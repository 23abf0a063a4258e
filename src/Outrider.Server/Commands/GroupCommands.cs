using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Groups;

namespace Outrider.Server.Commands;

/// <summary>Making, moving and ending groups, and acknowledging.</summary>
public static class GroupCommands
{
    private const string CreateUsage = "XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD n] [LEASE ms] "
        + "[MAXDELIVERIES n] [DEADLETTER key]";

    public static IReadOnlyList<Command> All { get; } =
    [
        new("XGROUP", -2, Role.Write, 2, "CREATE|SETID|DESTROY|CREATECONSUMER|DELCONSUMER key group ...",
            "Makes and ends consumer groups; LEASE, MAXDELIVERIES and DEADLETTER say what becomes of entries that "
            + "nobody acknowledges.", Group),
        new("XACK", -4, Role.Write, 1, "key group id [id ...]", "Entries are done with.", Acknowledge),
        new("LOG.GROUPACK", -5, Role.Write, 1, "key group position generation [position generation ...]",
            "As XACK, but only what nobody was given since; answers how many.", AcknowledgeHeld),
    ];

    private static ValueTask Group(CommandCall call)
    {
        var verb = call.Text(1).ToUpperInvariant();
        if (verb == "HELP")
        {
            string[] lines = [CreateUsage, "XGROUP SETID key group id|$ [ENTRIESREAD n]", "XGROUP DESTROY key group",
                "XGROUP CREATECONSUMER key group consumer", "XGROUP DELCONSUMER key group consumer"];
            call.Reply.Array(lines.Length);
            foreach (var line in lines) call.Reply.Bulk(line);
            return default;
        }

        var arity = verb switch { "CREATE" or "SETID" => -5, "DESTROY" => 4, _ => 5 };
        if (arity > 0 ? call.Count != arity : call.Count < -arity)
            throw new CommandError($"ERR wrong number of arguments for 'xgroup|{verb.ToLowerInvariant()}' command");
        var key = GroupCall.Key(call, 2);
        var group = GroupCall.Name(call, 3, "group");
        return verb switch
        {
            "CREATE" => CreateAsync(call, key, group),
            "SETID" => MoveAsync(call, key, group),
            "DESTROY" => DestroyAsync(call, key, group),
            "CREATECONSUMER" => AddConsumerAsync(call, key, group),
            "DELCONSUMER" => RemoveConsumerAsync(call, key, group),
            _ => throw new CommandError($"ERR unknown subcommand '{call.Text(1)}'. Try XGROUP HELP."),
        };
    }

    private static async ValueTask CreateAsync(CommandCall call, string key, string group)
    {
        var makesStream = false;
        var policy = GroupPolicy.None;
        long? read = null;
        for (var at = 5; at < call.Count; at++)
        {
            if (call.Is(at, "MKSTREAM"u8))
            {
                makesStream = true;
                continue;
            }

            call.Need(at, 2, CreateUsage);
            if (call.Is(at, "ENTRIESREAD"u8)) read = Read(call, at + 1);
            else if (call.Is(at, "LEASE"u8)) policy = policy with { LeaseMs = call.LongFrom(at + 1, "LEASE", 0) };
            else if (call.Is(at, "MAXDELIVERIES"u8))
                policy = policy with { DeliveriesMax = (int)call.LongFrom(at + 1, "MAXDELIVERIES", 0, int.MaxValue) };
            else if (call.Is(at, "DEADLETTER"u8)) policy = policy with { DeadLetterKey = call.Key(at + 1) };
            else throw CommandError.Syntax(CreateUsage);
            at++;
        }

        if (policy.DeadLetterKey == key)
            throw new CommandError("ERR a stream cannot be its own dead-letter stream: entries would go round");
        if (policy is { DeadLetterKey: not null, DeliveriesMax: 0 } or { DeliveriesMax: > 0, LeaseMs: 0 })
            throw new CommandError("ERR DEADLETTER needs MAXDELIVERIES, and MAXDELIVERIES needs LEASE");
        if (await StartAsync(call, key, makesStream).ConfigureAwait(false) is not var (next, count)) return;
        read ??= next.Value == 0 ? 0 : count;
        var (ok, made) = await GroupCall.DecideAsync(call, key,
            state => GroupDecisions.Create(state, group, next, read, policy)).ConfigureAwait(false);
        if (!ok) return;
        if (!made) throw new CommandError("BUSYGROUP Consumer Group name already exists");
        call.Reply.Ok();
    }

    private static long? Read(CommandCall call, int at)
    {
        var read = call.LongFrom(at, "value for ENTRIESREAD must be positive or -1", -1);
        return read < 0 ? null : read;
    }

    /// <summary>Where the group begins, and what has been read then if that is known; null: a failure has been
    /// written.</summary>
    private static async Task<(Position Next, long? Read)?> StartAsync(CommandCall call, string key, bool makesStream)
    {
        var info = await call.ExpectAsync<LogReply.Key>(new KeyInfo(key)).ConfigureAwait(false);
        if (info is null) return null;
        if (info.Count == 0 && !makesStream)
        {
            if (await GroupCall.LookAsync(call, key).ConfigureAwait(false) is not { } state) return null;
            if (state.Groups.Count == 0)
                throw new CommandError("ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you "
                    + "may want to use the MKSTREAM option to create an empty stream automatically.");
        }

        if (call.Bytes(4).Span is not [(byte)'$']) return (StreamIds.After(call.Bytes(4).Span), null);
        return info.Last is { } last ? (last.Next(), info.Count) : (StreamIds.First, 0);
    }

    private static async ValueTask MoveAsync(CommandCall call, string key, string group)
    {
        long? read = null;
        if (call.Count > 5)
        {
            if (call.Count != 7 || !call.Is(5, "ENTRIESREAD"u8))
                throw CommandError.Syntax("XGROUP SETID key group id|$ [ENTRIESREAD n]");
            read = Read(call, 6);
        }

        if (await StartAsync(call, key, makesStream: false).ConfigureAwait(false) is not var (next, _)) return;
        var (ok, moved) = await GroupCall.DecideAsync(call, key,
            state => GroupDecisions.Move(state, group, next, read)).ConfigureAwait(false);
        if (!ok) return;
        if (!moved) throw GroupCall.NoGroupOfKey(key, group);
        call.Reply.Ok();
    }

    private static async ValueTask DestroyAsync(CommandCall call, string key, string group)
    {
        var (ok, gone) = await GroupCall.DecideAsync(call, key, state => GroupDecisions.Destroy(state, group))
            .ConfigureAwait(false);
        if (ok) call.Reply.Integer(gone ? 1 : 0);
    }

    private static async ValueTask AddConsumerAsync(CommandCall call, string key, string group)
    {
        var consumer = GroupCall.Name(call, 4, "consumer");
        var now = GroupCall.NowMs;
        var (ok, added) = await GroupCall.DecideAsync(call, key,
            state => GroupDecisions.AddConsumer(state, group, consumer, now)).ConfigureAwait(false);
        if (!ok) return;
        if (added is null) throw GroupCall.NoGroupOfKey(key, group);
        call.Reply.Integer(added.Value ? 1 : 0);
    }

    private static async ValueTask RemoveConsumerAsync(CommandCall call, string key, string group)
    {
        var consumer = GroupCall.Name(call, 4, "consumer");
        var (ok, pending) = await GroupCall.DecideAsync(call, key,
            state => GroupDecisions.RemoveConsumer(state, group, consumer)).ConfigureAwait(false);
        if (!ok) return;
        call.Reply.Integer(pending ?? throw GroupCall.NoGroupOfKey(key, group));
    }

    private static async ValueTask Acknowledge(CommandCall call)
    {
        var (key, group) = (GroupCall.Key(call, 1), GroupCall.Name(call, 2, "group"));
        var ids = new Position[call.Count - 3];
        for (var i = 0; i < ids.Length; i++) ids[i] = GroupCall.Id(call, 3 + i);
        var (ok, done) = await GroupCall.DecideAsync(call, key,
            state => GroupDecisions.Acknowledge(state, group, ids)).ConfigureAwait(false);
        if (ok) call.Reply.Integer(done);
    }

    private static async ValueTask AcknowledgeHeld(CommandCall call)
    {
        var (key, group) = (GroupCall.Key(call, 1), GroupCall.Name(call, 2, "group"));
        if (call.Count % 2 == 0) throw CommandError.Syntax("LOG.GROUPACK key group position generation [...]");
        var held = new Held[(call.Count - 3) / 2];
        for (var i = 0; i < held.Length; i++)
        {
            held[i] = new(new(call.LongFrom(3 + (2 * i), "a position", 0)), call.LongFrom(4 + (2 * i), "a generation",
                0), 0);
        }

        var (ok, done) = await GroupCall.DecideAsync(call, key,
            state => GroupDecisions.AcknowledgeHeld(state, group, held)).ConfigureAwait(false);
        if (ok) call.Reply.Integer(done);
    }
}
