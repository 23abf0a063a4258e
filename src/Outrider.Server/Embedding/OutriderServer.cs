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
    private static readonly TimeSpan AddLimit = TimeSpan.FromSeconds(25);
    private readonly OutriderOptions _options;
    private readonly DataDirectory _data;
    private readonly GrowingList<HostedNode> _nodes = new();
    private readonly EventLog _events = new();
    private readonly LocalNetwork _network;
    private readonly ControlPlaneChoice _control;
    private readonly LogWatcher _watcher;
    private readonly PrometheusText _metrics = new();
    private readonly ServerMeters _meters;
    private readonly LiveLayout _live;
    private readonly LayoutGrower _grower;
    private readonly NodeRig _rig;
    private HttpFront? _http;

    private OutriderServer(
        OutriderOptions options, DataDirectory data, ControlPlaneChoice control, LayoutRegistry registry,
        LayoutFile layout)
    {
        (_options, _data, _control) = (options, data, control);
        _live = new(layout);
        _grower = new(registry, _live, BeginAsync);
        AdminToken = data.Token(options.AdminToken);
        Links = new LinkConditions();
        _live.ForEach((_, node) => Links.AddNode(new(node.Id), node.Name, node.Region));
        foreach (var rtt in options.Rtt) Links.SetRtt(rtt.A, rtt.B, rtt.Ms);
        _network = new LocalNetwork(LogMachine.Codec(), Links);
        _rig = Rig();
        foreach (var node in Layout.Nodes) _nodes.Add(new HostedNode(node, _rig));
        _live.ForEach((grown, _) => GrownTo(grown));
        _watcher = new LogWatcher(_nodes, _live, _events);
        _meters = new ServerMeters(_nodes, _watcher);
    }

    /// <summary>Who is where; it grows with <see cref="AddNodeAsync"/>.</summary>
    public Layout Layout => _live.Value;

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
        ControlPlaneChoice? control = null;
        OutriderServer? server = null;
        try
        {
            control = ControlPlaneChoice.Open(options.Control, data.ControlPath, data.ClusterId(), options.Logs);
            var registry = new LayoutRegistry(control.Plane);
            var layout = await LayoutStart.ResolveAsync(
                options, data, registry, (id, isFounder) => AddressesOf(options, id, isFounder), cancellation)
                .ConfigureAwait(false);
            server = new OutriderServer(options, data, control, registry, layout);
            await server.BeginAsync(cancellation).ConfigureAwait(false);
            return server;
        }
        catch
        {
            if (server is not null) await server.DisposeAsync().ConfigureAwait(false);
            else
            {
                control?.Dispose();
                data.Dispose();
            }

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

    /// <summary>
    /// Adds a node that the cluster was not founded with: it serves clients like any other; shards and seats stay where
    /// they are.
    /// </summary>
    /// <exception cref="OptionsException">It cannot be had; the message says why and what to do.</exception>
    public async Task AddNodeAsync(string node, CancellationToken cancellation = default)
    {
        if (Find(node) is not null) throw new OptionsException($"{node} is in the layout already");
        var outcome = await AddAsync(node, new(), cancellation).ConfigureAwait(false);
        if (outcome is ActOutcome.Refused refused) throw new OptionsException(refused.Reason);
        if (outcome is ActOutcome.TimedOut late) throw new OptionsException(late.Reason);
    }

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
            _nodes, _live, Links, _control, _events, _watcher, _metrics, new ConsoleFeed(_nodes), AddAsync);
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

    private void GrownTo(Layout grown)
    {
        foreach (var node in _nodes) node.Grown(grown);
    }

    private async Task WaitReadyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ReadyLimit);
        try
        {
            foreach (var node in _nodes) await ServesAsync(node, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the nodes run, and after {ReadyLimit.TotalSeconds} s the log has not begun; "
                + "--log-level information tells what they wait for");
        }
    }

    private static async Task ServesAsync(HostedNode node, CancellationToken cancellation)
    {
        while (node.Door is not { } door
            || await door.AskFreelyAsync(new LogTail(), cancellation).ConfigureAwait(false) is not LogReply.Tail)
            await Task.Delay(10, cancellation).ConfigureAwait(false);
    }

    private Task<ActOutcome> AddAsync(string name, NodeAct act, CancellationToken cancellation) =>
        act.HasAddresses
            ? Task.FromResult<ActOutcome>(new ActOutcome.Refused(
                "this cluster chooses the addresses of its nodes itself: leave them out"))
            : _grower.AddAsync(name, id => AddressesOf(_options, id, isFounder: false), cancellation);

    /// <summary>The first life of a node that has just come into the layout.</summary>
    private async Task<ActOutcome> BeginAsync(LayoutNode added, CancellationToken cancellation)
    {
        _data.WriteLayout(_live.File);
        var node = Find(added.Name) ?? new HostedNode(Layout.Find(added.Name)!, _rig);
        if (Find(added.Name) is null) _nodes.Add(node);
        try
        {
            await node.StartAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NodeOpenException or IOException)
        {
            return new ActOutcome.Refused($"{added.Name} is in the layout and does not start: {failure.Message}; next: "
                + $"outrider node restart {added.Name}");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AddLimit);
        try
        {
            await ServesAsync(node, limit.Token).ConfigureAwait(false);
            return new ActOutcome.Done($"{added.Name} is added: clients {node.Endpoint}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ActOutcome.TimedOut($"{added.Name} is added and runs, but the log does not answer there yet; "
                + "next: outrider status");
        }
    }

    private static (string Clients, string Links, string Http) AddressesOf(
        OutriderOptions options, int id, bool isFounder)
    {
        var port = options.Port == 0 ? 0 : options.Port + id - 1;
        if (!isFounder && port > 0) port = PortPlan.Near(options.Bind, port);
        // Links are within this process, and one HTTP port answers for all.
        return (new IPEndPoint(options.Bind, port).ToString(), "127.0.0.1:0", "127.0.0.1:0");
    }

    private NodeRig Rig() => new()
    {
        Layout = _live,
        Options = _options,
        Transport = _network.For,
        Control = _control.Plane,
        ForgetWatches = _control.Forget,
        JournalPath = node => Path.Combine(_data.NodePath(node.Name), "journal"),
        ClientEndpoint = node => IPEndPoint.Parse(_live.File.Nodes[node.Id.Value - 1].Clients),
        Cluster = View,
        Events = _events,
        Killable = _options.HardKills,
    };

    private ClusterView View() => new(
        Layout, [.. Layout.Nodes.Select(node => Find(node.Name)?.Endpoint is { } at
            ? new ClientEndpoint(at.Address.ToString(), at.Port) : null)],
        _options.Log.Shards, _options.Log.Replicas);

    private HostedNode? Find(string name) => _nodes.FirstOrDefault(node => node.Info.Name == name);

    private HostedNode Known(string name) => Find(name)
        ?? throw new ArgumentException($"no node '{name}': {string.Join(", ", _nodes.Select(node => node.Info.Name))}");
}
