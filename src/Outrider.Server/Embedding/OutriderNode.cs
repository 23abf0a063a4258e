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
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _watching;
    private readonly LogWatcher _watcher;
    private readonly PrometheusText _metrics;
    private readonly ServerMeters _meters;
    private readonly HttpFront _http;

    private OutriderNode(
        HostedNode node, ControlPlaneChoice control, DataDirectory data, NodeTls? tls, LogWatcher watcher,
        ServerMeters meters, PrometheusText metrics, HttpFront http, Func<CancellationToken, Task> watch)
    {
        (_node, _control, _data, _tls, _watcher) = (node, control, data, tls, watcher);
        (_meters, _metrics, _http) = (meters, metrics, http);
        Ended = node.Host!.Ended;
        _watching = watch(_stopping.Token);
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
        var file = LayoutFile.Read(layoutFile);
        var name = settings.Text("node") ?? throw new OptionsException("node: which node is this? --node eu-1");
        if (settings.Text("data") is null)
            throw new OptionsException("data: a node needs a directory that outlives it: --data DIR");
        var options = OptionsOf(settings, file, logs);
        var data = DataDirectory.Open(settings.Text("data"));
        var control = ControlPlaneChoice.Open(
            options.Control, settings.Text("control-dir") ?? data.ControlPath, file.ToLayout().ClusterId, logs);
        NodeTls? tls = null;
        try
        {
            var registry = new LayoutRegistry(control.Plane);
            var layout = await JoinAsync(file, data, registry).ConfigureAwait(false);
            var place = layout.Nodes.FirstOrDefault(node => node.Name == name)
                ?? throw new OptionsException($"node: '{name}' is neither in {layoutFile} nor in the control plane, "
                    + $"which have {string.Join(", ", layout.Nodes.Select(node => node.Name))}; add it at a running "
                    + $"node first: outrider node add {name} --at HOST:PORT");
            tls = TlsOf(settings, layout, logs);
            return await BeginAsync(layout, place, options, data, control, registry, tls).ConfigureAwait(false);
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
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _stopping.Dispose();
        await _watcher.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        _meters.Dispose();
        _metrics.Dispose();
        _tls?.Dispose();
        _control.Dispose();
        _data.Dispose();
    }

    /// <summary>
    /// The layout of the file with whoever was added since. What the control plane said last is kept with the data, for
    /// a start while it is silent.
    /// </summary>
    private static async Task<LayoutFile> JoinAsync(LayoutFile file, DataDirectory data, LayoutRegistry registry)
    {
        var layout = LayoutGrowth.Merge(file, data.ReadLayout());
        var outcome = await registry.ChangeAsync(kept => (kept ?? layout, ""), default).ConfigureAwait(false);
        if (outcome is LayoutRegistry.Outcome.Done done) layout = LayoutGrowth.Merge(layout, done.Layout);
        data.WriteLayout(layout);
        return layout;
    }

    private static async Task<OutriderNode> BeginAsync(
        LayoutFile file, LayoutNode place, OutriderOptions options, DataDirectory data, ControlPlaneChoice control,
        LayoutRegistry registry, NodeTls? tls)
    {
        var live = new LiveLayout(file);
        var events = new EventLog();
        var links = LinksOf(live);
        var peers = new PeerDirectory();
        live.ForEach((_, peer) => peers.Set(new(peer.Id), peer.Name, IPEndPoint.Parse(peer.Links)));
        var info = live.Value.Find(place.Name)!;
        var node = new HostedNode(info, new NodeRig
        {
            Layout = live,
            Options = options,
            Transport = one => TransportOf(one, live, peers, links, tls, options.Logs),
            Control = control.Plane,
            ForgetWatches = control.Forget,
            JournalPath = _ => System.IO.Path.Combine(data.Path, "journal"),
            ClientEndpoint = _ => IPEndPoint.Parse(place.Clients),
            Cluster = () => live.File.ToView(),
            Events = events,
            Killable = false,
        });
        live.ForEach((grown, _) => node.Grown(grown));
        await node.StartAsync().ConfigureAwait(false);
        var watcher = new LogWatcher([node], live, events);
        var meters = new ServerMeters([node], watcher);
        var metrics = new PrometheusText();
        var http = IPEndPoint.Parse(place.Http);
        var guard = new AdminGuard(
            data.Token(options.AdminToken), http.Address, options.Insecure, options.Users.Required);
        var front = await HttpFront.StartAsync(http, guard,
            new RegionSetControl(
                [node], live, links, control, events, watcher, metrics, new ConsoleFeed([node]),
                new LayoutGrower(registry, live, AwaitAsync).AddByHandAsync), options.Logs)
            .ConfigureAwait(false);
        watcher.Start();
        return new OutriderNode(node, control, data, tls, watcher, meters, metrics, front,
            stop => registry.WatchAsync(later => Adopt(later, live, data, events), stop));
    }

    private static void Adopt(LayoutFile later, LiveLayout live, DataDirectory data, EventLog events)
    {
        var known = live.Value.Nodes.Count;
        if (!live.Adopt(later)) return;
        data.WriteLayout(live.File);
        foreach (var added in live.Value.Nodes.Skip(known)) events.Add(added.Name, "is added to the layout");
    }

    /// <summary>Whoever asked starts it where it is to run.</summary>
    private static Task<ActOutcome> AwaitAsync(LayoutNode added, CancellationToken cancellation) =>
        Task.FromResult<ActOutcome>(new ActOutcome.Done(
            $"{added.Name} is in the layout as node {added.Id}; next, where it is to run: outrider node start --node "
            + $"{added.Name} --layout FILE --data DIR, with the layout that the others have"));

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

    private static LinkConditions LinksOf(LiveLayout live)
    {
        var links = new LinkConditions();
        var layout = live.Value;
        live.ForEach((_, node) => links.AddNode(new(node.Id), node.Name, node.Region));
        if (!live.File.EmulateRtt) return links;
        for (var a = 0; a < layout.Regions.Count; a++)
            for (var b = 0; b < a; b++)
                links.SetRtt(layout.Regions[a], layout.Regions[b], layout.RttMs[a][b]);
        return links;
    }

    private static TcpTransport TransportOf(
        NodeInfo node, LiveLayout live, PeerDirectory peers, LinkConditions links, NodeTls? tls,
        ILoggerFactory logs) => new(new TcpTransportOptions
        {
            Node = node,
            ClusterId = live.Value.ClusterId,
            Peers = peers,
            Codec = LogMachine.Codec(),
            Listen = IPEndPoint.Parse(live.File.Nodes.First(one => one.Id == node.Id.Value).Links),
            Tls = tls,
            Conditions = links,
            Logs = logs,
        });
}
