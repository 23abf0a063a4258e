using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Configuration;
using Outrider.Server.Resp;

namespace Outrider.Server.Embedding;

/// <summary>A round trip between two regions, in milliseconds.</summary>
public sealed record RegionRtt(string A, string B, double Ms)
{
    /// <summary>Reads "us-eu=80ms"; null when it is not of that form.</summary>
    public static RegionRtt? Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || Option.ReadDuration(text[(equals + 1)..]) is not { } rtt) return null;
        var ends = text[..equals].Split('-');
        return ends.Length == 2 && ends.All(end => end.Length > 0)
            ? new(ends[0], ends[1], rtt.TotalMilliseconds) : null;
    }
}

/// <summary>What to run: a whole region set in this process.</summary>
public sealed record OutriderOptions
{
    /// <summary>Where the journals lie; null: a temporary directory, removed when the server is disposed.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Size of a file of a node's journal: trims give the disk free by whole files.</summary>
    public int SegmentBytes { get; init; } = 32 << 20;

    public IReadOnlyList<string> Regions { get; init; } = ["us", "eu", "asia"];

    public int NodesPerRegion { get; init; } = 2;

    /// <summary>Emulated between nodes; a pair that is not listed is next door.</summary>
    public IReadOnlyList<RegionRtt> Rtt { get; init; } =
        [new("us", "eu", 80), new("us", "asia", 150), new("eu", "asia", 220)];

    /// <summary>
    /// A node that is killed within this process loses what it had not synced, as a machine would. Costs a read before
    /// each write to the journal.
    /// </summary>
    public bool HardKills { get; init; } = true;

    /// <summary>Settings of the log; shards and replicas among them.</summary>
    public LogOptions Log { get; init; } = LogOptions.Default with { Shards = 3, Replicas = 2 };

    /// <summary>First client port; further nodes take the next ones. 0: the system chooses for each.</summary>
    public int Port { get; init; }

    /// <summary>HTTP port; 0: the system chooses; null: no HTTP.</summary>
    public int? HttpPort { get; init; } = 0;

    /// <summary>First port of the links between nodes that are processes; 0: the system chooses for each.</summary>
    public int PeerPort { get; init; }

    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>Permits an address other than loopback without TLS or users.</summary>
    public bool Insecure { get; init; }

    /// <summary>Certificate and key of the client port; null: not encrypted.</summary>
    public TlsFiles? Tls { get; init; }

    public Users Users { get; init; } = Users.None;

    public SessionLimits Limits { get; init; } = new();

    /// <summary>"file", or "etcd=" and an address.</summary>
    public string Control { get; init; } = "file";

    /// <summary>Null: drawn at the start and kept in the data directory.</summary>
    public string? AdminToken { get; init; }

    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Null when the options can be used; otherwise what is wrong and what to do.</summary>
    public string? Problem()
    {
        if (Regions.Count == 0) return "no region: name at least one, as in --regions us,eu,asia";
        if (Regions.Distinct(StringComparer.Ordinal).Count() != Regions.Count) return "a region is named twice";
        if (Regions.FirstOrDefault(name => name.Length == 0 || !name.All(char.IsAsciiLetterOrDigit)) is { } odd)
            return $"'{odd}' is no region name: use letters and digits";
        foreach (var rtt in Rtt)
            if (!IsRegion(rtt.A) || !IsRegion(rtt.B))
                return $"a round trip between '{rtt.A}' and '{rtt.B}': the regions are {string.Join(", ", Regions)}";
        if (Log.Replicas > NodesPerRegion)
            return $"{Log.Replicas} copies in a home region need as many nodes there, and it has {NodesPerRegion}: "
                + "raise --nodes-per-region or lower --replicas";
        if (IPAddress.IsLoopback(Bind) || Insecure || (Tls is not null && Users.Required)) return null;
        return $"{Bind} can be reached from other machines: that needs --tls-cert, --tls-key and --users, "
            + "or --insecure if everybody there may do everything";
    }

    /// <summary>The options that a configuration stands for; a problem is an exception with its message.</summary>
    /// <exception cref="OptionsException">A value cannot be used.</exception>
    public static OutriderOptions From(Settings settings, ILoggerFactory logs)
    {
        var regions = settings.Words("regions");
        var rtts = settings.Words("rtt").Select(text => RegionRtt.Parse(text)
            ?? throw new OptionsException($"rtt: '{text}' is not of the form us-eu=80ms"));
        // The default distances are for the default regions; those of regions that are not there say nothing.
        if (settings["rtt"].Origin == "default") rtts = rtts.Where(rtt => regions.Contains(rtt.A)
            && regions.Contains(rtt.B));
        if (!IPAddress.TryParse(settings["bind"].Value, out var bind))
            throw new OptionsException($"bind: '{settings["bind"].Value}' is no address");
        var users = settings.Words("users").Select(text => Users.Parse(text, out var reason)
            ?? throw new OptionsException($"users: {reason}"));
        return new OutriderOptions
        {
            DataDirectory = settings.Text("data"),
            Regions = regions,
            NodesPerRegion = settings.Integer("nodes-per-region"),
            Rtt = [.. rtts],
            Log = LogFrom(settings),
            Port = settings.Integer("port"),
            HttpPort = settings.Integer("http"),
            PeerPort = settings.Integer("peer-port"),
            Bind = bind,
            Insecure = settings.Flag("insecure"),
            Tls = TlsFrom(settings),
            Users = new Users(users),
            Limits = new SessionLimits
            {
                ClientsMax = settings.Integer("max-clients"),
                RequestTimeoutMs = (long)settings.Duration("request-timeout").TotalMilliseconds,
            },
            Control = settings["control"].Value,
            AdminToken = settings.Text("admin-token"),
            Logs = logs,
        };
    }

    private bool IsRegion(string name) => Regions.Contains(name, StringComparer.Ordinal);

    private static LogOptions LogFrom(Settings settings) => LogOptions.Default with
    {
        Mode = settings["mode"].Value == "eager" ? OrderingMode.Eager : OrderingMode.Speculative,
        IntervalMicros = (long)settings.Duration("interval").TotalMicroseconds,
        RowsPerWindow = settings.Integer("window"),
        RetentionMicros = (long)settings.Duration("retention-time").TotalMicroseconds,
        RetentionBytes = (long)settings.Integer("retention-mib") << 20,
        Shards = settings.Integer("shards"),
        Replicas = settings.Integer("replicas"),
    };

    private static TlsFiles? TlsFrom(Settings settings)
    {
        var (cert, key) = (settings.Text("tls-cert"), settings.Text("tls-key"));
        if (cert is null && key is null) return null;
        if (cert is null || key is null) throw new OptionsException("tls-cert and tls-key go together: give both");
        return new TlsFiles(cert, key);
    }
}

/// <summary>The options cannot be used; the message says what to change.</summary>
public sealed class OptionsException(string message) : Exception(message);
