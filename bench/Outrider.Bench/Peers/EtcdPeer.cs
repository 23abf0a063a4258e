using System.Diagnostics;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Outrider.Bench.Peers;

/// <summary>etcd with one member: a key for each connection, put again and again; a reader watches them all.</summary>
internal sealed class EtcdPeer(ServerProgram server) : PeerSystem("etcd", "1 copy, on disk (one member)")
{
    public override IReadOnlyList<Process> Processes { get; } = [server.Process];

    public static async Task<EtcdPeer> StartAsync(string program) => new(
        await ServerProgram.StartAsync(program, inMemory: false, (port, directory) =>
        {
            var peer = Ports.Free(1)[0].Port;
            return
            [
                "--name", "bench", "--data-dir", directory, "--listen-client-urls", $"http://127.0.0.1:{port}",
                "--advertise-client-urls", $"http://127.0.0.1:{port}", "--listen-peer-urls", $"http://127.0.0.1:{peer}",
                "--initial-advertise-peer-urls", $"http://127.0.0.1:{peer}",
                "--initial-cluster", $"bench=http://127.0.0.1:{peer}", "--quota-backend-bytes", "8589934592",
                "--auto-compaction-mode", "revision", "--auto-compaction-retention", "10000",
                "--logger", "zap", "--log-level", "fatal",
            ];
        }));

    private string Address => $"http://{server.Endpoint}";

    public override Task<PeerConnection> ConnectAsync(int number) =>
        Task.FromResult<PeerConnection>(new EtcdConnection(Address, number));

    public override async Task<Following> FollowAsync(Following.Take onRecord)
    {
        var channel = GrpcChannel.ForAddress(Address);
        var stop = new CancellationTokenSource();
        var watch = new Watch.WatchClient(channel).Watch(cancellationToken: stop.Token);
        await watch.RequestStream.WriteAsync(new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = ByteString.CopyFromUtf8("bench/"),
                RangeEnd = ByteString.CopyFromUtf8("bench0"),
            },
        });
        await watch.ResponseStream.MoveNext(stop.Token);
        return new Following(stop, ReadAsync());

        async Task ReadAsync()
        {
            using var owned = channel;
            using var stream = watch;
            while (await stream.ResponseStream.MoveNext(stop.Token))
                foreach (var change in stream.ResponseStream.Current.Events) onRecord(change.Kv.Value.Span);
        }
    }

    /// <summary>It keeps the newest of each key; compaction is its own.</summary>
    public override Task ForgetAsync() => Task.CompletedTask;

    public override ValueTask DisposeAsync() => server.DisposeAsync();
}
