using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using Outrider.Client.Wire;

namespace Outrider.Bench.Peers;

/// <summary>Redis Streams, one stream, with an append-only file.</summary>
internal sealed class RedisPeer(ServerProgram server, bool always) : PeerSystem(
    "redis", always ? "1 copy, on disk (appendfsync always)" : "1 copy, in memory (appendfsync everysec)")
{
    private const string Key = "bench";

    public override IReadOnlyList<Process> Processes { get; } = [server.Process];

    public static async Task<RedisPeer> StartAsync(string program, bool always) => new(
        await ServerProgram.StartAsync(program, inMemory: !always, (port, directory) =>
        [
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--appendonly", "yes",
            "--appendfsync", always ? "always" : "everysec", "--auto-aof-rewrite-percentage", "0",
        ]),
        always);

    public override async Task<PeerConnection> ConnectAsync(int number) =>
        await RespConnection.OpenAsync(server.Endpoint, Key);

    public override async Task<Following> FollowAsync(Following.Take onRecord)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Endpoint);
        var stop = new CancellationTokenSource();
        return new Following(stop, ReadAsync(socket, onRecord, stop.Token));
    }

    public override async Task ForgetAsync()
    {
        await using var connection = await RespConnection.OpenAsync(server.Endpoint, Key);
        await connection.SendAsync(new CommandWriter().Word("DEL").Word(Key).Finish(), 1);
        await connection.AcksAsync();
    }

    public override ValueTask DisposeAsync() => server.DisposeAsync();

    private static async Task ReadAsync(Socket socket, Following.Take onRecord, CancellationToken stop)
    {
        using var owned = socket;
        await using var stream = new NetworkStream(socket);
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10));
        var replies = new ReplyReader();
        // Nothing is there yet; afterwards the last one read, since $ would skip what comes between two reads.
        var last = "0-0";
        while (true)
        {
            await stream.WriteAsync(
                new CommandWriter().Word("XREAD").Word("COUNT").Word("1000").Word("BLOCK").Word("1000")
                    .Word("STREAMS").Word(Key).Word(last).Finish(),
                stop);
            RespValue? reply = null;
            while (reply is null)
            {
                var read = await input.ReadAsync(stop);
                var buffer = read.Buffer;
                reply = replies.Read(ref buffer);
                input.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted && reply is null) return;
            }

            if (reply.IsNull || reply.Items.Count == 0) continue;
            var records = reply.At(0).At(1).Items;
            foreach (var record in records) onRecord(record.At(1).At(1).Bytes.Span);
            last = records[^1].At(0).Text;
        }
    }
}
