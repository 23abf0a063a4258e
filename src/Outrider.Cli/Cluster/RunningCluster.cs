using Microsoft.Extensions.Logging;
using Outrider.Core;
using Outrider.Server.Configuration;
using Outrider.Server.Embedding;

namespace Outrider.Cli.Cluster;

/// <summary>What `up` has started, in this process or in several.</summary>
internal interface IRunningCluster : IAsyncDisposable
{
    RunState State { get; }
    Layout Layout { get; }

    /// <summary>Every node's client endpoint, separated by commas.</summary>
    string Endpoints { get; }
}

/// <summary>All nodes in this process, with links inside it.</summary>
internal sealed class InProcessCluster : IRunningCluster
{
    private readonly OutriderServer _server;

    private InProcessCluster(OutriderServer server, bool temporary)
    {
        _server = server;
        State = new RunState(
            Environment.ProcessId, server.Endpoints.Split(',')[0], server.HttpAddress!, server.AdminTokenFile,
            server.DataPath, temporary);
    }

    public RunState State { get; }
    public Layout Layout => _server.Layout;
    public string Endpoints => _server.Endpoints;

    public static async Task<IRunningCluster> StartAsync(Settings settings, ILoggerFactory logs, CancellationToken stop)
    {
        var options = OutriderOptions.From(settings, logs);
        return new InProcessCluster(await OutriderServer.StartAsync(options, stop), options.DataDirectory is null);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

/// <summary>One process a node, with links over TCP and certificates on both ends.</summary>
internal sealed class ProcessCluster : IRunningCluster
{
    private readonly ProcessSet _set;

    private ProcessCluster(ProcessSet set, bool temporary)
    {
        _set = set;
        State = new RunState(
            Environment.ProcessId, set.Endpoints.Split(',')[0], set.HttpAddress!, set.AdminTokenFile, set.DataPath,
            temporary);
    }

    public RunState State { get; }
    public Layout Layout => _set.Layout;
    public string Endpoints => _set.Endpoints;

    public static async Task<IRunningCluster> StartAsync(Settings settings, ILoggerFactory logs, CancellationToken stop)
    {
        var options = OutriderOptions.From(settings, logs);
        var set = await ProcessSet.StartAsync(options, [Environment.ProcessPath!], stop);
        return new ProcessCluster(set, options.DataDirectory is null);
    }

    public ValueTask DisposeAsync() => _set.DisposeAsync();
}
