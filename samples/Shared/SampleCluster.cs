using Outrider.Client;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Samples;

/// <summary>
/// What a sample runs against: the cluster named by <c>--connect host:port,…</c>, or three nodes of its own in this
/// process, of which one is killed half way so that the result is seen to survive it.
/// </summary>
internal sealed class SampleCluster : IAsyncDisposable
{
    private readonly OutriderServer? _server;
    private readonly string? _directory;

    private SampleCluster(OutriderClient client, OutriderServer? server, string? directory) =>
        (Client, _server, _directory) = (client, server, directory);

    public OutriderClient Client { get; }

    public static async Task<SampleCluster> OpenAsync(string[] arguments)
    {
        var options = new ClientOptions { Deadline = TimeSpan.FromMinutes(2) };
        var at = Array.IndexOf(arguments, "--connect");
        if (at >= 0 && at + 1 < arguments.Length)
            return new(await OutriderClient.ConnectAsync(arguments[at + 1], options), null, null);
        var directory = Directory.CreateTempSubdirectory("outrider-sample-").FullName;
        var server = await OutriderServer.StartAsync(new OutriderOptions
        {
            DataDirectory = directory,
            Regions = ["eu"],
            NodesPerRegion = 3,
            Rtt = [],
            Port = 0,
            HttpPort = null,
            Log = LogOptions.Default with { Shards = 2, Replicas = 2 },
        });
        return new(await OutriderClient.ConnectAsync(server.Endpoints, options), server, directory);
    }

    /// <summary>Kills a node, if the cluster is this process' own, and starts it again.</summary>
    public async Task DisturbAsync()
    {
        if (_server is null) return;
        var node = _server.Layout.Nodes[^1].Name;
        Console.WriteLine($"killing {node}, and starting it again");
        await _server.KillNodeAsync(node);
        await _server.RestartNodeAsync(node);
    }

    /// <summary>Appends in batches, one after another, so that the order within the key is that given.</summary>
    public async Task AppendAllAsync(string key, IReadOnlyList<byte[]> payloads, int batch, Func<Task>? halfway = null)
    {
        for (var at = 0; at < payloads.Count; at += batch)
        {
            var part = payloads.Skip(at).Take(batch).Select(payload => new NewRecord(payload)).ToList();
            (await Client.AppendAsync(key, part)).Require();
            if (halfway is not null && at < payloads.Count / 2 && at + batch >= payloads.Count / 2) await halfway();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        if (_directory is not null) Directory.Delete(_directory, recursive: true);
    }
}
