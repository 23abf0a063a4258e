using System.Net;
using Microsoft.Extensions.Logging;
using Outrider.Core;
using Outrider.Runtime;
using Outrider.Server.Configuration;
using Outrider.Server.Http;

namespace Outrider.Server.Embedding;

/// <summary>
/// One node of a cluster whose nodes are processes: links over TCP with certificates on both ends, a control plane
/// shared with the others, its own client and HTTP ports. What <c>outrider node start</c> runs.
/// </summary>
public sealed class OutriderNode : IAsyncDisposable
{
    private readonly HostedNode _node;
    private readonly ControlPlaneChoice _control;
    private readonly DataDirectory _data;
    private readonly NodeTls? _tls;
    private readonly LogWatcher _watcher;
    private readonly PrometheusText _metrics;
    private readonly ServerMeters _meters;
    private readonly HttpFront _http;

    private OutriderNode(
        HostedNode node, ControlPlaneChoice control, DataDirectory data, NodeTls? tls, LogWatcher watcher,
        ServerMeters meters, PrometheusText metrics, HttpFront http)
    {
        (_node, _control, _data, _tls, _watcher) = (node, control, data, tls, watcher);
        (_meters, _metrics, _http) = (meters, metrics, http);
        Ended = node.Host!.Ended;
    }

    public NodeInfo Info => _node.Info;

    /// <summary>Where its clients connect.</summary>
    public IPEndPoint Endpoint => _node.Endpoint!;

    public string HttpAddress => _http.Address;

    /// <summary>Completes when the node ends by itself: it broke an invariant, and the process is to exit with 70.
    /// </summary>
    public Task Ended { get; }

    /// <summary>Why it ended; empty while it runs.</summary>
    public string Reason => _node.Reason;

    /// <summary>Starts the node that <c>node</c> names of the layout that <c>layout</c> names.</summary>
    /// <exception cref="OptionsException">The settings cannot be used; the message says what to change.</exception>
    /// <exception cref="NodeOpenException">The journal belongs to another cluster or node, or is damaged.</exception>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<OutriderNode> StartAsync(Settings settings, ILoggerFactory logs)
    {
        var layoutFile = settings.Text("layout")
            ?? throw new OptionsException("layout: which file holds the cluster's layout? --layout FILE");
        var layout = LayoutFile.Read(layoutFile);
        var name = settings.Text("node") ?? throw new OptionsException("node: which node is this? --node eu-1");
        var place = layout.Nodes.FirstOrDefault(node => node.Name == name)
            ?? throw new OptionsException($"node: '{name}' is not in {layoutFile}, which has "
                + string.Join(", ", layout.Nodes.Select(node => node.Name)));
        if (settings.Text("data") is null)
            throw new OptionsException("data: a node needs a directory that outlives it: --data DIR");
        var options = OptionsOf(settings, layout, logs);
        var data = DataDirectory.Open(settings.Text("data"));
        var control = ControlPlaneChoice.Open(
            options.Control, settings.Text("control-dir") ?? data.ControlPath, layout.ToLayout().ClusterId, logs);
        var tls = TlsOf(settings, layout, logs);
        try
        {
            return await BeginAsync(layout, place, options, data, control, tls).ConfigureAwait(false);
        }
        catch
        {
            tls?.Dispose();
            control.Dispose();
            data.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _http.DisposeAsync().ConfigureAwait(false);
        await _watcher.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        _meters.Dispose();
        _metrics.Dispose();
        _tls?.Dispose();
        _control.Dispose();
        _data.Dispose();
    }

    private static async Task<OutriderNode> BeginAsync(
        LayoutFile file, LayoutNode place, OutriderOptions options, DataDirectory data, ControlPlaneChoice control,
        NodeTls? tls)
    {
        var layout = file.ToLayout();
        var events = new EventLog();
        var links = LinksOf(file, layout);
        var info = layout.Find(place.Name)!;
        var view = file.ToView();
        var node = new HostedNode(info, new NodeRig
        {
            Layout = layout,
            Options = options,
            Transport = one => TransportOf(one, file, layout, links, tls, options.Logs),
            Control = control.Plane,
            ForgetWatches = control.Forget,
            JournalPath = _ => System.IO.Path.Combine(data.Path, "journal"),
            ClientEndpoint = _ => IPEndPoint.Parse(place.Clients),
            Cluster = () => view,
            Events = events,
            Killable = false,
        });
        await node.StartAsync().ConfigureAwait(false);
        var watcher = new LogWatcher([node], layout, events);
        var meters = new ServerMeters([node], watcher);
        var metrics = new PrometheusText();
        var http = IPEndPoint.Parse(place.Http);
        var guard = new AdminGuard(
            data.Token(options.AdminToken), http.Address, options.Insecure, options.Users.Required);
        var front = await HttpFront.StartAsync(http, guard,
            new RegionSetControl(
                [node], layout, links, control, events, watcher, metrics, new ConsoleFeed([node])), options.Logs)
            .ConfigureAwait(false);
        watcher.Start();
        return new OutriderNode(node, control, data, tls, watcher, meters, metrics, front);
    }

    private static OutriderOptions OptionsOf(Settings settings, LayoutFile layout, ILoggerFactory logs)
    {
        var options = OutriderOptions.From(settings, logs);
        // What all nodes must agree on comes from the layout, not from each one's own settings.
        return options with { Log = options.Log with { Shards = layout.Shards, Replicas = layout.Replicas } };
    }

    private static NodeTls? TlsOf(Settings settings, LayoutFile layout, ILoggerFactory logs)
    {
        var (ca, cert, key) = (settings.Text("node-ca"), settings.Text("node-cert"), settings.Text("node-key"));
        if (ca is not null && cert is not null && key is not null)
            return new NodeTls(new CertificatePaths(ca, cert, key), logs);
        if (ca is not null || cert is not null || key is not null)
            throw new OptionsException("node-ca, node-cert and node-key go together: give all three");
        if (settings.Flag("insecure")) return null;
        return layout.Nodes.All(node => IPAddress.IsLoopback(IPEndPoint.Parse(node.Links).Address)) ? null
            : throw new OptionsException("links to other machines need --node-ca, --node-cert and --node-key, "
                + "or --insecure if the network between them is trusted");
    }

    private static LinkConditions LinksOf(LayoutFile file, Layout layout)
    {
        var links = new LinkConditions();
        foreach (var node in layout.Nodes) links.AddNode(node.Id, node.Name, layout.Regions[node.Region.Value]);
        if (!file.EmulateRtt) return links;
        for (var a = 0; a < layout.Regions.Count; a++)
            for (var b = 0; b < a; b++)
                links.SetRtt(layout.Regions[a], layout.Regions[b], layout.RttMs[a][b]);
        return links;
    }

    private static TcpTransport TransportOf(
        NodeInfo node, LayoutFile file, Layout layout, LinkConditions links, NodeTls? tls, ILoggerFactory logs)
    {
        var peers = new PeerDirectory();
        foreach (var peer in file.Nodes) peers.Set(new(peer.Id), peer.Name, IPEndPoint.Parse(peer.Links));
        return new TcpTransport(new TcpTransportOptions
        {
            Node = node,
            ClusterId = layout.ClusterId,
            Peers = peers,
            Codec = LogMachine.Codec(),
            Listen = IPEndPoint.Parse(file.Nodes.First(one => one.Id == node.Id.Value).Links),
            Tls = tls,
            Conditions = links,
            Logs = logs,
        });
    }
}
