using System.Net;
using System.Net.Sockets;
using Outrider.Core;
using Outrider.Log;
using Outrider.Runtime;
using Outrider.Server.Http;
using Outrider.Server.Nodes;

namespace Outrider.Server.Embedding;

/// <summary>
/// A whole region set in this process: its nodes with their journals, the links between them with emulated distances,
/// a client port for each, one HTTP port. What tests and first steps use; and what runs behind <c>outrider up</c>.
/// </summary>
public sealed class OutriderServer : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);
    private readonly OutriderOptions _options;
    private readonly DataDirectory _data;
    private readonly List<HostedNode> _nodes = [];
    private readonly EventLog _events = new();
    private readonly LocalNetwork _network;
    private readonly ControlPlaneChoice _control;
    private readonly LogWatcher _watcher;
    private readonly PrometheusText _metrics = new();
    private readonly ServerMeters _meters;
    private HttpFront? _http;

    private OutriderServer(OutriderOptions options, DataDirectory data)
    {
        (_options, _data) = (options, data);
        Layout = ClusterPlan.LayoutOf(options, data.ClusterId());
        AdminToken = data.Token(options.AdminToken);
        Links = new LinkConditions();
        foreach (var node in Layout.Nodes) Links.AddNode(node.Id, node.Name, Layout.Regions[node.Region.Value]);
        foreach (var rtt in options.Rtt) Links.SetRtt(rtt.A, rtt.B, rtt.Ms);
        _network = new LocalNetwork(LogMachine.Codec(), Links);
        _control = ControlPlaneChoice.Open(options.Control, data.ControlPath, Layout.ClusterId, options.Logs);
        var rig = Rig();
        foreach (var node in Layout.Nodes) _nodes.Add(new HostedNode(node, rig));
        _watcher = new LogWatcher(_nodes, Layout, _events);
        _meters = new ServerMeters(_nodes, _watcher);
    }

    /// <summary>Who is where.</summary>
    public Layout Layout { get; }

    /// <summary>Distances and disturbances between the nodes, to be changed at will.</summary>
    public LinkConditions Links { get; }

    /// <summary>All client endpoints in the form that clients take, node by node.</summary>
    public string Endpoints => string.Join(',', _nodes.Where(node => node.Endpoint is not null)
        .Select(node => node.Endpoint!.ToString()));

    /// <summary>As in http://127.0.0.1:7380; null without HTTP.</summary>
    public string? HttpAddress => _http?.Address;

    public string AdminToken { get; }

    /// <summary>The file that holds <see cref="AdminToken"/>.</summary>
    public string AdminTokenFile => _data.TokenFile;

    public string DataPath => _data.Path;

    /// <summary>What happened lately.</summary>
    public EventLog Events => _events;

    /// <summary>Starts every node and waits until the log takes appends.</summary>
    /// <exception cref="OptionsException">The options cannot be used; the message says what to change.</exception>
    /// <exception cref="IOException">A port is taken.</exception>
    /// <exception cref="TimeoutException">The nodes run and the log does not begin.</exception>
    public static async Task<OutriderServer> StartAsync(
        OutriderOptions options, CancellationToken cancellation = default)
    {
        if (options.Problem() is { } problem) throw new OptionsException(problem);
        var data = DataDirectory.Open(options.DataDirectory);
        OutriderServer? server = null;
        try
        {
            server = new OutriderServer(options, data);
            await server.BeginAsync(cancellation).ConfigureAwait(false);
            return server;
        }
        catch
        {
            if (server is not null) await server.DisposeAsync().ConfigureAwait(false);
            else data.Dispose();
            throw;
        }
    }

    /// <summary>Where a node's clients connect; null when there is no such node.</summary>
    public IPEndPoint? EndpointOf(string node) => Find(node)?.Endpoint;

    /// <summary>
    /// Drops a node at once, with its memory and sockets; its files keep what was synced. False: it does not run.
    /// </summary>
    public Task<bool> KillNodeAsync(string node, bool powerLoss = false) => Known(node).KillAsync(powerLoss);

    /// <summary>Starts a node that is down, or stops one in order and starts it.</summary>
    public async Task RestartNodeAsync(string node)
    {
        var known = Known(node);
        await known.StopAsync().ConfigureAwait(false);
        await known.StartAsync().ConfigureAwait(false);
    }

    /// <summary>Holds a node still, as a stalled machine would be. False: it does not run.</summary>
    public bool PauseNode(string node) => Known(node).Pause();

    /// <summary>Lets a paused node go on. False: it is not paused.</summary>
    public bool ResumeNode(string node) => Known(node).Resume();

    public async ValueTask DisposeAsync()
    {
        if (_http is not null) await _http.DisposeAsync().ConfigureAwait(false);
        await _watcher.DisposeAsync().ConfigureAwait(false);
        // At once: a node that waits for its peers' answers must not wait for one that has ended before it.
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask())).ConfigureAwait(false);
        _meters.Dispose();
        _metrics.Dispose();
        _network.Dispose();
        _control.Dispose();
        _data.Dispose();
    }

    /// <summary>The log as one of the running nodes sees it; null when none answers within a second.</summary>
    public Task<LogStatus?> LogStatusAsync(CancellationToken cancellation = default) => _watcher.AskAsync(cancellation);

    private async Task BeginAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(_nodes.Select(node => node.StartAsync())).ConfigureAwait(false);
        var control = new RegionSetControl(
            _nodes, Layout, Links, _control, _events, _watcher, _metrics, new ConsoleFeed(_nodes));
        if (_options.HttpPort is { } port)
        {
            var guard = new AdminGuard(AdminToken, _options.Bind, _options.Insecure, _options.Users.Required);
            try
            {
                _http = await HttpFront.StartAsync(new(_options.Bind, port), guard, control, _options.Logs)
                    .ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is SocketException)
            {
                throw new IOException($"the HTTP port {port} cannot be bound: {failure.Message}", failure);
            }
        }

        await WaitReadyAsync(cancellation).ConfigureAwait(false);
        _watcher.Start();
    }

    private async Task WaitReadyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ReadyLimit);
        try
        {
            foreach (var node in _nodes)
                while (await node.Door!.AskAsync(new LogTail(), limit.Token).ConfigureAwait(false) is not LogReply.Tail)
                    await Task.Delay(10, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the nodes run, and after {ReadyLimit.TotalSeconds} s the log has not begun; "
                + "--log-level information tells what they wait for");
        }
    }

    private NodeRig Rig() => new()
    {
        Layout = Layout,
        Options = _options,
        Transport = _network.For,
        Control = _control.Plane,
        ForgetWatches = _control.Forget,
        JournalPath = node => Path.Combine(_data.NodePath(node.Name), "journal"),
        ClientEndpoint = node => new(_options.Bind, _options.Port == 0 ? 0 : _options.Port + node.Id.Value - 1),
        Cluster = View,
        Events = _events,
        Killable = _options.HardKills,
    };

    private ClusterView View() => new(
        Layout, [.. _nodes.Select(node => node.Endpoint is { } at ? new ClientEndpoint(at.Address.ToString(), at.Port)
            : null)],
        _options.Log.Shards, _options.Log.Replicas);

    private HostedNode? Find(string name) => _nodes.Find(node => node.Info.Name == name);

    private HostedNode Known(string name) => Find(name)
        ?? throw new ArgumentException($"no node '{name}': {string.Join(", ", _nodes.Select(node => node.Info.Name))}");
}
