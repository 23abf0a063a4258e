using System.Globalization;
using System.Net;
using Outrider.Runtime;

namespace Outrider.Server.Embedding;

/// <summary>Writes what the processes of a cluster on one machine need: layout, certificates, a configuration
/// each.</summary>
internal static class ProcessSetPlan
{
    /// <summary>Addresses of nodes by their numbers: the founders' ports follow each other.</summary>
    public static Func<int, bool, (string Clients, string Links, string Http)> Addresses(OutriderOptions options)
    {
        var founders = options.Regions.Count * options.NodesPerRegion;
        var clients = PortPlan.Of(options.Bind, founders, options.Port);
        var links = PortPlan.Of(IPAddress.Loopback, founders, options.PeerPort);
        var https = PortPlan.Of(options.Bind, founders, 0);
        return (id, isFounder) => isFounder
            ? Text(options.Bind, clients[id - 1], links[id - 1], https[id - 1])
            : Text(options.Bind, Later(options.Bind, options.Port, id),
                Later(IPAddress.Loopback, options.PeerPort, id), PortPlan.Near(options.Bind, 0));
    }

    /// <summary>Layout, certificates and configurations of all nodes; what is good already stays.</summary>
    public static void Write(OutriderOptions options, DataDirectory data, LayoutFile layout, string adminToken)
    {
        data.WriteLayout(layout);
        var certificates = Path.Combine(data.Path, "certificates");
        CertificateAuthority.Ensure(certificates, layout.Nodes.Select(node => node.Name));
        foreach (var node in layout.Nodes) WriteConfiguration(options, data, certificates, node, adminToken);
    }

    /// <summary>The same for a node that has been added; the authority of the others vouches for it.</summary>
    public static void WriteAdded(
        OutriderOptions options, DataDirectory data, LayoutFile layout, LayoutNode added, string adminToken)
    {
        data.WriteLayout(layout);
        var certificates = Path.Combine(data.Path, "certificates");
        // All of them: should the authority be renewed now, the others need certificates of the new one.
        CertificateAuthority.Ensure(certificates, layout.Nodes.Select(node => node.Name));
        WriteConfiguration(options, data, certificates, added, adminToken);
    }

    public static string ConfigurationPath(DataDirectory data, string node) =>
        Path.Combine(data.Path, "nodes", node + ".conf");

    private static int Later(IPAddress address, int first, int id) =>
        PortPlan.Near(address, first == 0 ? 0 : first + id - 1);

    private static (string Clients, string Links, string Http) Text(
        IPAddress bind, int clients, int links, int http) =>
        (new IPEndPoint(bind, clients).ToString(), new IPEndPoint(IPAddress.Loopback, links).ToString(),
            new IPEndPoint(bind, http).ToString());

    private static void WriteConfiguration(
        OutriderOptions options, DataDirectory data, string certificates, LayoutNode node, string adminToken)
    {
        var paths = CertificatePaths.In(certificates, node.Name);
        (string Name, string Value)[] lines =
        [
            ("node", node.Name), ("layout", data.LayoutFile), ("data", data.NodePath(node.Name)),
            ("control", options.Control), ("control-dir", data.ControlPath),
            ("node-ca", paths.AuthorityFile), ("node-cert", paths.CertificateFile), ("node-key", paths.KeyFile),
            ("bind", options.Bind.ToString()), ("insecure", options.Insecure ? "true" : "false"),
            ("admin-token", adminToken),
            ("mode", options.Log.Mode == Outrider.Log.OrderingMode.Eager ? "eager" : "speculative"),
            ("interval", $"{options.Log.IntervalMicros}us"),
            ("retention-time", $"{options.Log.RetentionMicros}us"),
            ("retention-mib", (options.Log.RetentionBytes >> 20).ToString(CultureInfo.InvariantCulture)),
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
}
