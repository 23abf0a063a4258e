using System.Globalization;
using System.Text;
using Outrider.Log;
using Outrider.Server.Access;

namespace Outrider.Server.Commands;

/// <summary>What clients ask of a server before they use it.</summary>
public static class ServerCommands
{
    public static IReadOnlyList<Command> All { get; } =
    [
        new("INFO", -1, Role.Read, 0, "[section ...]", "The server in key:value lines.", Info),
        new("COMMAND", -1, Role.None, 0, "[COUNT|DOCS|INFO|LIST]", "The commands of this server.", Describe),
        new("CONFIG", -3, Role.Read, 0, "GET pattern", "The few parameters that clients look for.", Config),
        new("DBSIZE", 1, Role.Read, 0, "", "Positions confirmed in the log; keys are not counted.", Size),
        new("TIME", 1, Role.Read, 0, "", "The server's clock.", Time),
        new("CLUSTER", -2, Role.Read, 0, "", "Refused: nothing is redirected here.", call =>
            throw new CommandError("ERR This instance has cluster support disabled: every node serves every key")),
    ];

    private static async ValueTask Info(CommandCall call)
    {
        var wanted = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var at = 1; at < call.Count; at++) wanted.Add(call.Text(at));
        var all = wanted.Count == 0 || wanted.Overlaps(["all", "everything", "default"]);
        var text = new StringBuilder();
        foreach (var (section, lines) in await SectionsAsync(call).ConfigureAwait(false))
        {
            if (!all && !wanted.Contains(section)) continue;
            if (text.Length > 0) text.Append("\r\n");
            text.Append(CultureInfo.InvariantCulture, $"# {section}\r\n");
            foreach (var (name, value) in lines) text.Append(CultureInfo.InvariantCulture, $"{name}:{value}\r\n");
        }

