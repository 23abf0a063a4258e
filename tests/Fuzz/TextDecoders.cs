using System.Text;
using Outrider.Client;
using Outrider.Client.Links;
using Outrider.Client.Wire;
using Outrider.Server.Access;
using Outrider.Server.Commands;
using Outrider.Server.Configuration;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Fuzz;

/// <summary>What people write (settings, layouts, users, ids), and what a client makes of a server's reply.</summary>
internal static class TextDecoders
{
    private const int Cases = 10_000;

    public static IReadOnlyList<Decoder> All { get; } =
    [
        new("settings file", Cases, draw => Utf8(SettingsOf(draw)), ReadSettings, value => Utf8(Shown((Settings)value)))
        {
            AllocationBytes = 64 << 10, AllocationFactor = 1000,
        },
        new("layout file", Cases, draw => Utf8(LayoutOf(draw).ToText()), bytes => Refusable<OptionsException>(() =>
            {
                var layout = LayoutFile.Parse(Text(bytes), "layout.json");
                layout.ToView();
                return layout;
            }), value => Utf8(((LayoutFile)value).ToText()))
        {
            AllocationBytes = 64 << 10, AllocationFactor = 1000,
        },
        new("user", Cases, draw => Utf8(new User(
                "u" + draw.Below(9), draw.Pick(Role.Read, Role.Write, Role.Admin, Role.Read | Role.Write), Hash(draw))
                .ToString()),
            bytes => Users.Parse(Text(bytes), out _), value => Utf8(value.ToString()!)),
        new("stream id", Cases, draw => Utf8($"{1 + draw.Number()}-0"), bytes => Refusable<CommandError>(() =>
            {
                StreamIds.RangeStart(bytes);
                StreamIds.RangeEnd(bytes);
                return StreamIds.After(bytes);
            }), value => Utf8(Before((Outrider.Log.Position)value))),
        new("layout reply", Cases, draw => Utf8(LayoutReply(draw)), bytes => Refusable<ProtocolException>(() =>
            {
                var reply = Reply(bytes);
                return reply is null ? null : (reply, ClusterMap.Read(reply));
            }), value => Rewritten((((RespValue, ClusterMap))value).Item1)) { AllocationFactor = 2000 },
        new("records reply", Cases, draw => Utf8(RecordsReply(draw)), bytes => Refusable<ProtocolException>(() =>
            {
                if (Reply(bytes) is not { } reply) return null;
                _ = Replies.Page(reply);
                return reply;
            }), value => Rewritten((RespValue)value)) { AllocationFactor = 500 },
    ];

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static object? Refusable<T>(Func<object?> read) where T : Exception
    {
        try
        {
            return read();
        }
        catch (T)
        {
            return null;
        }
    }

    /// <summary>The id that reading goes on after, to begin at a position.</summary>
    private static string Before(Outrider.Log.Position position) => position.Value switch
    {
        0 => "0-0",
        1 => "0-1",
        var value => $"{value - 1}-0",
    };

    private static string SettingsOf(Draw draw) => string.Concat(OptionTable.All.Select(option =>
        draw.Chance(0.7) || option.Default.Length == 0 ? "" : $"{option.Name} = {option.Default}\n"));

    private static Settings? ReadSettings(byte[] bytes)
    {
        var settings = Settings.Parse(Text(bytes).Split('\n'), "outrider.conf");
        if (settings.Problems.Count > 0) return null;
        // Every value that was let through can be read as what it is.
        foreach (var setting in settings.All)
        {
            if (setting.Option.Kind is OptionKind.Integer or OptionKind.Port) settings.Integer(setting.Option.Name);
            if (setting.Option.Kind == OptionKind.Duration) settings.Duration(setting.Option.Name);
        }

        return settings;
    }

    private static string Shown(Settings settings) => string.Concat(
        settings.All.Where(s => s.Origin != "default").Select(s => $"{s.Option.Name} = {s.Value}\n"));

