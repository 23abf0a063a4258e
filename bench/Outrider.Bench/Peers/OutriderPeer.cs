using System.Diagnostics;
using System.Net;
using Outrider.Bench.Logs;
using Outrider.Client;
using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Bench.Peers;

/// <summary>Outrider over RESP: the same XADD as Redis gets, at the node that is home to the key.</summary>
internal sealed class OutriderPeer : PeerSystem
{
    private readonly LogServer _server;
    private readonly IReadOnlyList<(string Key, IPEndPoint Node)> _homes;

    private OutriderPeer(string name, string copies, LogServer server) : base(name, copies)
    {
        _server = server;
        Processes = [server.Process];
        var nodes = server.Endpoints.Split(',').Select(IPEndPoint.Parse).ToArray();
        var options = server.Setup.Options();
        var homes = new LogTopology(ClusterPlan.LayoutOf(options, 1), options.Log).Shard(new ShardId(0)).Homes;
        _homes = [.. server.Setup.Keys().Select((key, seat) => (key, nodes[homes[seat].Value - 1]))];
    }

    public override IReadOnlyList<Process> Processes { get; }

    public static async Task<OutriderPeer> StartAsync(int copies, bool fsync)
    {
        var server = await LogServer.StartAsync(
            new LogSetup("speculative", Replicas: copies, Nodes: copies, Fsync: fsync));
        var where = fsync ? "on disk" : "in memory";
        return new OutriderPeer(
            $"outrider-{copies}",
            copies == 1 ? $"1 copy {where}, and its order" : $"{copies} copies {where}, and their order at a majority",
            server);
    }

    public override async Task<PeerConnection> ConnectAsync(int number)
    {
        var (key, node) = _homes[number % _homes.Count];
        return await RespConnection.OpenAsync(node, key);
    }

    public override async Task<Following> FollowAsync(Following.Take onRecord)
    {
        var client = await OutriderClient.ConnectAsync(_server.Endpoints);
        var from = (await client.TailAsync()).Require().Confirmed;
        var stop = new CancellationTokenSource();
        return new Following(stop, ReadAsync());

        async Task ReadAsync()
        {
            await using var owned = client;
            var pushes = client.SubscribeAsync(
                from, speculative: true, key: null, alone: false, cancellation: stop.Token);
            // The fields of an XADD stand beside the payload.
            await foreach (var push in pushes)
                if (push is LogReply.Records records)
                    foreach (var record in records.Items) onRecord(record.Headers.Span);
        }
    }

    public override Task ForgetAsync() => LogLoad.ForgetAsync(_server);

    public override ValueTask DisposeAsync() => _server.DisposeAsync();
}