        call.Reply.Verbatim(text.ToString());
    }

    private static async Task<List<(string Section, (string, object)[] Lines)>> SectionsAsync(CommandCall call)
    {
        var host = call.Session.Host;
        var version = typeof(ServerCommands).Assembly.GetName().Version?.ToString(3) ?? "";
        var upSeconds = (Environment.TickCount64 - host.SinceMs) / 1000;
        List<(string, (string, object)[])> sections =
        [
            ("Server",
            [
                ("redis_version", ConnectionCommands.RedisVersion), ("redis_mode", "standalone"),
                ("outrider_version", version), ("process_id", Environment.ProcessId),
                ("node", call.Node.Self.Name), ("uptime_in_seconds", upSeconds),
            ]),
            ("Clients", [("connected_clients", host.Count), ("maxclients", host.Limits.ClientsMax)]),
            ("Memory", [("used_memory", GC.GetTotalMemory(false)), ("used_memory_rss", Environment.WorkingSet)]),
            ("Stats",
            [
                ("total_connections_received", host.Counters.ConnectedTotal),
                ("slow_clients_closed", host.Counters.SlowClientsClosedTotal),
                ("auth_failures", host.Counters.AuthFailedTotal),
            ]),
            // Clients refuse to write to what does not call itself a master.
            ("Replication", [("role", "master"), ("connected_slaves", 0)]),
        ];
        if (await call.AskAsync(new LogStatusAsk()).ConfigureAwait(false) is LogReply.Status { Value: var log })
        {
            sections.Add(("Log",
            [
                ("log_confirmed", log.Confirmed.Value), ("log_view", log.View.Value), ("log_window", log.Window),
                ("log_revoked_total", log.RevokedTotal), ("log_sub_logs", log.Rids.Count),
            ]));
        }

        return sections;
    }

    private static ValueTask Describe(CommandCall call)
    {
        var table = call.Session.Host.Commands;
        if (call.Is(1, "COUNT"u8))
        {
            call.Reply.Integer(table.All.Count);
            return default;
        }

        var named = new List<Command?>();
        for (var at = 2; at < call.Count; at++) named.Add(table.Find(call.Bytes(at).Span));
        if (call.Count <= 2) named.AddRange(table.All);
        if (call.Count == 1 || call.Is(1, "INFO"u8)) WriteInfos(call, named);
        else if (call.Is(1, "DOCS"u8)) WriteDocs(call, named);
        else if (call.Is(1, "LIST"u8)) WriteNames(call, table.All);
        else throw new CommandError($"ERR unknown subcommand '{call.Text(1)}'");
        return default;
    }

    private static void WriteInfos(CommandCall call, List<Command?> commands)
    {
        call.Reply.Array(commands.Count);
        foreach (var command in commands)
        {
            if (command is null)
            {
                call.Reply.NullArray();
                continue;
            }

            call.Reply.Array(6);
            call.Reply.Bulk(command.Name.ToLowerInvariant());
            call.Reply.Integer(command.Arity);
            call.Reply.Array(1);
            call.Reply.Simple(command.Needs.HasFlag(Role.Write) ? "write" : "readonly");
            call.Reply.Integer(command.FirstKey);
            call.Reply.Integer(command.FirstKey);
            call.Reply.Integer(command.FirstKey);
        }
    }

    private static void WriteDocs(CommandCall call, List<Command?> commands)
    {
        var known = commands.OfType<Command>().ToList();
        call.Reply.Map(known.Count);
        foreach (var command in known)
        {
            call.Reply.Bulk(command.Name.ToLowerInvariant());
            call.Reply.Map(2);
            call.Reply.Bulk("summary"u8);
            call.Reply.Bulk(command.Summary);
            call.Reply.Bulk("group"u8);
            call.Reply.Bulk(GroupOf(command));
        }
    }

    private static string GroupOf(Command command) => command.Name switch
    {
        ['X', ..] => "stream",
        _ when command.Name.StartsWith("LOG.", StringComparison.Ordinal) => "module",
        _ when command.FirstKey > 0 => "generic",
        _ => "server",
    };

    private static void WriteNames(CommandCall call, IReadOnlyList<Command> commands)
    {
        call.Reply.Array(commands.Count);
        foreach (var command in commands) call.Reply.Bulk(command.Name.ToLowerInvariant());
    }

    private static ValueTask Config(CommandCall call)
    {
        if (!call.Is(1, "GET"u8))
            throw new CommandError("ERR only CONFIG GET: parameters are set by file, environment or flags, "
                + "see `outrider config show`");
        (string Name, string Value)[] known =
        [
            ("appendonly", "yes"), ("databases", "1"),
            ("maxclients", call.Session.Host.Limits.ClientsMax.ToString(CultureInfo.InvariantCulture)),
            ("save", ""), ("slave-read-only", "no"), ("replica-read-only", "no"), ("timeout", "0"),
        ];
        var found = new List<(string Name, string Value)>();
        for (var at = 2; at < call.Count; at++)
        {
            var pattern = call.Text(at).ToLowerInvariant();
            foreach (var pair in known)
                if ((pattern == "*" || pattern == pair.Name) && !found.Contains(pair)) found.Add(pair);
        }

        call.Reply.Map(found.Count);
        foreach (var (name, value) in found)
        {
            call.Reply.Bulk(name);
            call.Reply.Bulk(value);
        }

        return default;
    }

    private static async ValueTask Size(CommandCall call)
    {
        if (await call.ExpectAsync<LogReply.Tail>(new LogTail()).ConfigureAwait(false) is { } tail)
            call.Reply.Integer(tail.ConfirmedEnd.Value);
    }

    private static ValueTask Time(CommandCall call)
    {
        var now = DateTimeOffset.UtcNow;
        call.Reply.Array(2);
        call.Reply.Bulk(now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        call.Reply.Bulk((now.Ticks / TimeSpan.TicksPerMicrosecond % 1_000_000).ToString(CultureInfo.InvariantCulture));
        return default;
    }
}
