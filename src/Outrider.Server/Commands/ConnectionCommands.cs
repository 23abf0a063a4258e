using System.Globalization;
using Outrider.Server.Access;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>Greeting, authenticating, naming oneself, leaving.</summary>
public static class ConnectionCommands
{
    /// <summary>The release of Redis whose commands and replies these are; clients choose features by it.</summary>
    public const string RedisVersion = "7.0.0";

    public static IReadOnlyList<Command> All { get; } =
    [
        new("PING", -1, Role.None, 0, "[message]", "Answers, and shows that the connection works.", Ping),
        new("ECHO", 2, Role.None, 0, "message", "Answers with the message.", Echo),
        new("HELLO", -1, Role.None, 0, "[2|3 [AUTH user password] [SETNAME name]]", "Chooses the protocol.", Hello),
        new("AUTH", -2, Role.None, 0, "[user] password", "Authenticates the connection.", Auth),
        new("CLIENT", -2, Role.None, 0, "SETINFO|SETNAME|GETNAME|ID|INFO|LIST", "This and other connections.", Client),
        new("QUIT", -1, Role.None, 0, "", "Ends the connection.", Quit),
        new("RESET", 1, Role.None, 0, "", "Puts the connection back to how it began.", Reset),
        new("SELECT", 2, Role.Read, 0, "0", "There is one name space: 0.", Select),
    ];

    private static ValueTask Ping(CommandCall call)
    {
        if (call.Count > 2) throw new CommandError("ERR wrong number of arguments for 'ping' command");
        var message = call.Count == 2 ? call.Bytes(1) : default;
        if (call.Session.Subscriptions.Channels > 0 && call.Session.Client.Protocol == 2)
        {
            call.Reply.Array(2);
            call.Reply.Bulk("pong"u8);
            call.Reply.Bulk(message.Span);
        }
        else if (call.Count == 2)
        {
            call.Reply.Bulk(message.Span);
        }
        else
        {
            call.Reply.Simple("PONG");
        }

        return default;
    }

    private static ValueTask Echo(CommandCall call)
    {
        call.Reply.Bulk(call.Bytes(1).Span);
        return default;
    }

    private static ValueTask Hello(CommandCall call)
    {
        var session = call.Session;
        var protocol = session.Client.Protocol;
        var at = 1;
        if (call.Count > 1 && (protocol = (int)call.LongFrom(at++, "the protocol", 0, 9)) is not (2 or 3))
            throw new CommandError("NOPROTO unsupported protocol version");
        string? name = null;
        User? user = null;
        while (at < call.Count)
        {
            if (call.Is(at, "AUTH"u8))
            {
                call.Need(at, 3, "HELLO 3 AUTH user password");
                user = Authenticate(call, call.Text(at + 1), call.Text(at + 2));
                at += 3;
            }
            else if (call.Is(at, "SETNAME"u8))
            {
                call.Need(at, 2, "HELLO 3 SETNAME name");
                name = ValidName(call.Text(at + 1));
                at += 2;
            }
            else
            {
                throw CommandError.Syntax("HELLO [2|3 [AUTH user password] [SETNAME name]]");
            }
        }

        if (user is not null) session.SetUser(user);
        if (session.Client.User is null)
            throw new CommandError("NOAUTH HELLO must be called with the client already authenticated, otherwise "
                + "the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client");
        session.Client.Name = name ?? session.Client.Name;
        session.SetProtocol(protocol);
        WriteGreeting(call);
        return default;
    }

    private static void WriteGreeting(CommandCall call)
    {
        var reply = call.Reply;
        reply.Map(7);
        reply.Bulk("server");
        reply.Bulk("outrider");
        reply.Bulk("version");
        reply.Bulk(RedisVersion);
        reply.Bulk("proto");
        reply.Integer(call.Session.Client.Protocol);
        reply.Bulk("id");
        reply.Integer(call.Session.Client.Id);
        reply.Bulk("mode");
        reply.Bulk("standalone");
        reply.Bulk("role");
        reply.Bulk("master");
        reply.Bulk("modules");
        reply.Array(0);
    }

