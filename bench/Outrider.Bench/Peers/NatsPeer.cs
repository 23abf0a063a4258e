using System.Diagnostics;

namespace Outrider.Bench.Peers;

/// <summary>
/// NATS JetStream, one stream in files. Debian's release syncs every two minutes and cannot be told to sync before it
/// acknowledges: it stands in the memory class alone.
/// </summary>
internal sealed class NatsPeer(ServerProgram server) : PeerSystem(
    "nats", "1 copy, in memory (JetStream file store, synced every 2 min)")
{
    private const string Settings =
        "{\"name\":\"bench\",\"subjects\":[\"bench.>\"],\"storage\":\"file\",\"retention\":\"limits\","
        + "\"num_replicas\":1}";

    public override IReadOnlyList<Process> Processes { get; } = [server.Process];

    public static async Task<NatsPeer> StartAsync(string program)
    {
        var server = await ServerProgram.StartAsync(program, inMemory: true, (port, directory) =>
            ["-js", "-sd", directory, "-a", "127.0.0.1", "-p", $"{port}"]);
        var peer = new NatsPeer(server);
        await peer.AskAsync("$JS.API.STREAM.CREATE.bench", Settings);
        return peer;
    }

    public override async Task<PeerConnection> ConnectAsync(int number) =>
        await NatsConnection.OpenAsync(server.Endpoint);

    public override async Task<Following> FollowAsync(Following.Take onRecord)
    {
        var subject = $"deliver.{Guid.NewGuid():n}";
        var connection = await NatsConnection.OpenAsync(server.Endpoint);
        await connection.SubscribeAsync(subject);
        await connection.AskAsync(
            "$JS.API.CONSUMER.CREATE.bench",
            $"{{\"stream_name\":\"bench\",\"config\":{{\"deliver_subject\":\"{subject}\","
            + "\"deliver_policy\":\"new\",\"ack_policy\":\"none\"}}");
        connection.OnMessage = bytes => onRecord(bytes);
        var stop = new CancellationTokenSource();
        stop.Token.Register(() => _ = connection.DisposeAsync().AsTask());
        return new Following(stop, ReadAsync(connection));
    }

    public override Task ForgetAsync() => AskAsync("$JS.API.STREAM.PURGE.bench", "");

    public override ValueTask DisposeAsync() => server.DisposeAsync();

    private static async Task ReadAsync(NatsConnection connection)
    {
        while (await connection.AcksAsync() > 0)
        {
        }
    }

    private async Task AskAsync(string subject, string body)
    {
        await using var connection = await NatsConnection.OpenAsync(server.Endpoint);
        await connection.AskAsync(subject, body);
    }
}
