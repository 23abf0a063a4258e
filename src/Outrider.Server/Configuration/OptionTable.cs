using System.Text;

namespace Outrider.Server.Configuration;

/// <summary>Every option of the server, once.</summary>
public static class OptionTable
{
    private const string Cluster = "Cluster";
    private const string Clients = "Client port";
    private const string Http = "HTTP port";
    private const string Log = "Log";
    private const string Nodes = "Links between nodes";

    public static IReadOnlyList<Option> All { get; } =
    [
        new("data", OptionKind.Text, "", Cluster, "Directory of the journals; unset: a temporary one, removed at the "
            + "end."),
        new("regions", OptionKind.Words, "us,eu,asia", Cluster, "Names of the regions."),
        new("rtt", OptionKind.Words, "us-eu=80ms,us-asia=150ms,eu-asia=220ms", Cluster,
            "Round trips between regions, emulated when all nodes run on one machine."),
        new("nodes-per-region", OptionKind.Integer, "2", Cluster, "Nodes in each region.", Min: 1, Max: 16),
        new("shards", OptionKind.Integer, "3", Cluster, "Shards of the log, spread over the regions.", Min: 1, Max: 64),
        new("replicas", OptionKind.Integer, "2", Cluster,
            "Copies of each shard in its home region; one more is in the nearest other region.", Min: 1, Max: 8),
        new("processes", OptionKind.Flag, "false", Cluster, "One process a node instead of one for all."),
        new("control", OptionKind.Choice, "file", Cluster, "Where leadership is decided.", ["file", "etcd="]),
        new("control-dir", OptionKind.Text, "", Cluster, "For `node start`: directory that the nodes' processes share, "
            + "when control is file; unset: in the data directory."),
        new("load", OptionKind.Choice, "flights", Cluster, "What `up` replays.", ["flights", "none"]),
        new("node", OptionKind.Text, "", Cluster, "For `node start`: the name of the node to run, as in eu-1."),
        new("layout", OptionKind.Text, "", Cluster, "For `node start`: file with the cluster's layout, as `up "
            + "--processes` writes it."),

        new("port", OptionKind.Port, "6380", Clients, "First client port (RESP); each further node takes the next."),
        new("bind", OptionKind.Text, "127.0.0.1", Clients, "Address of the client and HTTP ports; another than "
            + "loopback needs TLS and users."),
        new("insecure", OptionKind.Flag, "false", Clients, "Permits another address than loopback without TLS or "
            + "users, with a banner."),
        new("tls-cert", OptionKind.Text, "", Clients, "PEM file with the certificate of the client port; read again "
            + "when it changes."),
        new("tls-key", OptionKind.Text, "", Clients, "PEM file with its key."),
        new("users", OptionKind.Words, "", Clients, "Who may connect: name:roles:hash, roles read, write, admin "
            + "joined by '+'.", Secret: true),
        new("max-clients", OptionKind.Integer, "20000", Clients, "Connections of one node at the same time.", Min: 1,
            Max: 1_000_000),
        new("request-timeout", OptionKind.Duration, "30s", Clients,
            "How long an append may wait for confirmation before it is answered as unknown."),

        new("http", OptionKind.Port, "7380", Http, "HTTP port: health, metrics, status, administration."),
        new("admin-token", OptionKind.Text, "", Http, "Token of the administration; unset: drawn at the start and "
            + "kept in the data directory.", Secret: true),

        new("mode", OptionKind.Choice, "speculative", Log, "How the order is decided: ahead of time, or by the cut "
            + "alone.", ["speculative", "eager"]),
        new("interval", OptionKind.Duration, "5ms", Log, "Time between two rows of the order."),
        new("window", OptionKind.Integer, "200", Log, "Rows of one window of fixed quotas.", Min: 4, Max: 100_000),

        new("retention-time", OptionKind.Duration, "0", Log, "Records older than this are trimmed, but for what a "
            + "consumer group still needs; 0: never. At most 3660d.", Max: 3_660),
        new("retention-mib", OptionKind.Integer, "0", Log, "What lies before the newest so many MiB is trimmed, but "
            + "for what a consumer group still needs; 0: never.", Min: 0, Max: int.MaxValue),

        new("peer-port", OptionKind.Port, "6480", Nodes, "First port of the links between nodes, where nodes are "
            + "processes."),
        new("node-cert", OptionKind.Text, "", Nodes, "PEM file with this node's certificate."),
        new("node-key", OptionKind.Text, "", Nodes, "PEM file with its key."),
        new("node-ca", OptionKind.Text, "", Nodes, "PEM file with the authority that signed all nodes' certificates."),
        new("log-level", OptionKind.Choice, "warning", Nodes, "What is written to standard error.", ["debug",
            "information", "warning", "error"]),
    ];

    public static Option? Find(string name)
    {
        foreach (var option in All)
            if (option.Name == name) return option;
        return null;
    }

    /// <summary>The known name that a mistyped one is closest to; null when none is close.</summary>
    public static string? Nearest(string name)
    {
        string? best = null;
        var bestDistance = Math.Max(2, name.Length / 3) + 1;
        foreach (var option in All)
        {
            var distance = EditDistance(name, option.Name);
            if (distance >= bestDistance) continue;
            best = option.Name;
            bestDistance = distance;
        }

        return best;
    }

    /// <summary>A configuration file in which every option is explained and none is set.</summary>
    public static string SampleFile()
    {
        var text = new StringBuilder();
        text.Append("# Outrider configuration. Each line is `name = value`; what is commented out has its default.\n");
        text.Append("# A variable of the environment overrides this file, a flag overrides both.\n");
        var section = "";
        foreach (var option in All)
        {
            if (option.Section != section) text.Append("\n## ").Append(section = option.Section).Append('\n');
            text.Append("\n# ").Append(option.Description).Append('\n');
            text.Append("# (").Append(option.Form).Append("; ").Append(option.FlagName).Append("; ")
                .Append(option.EnvironmentName).Append(")\n");
            text.Append("# ").Append(option.Name).Append(" = ").Append(option.Default).Append('\n');
        }

        return text.ToString();
    }

    private static int EditDistance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