    private static ValueTask Auth(CommandCall call)
    {
        if (call.Count > 3) throw CommandError.Syntax("AUTH [user] password");
        if (!call.Session.Host.Users.Required)
            throw new CommandError("ERR AUTH called although no user is configured: everything is permitted here");
        var name = call.Count == 3 ? call.Text(1) : "default";
        call.Session.SetUser(Authenticate(call, name, call.Text(call.Count - 1)));
        call.Reply.Ok();
        return default;
    }

    private static User Authenticate(CommandCall call, string name, string password)
    {
        // Without users any name will do: clients that always send one must not fail on a private machine.
        if (!call.Session.Host.Users.Required) return call.Session.Client.User!;
        if (call.Session.Host.Users.Authenticate(name, password) is { } user) return user;
        call.Session.Host.Counters.AuthFailed();
        throw new CommandError("WRONGPASS invalid username-password pair or user is disabled.");
    }

    private static ValueTask Client(CommandCall call)
    {
        var client = call.Session.Client;
        if (client.User is null && !call.Is(1, "SETINFO"u8) && !call.Is(1, "SETNAME"u8))
            throw new CommandError("NOAUTH Authentication required.");
        switch (call.Text(1).ToUpperInvariant())
        {
            case "ID":
                call.Reply.Integer(client.Id);
                break;
            case "GETNAME":
                if (client.Name.Length == 0) call.Reply.Null();
                else call.Reply.Bulk(client.Name);
                break;
            case "SETNAME" when call.Count == 3:
                client.Name = ValidName(call.Text(2));
                call.Reply.Ok();
                break;
            case "SETINFO" when call.Count == 4:
                SetInfo(call, client);
                call.Reply.Ok();
                break;
            case "INFO":
                call.Reply.Bulk(Describe(client));
                break;
            case "LIST":
                if (!client.User!.Roles.HasFlag(Role.Admin))
                    throw new CommandError("NOPERM CLIENT LIST shows other clients: it needs the role 'admin'");
                call.Reply.Verbatim(string.Concat(call.Session.Host.Sessions
                    .OrderBy(session => session.Client.Id).Select(session => Describe(session.Client) + "\n")));
                break;
            default:
                throw new CommandError($"ERR unknown subcommand or wrong number of arguments for "
                    + $"'client|{call.Text(1)}'");
        }

        return default;
    }

    private static void SetInfo(CommandCall call, ClientInfo client)
    {
        var value = ValidName(call.Text(3));
        if (call.Is(2, "LIB-NAME"u8)) client.Library = value;
        else if (call.Is(2, "LIB-VER"u8)) client.LibraryVersion = value;
        else throw new CommandError($"ERR Unrecognized option '{call.Text(2)}'");
    }

    private static ValueTask Quit(CommandCall call)
    {
        call.Session.Leaving = true;
        call.Reply.Ok();
        return default;
    }

    private static ValueTask Reset(CommandCall call)
    {
        call.Session.Subscriptions.Clear();
        call.Session.Client.Name = "";
        call.Session.Client.User = call.Session.Host.Users.Initial;
        call.Session.SetProtocol(2);
        call.Reply.Simple("RESET");
        return default;
    }

    private static ValueTask Select(CommandCall call)
    {
        if (call.Long(1, "the database") != 0) throw new CommandError("ERR there is one name space: SELECT 0");
        call.Reply.Ok();
        return default;
    }

    private static string ValidName(string name)
    {
        foreach (var ch in name)
            if (ch is <= ' ' or > '~')
                throw new CommandError("ERR names cannot contain spaces, newlines or special characters");
        return name.Length <= 128 ? name : throw new CommandError("ERR a name has at most 128 characters");
    }

    private static string Describe(ClientInfo client)
    {
        var ageSeconds = (Environment.TickCount64 - client.SinceMs) / 1000;
        return string.Create(CultureInfo.InvariantCulture,
            $"id={client.Id} addr={client.Address} name={client.Name} age={ageSeconds} user={client.User?.Name} "
            + $"cmd={client.LastCommand.ToLowerInvariant()} tot-cmds={client.Commands} resp={client.Protocol} "
            + $"lib-name={client.Library} lib-ver={client.LibraryVersion}");
    }
}