    private static LayoutFile LayoutOf(Draw draw)
    {
        var regions = draw.Chance(0.5) ? new[] { "us", "eu" } : ["us", "eu", "asia"];
        var id = 0;
        return new()
        {
            Cluster = draw.Rng.NextULong().ToString("x16"),
            Regions = regions,
            RttMs = [.. regions.Select(_ => regions.Select(_ => (double)draw.Below(200)).ToArray())],
            Shards = 1 + draw.Below(9),
            Replicas = 1 + draw.Below(3),
            Nodes = [.. regions.Select(region => new LayoutNode(
                ++id, $"{region}-1", region, $"127.0.0.1:{6380 + id}", $"127.0.0.1:{6480 + id}",
                $"127.0.0.1:{7380 + id}"))],
        };
    }

    private static PasswordHash Hash(Draw draw) => new(1 + draw.Below(9), new byte[16], new byte[32]);

    private static RespValue? Reply(byte[] bytes)
    {
        var input = new System.Buffers.ReadOnlySequence<byte>(bytes);
        return new ReplyReader().Read(ref input);
    }

    private static string LayoutReply(Draw draw)
    {
        var nodes = string.Concat(Enumerable.Range(1, 3).Select(
            id => $"*5\r\n:{id}\r\n$2\r\nn{id}\r\n:{id - 1}\r\n$9\r\n127.0.0.1\r\n:{6380 + draw.Below(9)}\r\n"));
        return "%8\r\n$7\r\ncluster\r\n$2\r\nab\r\n$4\r\nself\r\n:1\r\n$6\r\nshards\r\n:3\r\n$8\r\nreplicas\r\n:2\r\n"
            + "$7\r\nregions\r\n*3\r\n$2\r\nus\r\n$2\r\neu\r\n$4\r\nasia\r\n"
            + $"$8\r\nfounding\r\n:{1 + draw.Below(3)}\r\n"
            + $"$5\r\nnodes\r\n*3\r\n{nodes}"
            + "$5\r\nrttMs\r\n*3\r\n"
            + string.Concat(Enumerable.Repeat("*3\r\n$1\r\n0\r\n$2\r\n80\r\n$2\r\n99\r\n", 3));
    }

    private static string RecordsReply(Draw draw) =>
        $"%2\r\n$7\r\nrecords\r\n*2\r\n{Record(draw)}{Record(draw)}$4\r\nnext\r\n:{draw.Number()}\r\n";

    private static string Record(Draw draw) =>
        $"*5\r\n:{draw.Number()}\r\n$1\r\nk\r\n:{draw.Number()}\r\n$3\r\nabc\r\n*2\r\n$1\r\nh\r\n$1\r\nv\r\n";

    /// <summary>The one way this test writes a reply: as the samples above are written.</summary>
    private static byte[] Rewritten(RespValue value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static void Write(RespValue value, StringBuilder into)
    {
        if (value.Kind == RespKind.Null)
        {
            into.Append("_\r\n");
            return;
        }

        into.Append((char)value.Kind);
        switch (value.Kind)
        {
            case RespKind.Array or RespKind.Set or RespKind.Push or RespKind.Map:
                into.Append(value.Kind == RespKind.Map ? value.Items.Count / 2 : value.Items.Count).Append("\r\n");
                foreach (var item in value.Items) Write(item, into);
                break;
            case RespKind.Bulk:
                into.Append(value.Bytes.Length).Append("\r\n").Append(Encoding.Latin1.GetString(value.Bytes.Span));
                into.Append("\r\n");
                break;
            case RespKind.Verbatim:
                into.Append(value.Bytes.Length + 4).Append("\r\ntxt:");
                into.Append(Encoding.Latin1.GetString(value.Bytes.Span)).Append("\r\n");
                break;
            case RespKind.Boolean:
                into.Append(value.Boolean ? "t\r\n" : "f\r\n");
                break;
            case RespKind.Integer:
                into.Append(value.Integer).Append("\r\n");
                break;
            default:
                into.Append(Encoding.Latin1.GetString(value.Bytes.Span)).Append("\r\n");
                break;
        }
    }
}
