using System.Net;
using Outrider.Core;
using Outrider.Log;
using Outrider.Runtime;
using Outrider.Server.Nodes;
using Outrider.Server.Resp;
using Outrider.Storage;

namespace Outrider.Server.Embedding;

/// <summary>One node of this process through all its lives: its journal and port stay, host and sessions do
/// not.</summary>
internal sealed class HostedNode(NodeInfo info, NodeRig rig) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private FileDisk? _files;
    private NodeHost? _host;
    private RespListener? _listener;
    private string _reason = "not started";

    public NodeInfo Info => info;

    /// <summary>Where its clients connect; the port stays the same over restarts. Null before the first
    /// start.</summary>
    public IPEndPoint? Endpoint { get; private set; }

    /// <summary>The running host; null while the node is down.</summary>
    public NodeHost? Host => Volatile.Read(ref _host);

    /// <summary>Sessions of the present life; null while the node is down.</summary>
    public SessionHost? Sessions => Volatile.Read(ref _listener)?.Host;

    /// <summary>The way in for callers of this process; null while the node is down.</summary>
    public INodeDoor? Door => Sessions?.Node;

    /// <summary>running, paused, starting, disk failed, broken, killed, stopped or removed.</summary>
    public string State => Host is { } host ? host.Health.State switch
    {
        NodeState.Running => "running",
        NodeState.Paused => "paused",
        NodeState.Starting => "starting",
        NodeState.DiskFailed => "disk failed",
        NodeState.Broken => "broken",
        NodeState.Stopped => "stopped",
        NodeState.Killed => "killed",
        var other => throw Check.Unreachable(other),
    } : _reason;

    public string Reason => Host?.Health.Reason ?? "";

    /// <summary>Starts a life over the journal. False when the node runs already.</summary>
    /// <exception cref="NodeOpenException">The journal cannot be used; the message says what to do.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public async Task<bool> StartAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_host is { Health.State: not NodeState.Broken }) return false;
            await DropAsync("broken").ConfigureAwait(false);
            _files = new FileDisk(
                rig.JournalPath(info), zeroed: rig.Options.Log.Durability == Durability.FsyncQuorum);
            var host = NodeHost.Open(HostOptions(rig.Killable ? new KillableDisk(_files) : _files));
            await new DiskRegistry(rig.Control).EnterAsync(
                info.Name, rig.JournalPath(info), host.Recovered.Incarnation, default).ConfigureAwait(false);
            var sessions = new SessionHost(new NodeDoor(host, rig.Cluster), rig.Options.Users, rig.Options.Limits);
            var listener = new RespListener(sessions, rig.Options.Tls?.ServerOptions(), rig.Logs);
            Endpoint = await listener.StartAsync(Endpoint ?? rig.ClientEndpoint(info), rig.Logs).ConfigureAwait(false);
            Volatile.Write(ref _listener, listener);
            await host.StartAsync().ConfigureAwait(false);
            Volatile.Write(ref _host, host);
            // The layout may have grown since the machine was built with it, and nobody told a node that was not there.
            Grown(rig.Layout.Value);
            var ending = host.Recovered.Unclean ? ", after an unclean end" : "";
            rig.Events.Add(info.Name, $"started, life {host.Recovered.Incarnation.Value}{ending}");
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the present life without a word to anybody. False when there is none.</summary>
    public Task<bool> KillAsync(bool powerLoss) => EndAsync("killed", async host =>
    {
        await host.KillAsync(powerLoss).ConfigureAwait(false);
        rig.Events.Add(info.Name, powerLoss ? "killed, with loss of power" : "killed");
    });

    /// <summary>Ends the present life in order.</summary>
    public Task<bool> StopAsync(string reason = "stopped") => EndAsync(reason, async host =>
    {
        await host.StopAsync().ConfigureAwait(false);
        rig.Events.Add(info.Name, reason);
    });

    /// <summary>Tells the running node of nodes that were added.</summary>
    public void Grown(Layout layout) => Host?.Tell(new LogGrow(layout));

    public bool Pause()
    {
        if (Host is not { Health.State: NodeState.Running } host) return false;
        host.Pause();
        rig.Events.Add(info.Name, "paused");
        return true;
    }

    public bool Resume()
    {
        if (Host is not { Health.State: NodeState.Paused } host) return false;
        host.Resume();
        rig.Events.Add(info.Name, "resumed");
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task<bool> EndAsync(string reason, Func<NodeHost, Task> end)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_host is not { } host) return false;
            // The host first: a client must not learn of the end before the node has ended.
            await end(host).ConfigureAwait(false);
            await DropAsync(reason).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task DropAsync(string reason)
    {
        if (_listener is { } listener) await listener.DisposeAsync().ConfigureAwait(false);
        Volatile.Write(ref _listener, null);
        Volatile.Write(ref _host, null);
        rig.ForgetWatches(info.Id);
        _files?.Dispose();
        _files = null;
        _reason = reason;
    }

    private NodeHostOptions HostOptions(IDisk disk) => new()
    {
        Node = info,
        Disk = disk,
        Journal = new JournalOptions
        {
            ClusterId = rig.Layout.Value.ClusterId,
            Node = info.Id,
            SegmentBytes = rig.Options.SegmentBytes,
        },
        Build = recovered => LogMachine.Build(info, rig.Layout.Value, rig.Options.Log, recovered),
        Transport = rig.Transport(info),
        Control = rig.Control,
        Logs = rig.Logs,
        OnBroken = (host, failure) => rig.Events.Add(info.Name, $"broke an invariant and ended: {failure.Message}"),
    };
}
