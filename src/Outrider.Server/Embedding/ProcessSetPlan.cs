using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Outrider.Runtime;

namespace Outrider.Server.Embedding;

/// <summary>Writes what the processes of a cluster on one machine need: layout, certificates, a configuration
/// each.</summary>
internal static class ProcessSetPlan
{
    public static LayoutFile Write(OutriderOptions options, DataDirectory data, string adminToken)
    {
        var layout = ClusterPlan.LayoutOf(options, data.ClusterId());
        var clients = Ports(options.Bind, layout.Nodes.Count, options.Port);
        var links = Ports(IPAddress.Loopback, layout.Nodes.Count, options.PeerPort);
        var https = Ports(options.Bind, layout.Nodes.Count, 0);
        var nodes = layout.Nodes.Select((node, i) => new LayoutNode(
            node.Id.Value, node.Name, layout.Regions[node.Region.Value], new IPEndPoint(options.Bind,
                clients[i]).ToString(),
            new IPEndPoint(IPAddress.Loopback, links[i]).ToString(), new IPEndPoint(options.Bind,
                https[i]).ToString()));
        var file = new LayoutFile
        {
            Cluster = layout.ClusterId.ToString("x16", CultureInfo.InvariantCulture),
            Regions = layout.Regions,
            RttMs = layout.RttMs,
            EmulateRtt = true,
            Shards = options.Log.Shards,
            Replicas = options.Log.Replicas,
            Nodes = [.. nodes],
        };
        file.Write(LayoutPath(data));
        var certificates = Path.Combine(data.Path, "certificates");
        CertificateAuthority.Ensure(certificates, layout.Nodes.Select(node => node.Name));
        foreach (var node in file.Nodes) WriteConfiguration(options, data, certificates, node, adminToken);
        return file;
    }

    public static string ConfigurationPath(DataDirectory data, string node) =>
        Path.Combine(data.Path, "nodes", node + ".conf");

    private static string LayoutPath(DataDirectory data) => Path.Combine(data.Path, "layout.json");

    private static void WriteConfiguration(
        OutriderOptions options, DataDirectory data, string certificates, LayoutNode node, string adminToken)
    {
        var paths = CertificatePaths.In(certificates, node.Name);
        (string Name, string Value)[] lines =
        [
            ("node", node.Name), ("layout", LayoutPath(data)), ("data", data.NodePath(node.Name)),
            ("control", options.Control), ("control-dir", data.ControlPath),
            ("node-ca", paths.AuthorityFile), ("node-cert", paths.CertificateFile), ("node-key", paths.KeyFile),
            ("bind", options.Bind.ToString()), ("insecure", options.Insecure ? "true" : "false"),
            ("admin-token", adminToken),
            ("mode", options.Log.Mode == Outrider.Log.OrderingMode.Eager ? "eager" : "speculative"),
            ("interval", $"{options.Log.IntervalMicros}us"),
            ("window", options.Log.RowsPerWindow.ToString(CultureInfo.InvariantCulture)),
            ("max-clients", options.Limits.ClientsMax.ToString(CultureInfo.InvariantCulture)),
            ("request-timeout", $"{options.Limits.RequestTimeoutMs}ms"),
            ("users", string.Join(',', options.Users.All.Select(user => user.ToString()))),
            ("tls-cert", options.Tls?.CertificateFile ?? ""), ("tls-key", options.Tls?.KeyFile ?? ""),
        ];
        Directory.CreateDirectory(Path.Combine(data.Path, "nodes"));
        var file = ConfigurationPath(data, node.Name);
        // It holds the token: readable by this user alone from the first byte on.
        File.Delete(file);
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(file, create);
        foreach (var (name, value) in lines)
            if (value.Length > 0) writer.WriteLine($"{name} = {value}");
    }

    /// <summary>Consecutive ports from <paramref name="first"/>, or free ones when it is 0.</summary>
    private static int[] Ports(IPAddress address, int count, int first)
    {
        if (first != 0) return [.. Enumerable.Range(first, count)];
        // All are held until the last is known, so that none is given twice.
        var held = new List<TcpListener>();
        for (var i = 0; i < count; i++)
        {
            var listener = new TcpListener(address, 0);
            listener.Start();
            held.Add(listener);
        }

        var ports = held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in held) listener.Dispose();
        return ports;
    }
}
