using System.Net;
using System.Net.Sockets;
using System.Text;
using Outrider.Client;
using Outrider.Log;

namespace Outrider.Tests.Process.Server;

/// <summary>What strangers and bad clients may do to the client and HTTP ports, and that it harms nobody
/// else.</summary>
public sealed class HostileClientsTests
{
    private const int Idle = 10_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_idle_connections_cost_little_and_service_goes_on()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        await AppendAsync(client);
        foreach (var port in (int[])[server.Port, new Uri(server.Http).Port])
        {
            var before = server.WorkingSet;
            var idle = new List<Socket>();
            try
            {
                for (var i = 0; i < Idle; i++)
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    idle.Add(socket);
                    await socket.ConnectAsync(IPAddress.Loopback, port, Stop);
                }

                // The newest of them is served, so all have been accepted.
                var probe = port == server.Port ? "PING\r\n" : "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
                await idle[^1].SendAsync(Encoding.ASCII.GetBytes(probe), Stop);
                var answer = new byte[4];
                await Patience.Get(idle[^1].ReceiveAsync(answer, Stop).AsTask());
                await AppendAsync(client);
                Assert.InRange(server.WorkingSet - before, long.MinValue, 400L << 20);
            }
            finally
            {
                foreach (var socket in idle) socket.Dispose();
            }
        }

        await AppendAsync(client);
    }

    [Fact]
    public async Task Garbage_oversize_and_half_commands_harm_nobody_else()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        var random = new Random(7);
        var half = new List<Socket>();
        for (var i = 0; i < 300; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5_000 };
            await socket.ConnectAsync(IPAddress.Loopback, server.Port, Stop);
            await socket.SendAsync(Nonsense(random, i % 4), Stop);
            if (i % 4 == 3) half.Add(socket);
            else socket.Dispose();
        }

        Assert.StartsWith("-ERR Protocol error", Answer(server.Port, "*1\r\n$99999999\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("-ERR Protocol error", Answer(server.Port, "*99999999\r\n"), StringComparison.Ordinal);
        await AppendAsync(client);
        foreach (var socket in half) socket.Dispose();
        Assert.False(server.HasExited);
    }

    [Fact]
    public async Task Subscribers_that_never_read_hold_a_bounded_amount_and_slow_nobody()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.FirstEndpoint, cancellation: Stop);
        var slow = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(IPAddress.Loopback, server.Port, Stop);
            await socket.SendAsync("HELLO 3\r\nLOG.SUBSCRIBE FROM 0\r\n"u8.ToArray(), Stop);
            slow.Add(socket);
        }

        var before = server.WorkingSet;
        var payload = new byte[64 << 10];
        for (var round = 0; round < 40; round++)
            foreach (var outcome in await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.AppendAsync("k",
                payload, cancellation: Stop))))
                outcome.Require();
        // 20 readers of 50 MB each would be a gigabyte, were it all held for them.
        Assert.InRange(server.WorkingSet - before, long.MinValue, 600L << 20);
        var page = (await client.ReadAsync(new Position(0), 10, Stop)).Require();
        Assert.Equal(10, page.Records.Count);
        foreach (var socket in slow) socket.Dispose();
    }

    [Fact]
    public async Task Clients_that_never_read_their_replies_hold_a_bounded_amount()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.FirstEndpoint, cancellation: Stop);
        var payload = new byte[256 << 10];
        for (var i = 0; i < 8; i++) (await client.AppendAsync("k", payload, cancellation: Stop)).Require();
        var before = server.WorkingSet;
        var deaf = new List<Socket>();
        var asks = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("XRANGE k - +\r\n", 500)));
        for (var i = 0; i < 20; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(IPAddress.Loopback, server.Port, Stop);
            await socket.SendAsync(asks, Stop);
            deaf.Add(socket);
        }

        for (var i = 0; i < 20; i++) await AppendAsync(client);
        // Each has asked for a gigabyte.
        Assert.InRange(server.WorkingSet - before, long.MinValue, 900L << 20);
        foreach (var socket in deaf) socket.Dispose();
        await AppendAsync(client);
    }

    [Fact]
    public async Task Clients_that_send_a_byte_at_a_time_are_served_and_hold_nobody_up()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        var slow = new List<Socket>();
        for (var i = 0; i < 200; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, server.Port, Stop);
            slow.Add(socket);
        }

        foreach (var letter in "*1\r\n$4\r\nPING\r\n"u8.ToArray())
        {
            foreach (var socket in slow) await socket.SendAsync(new[] { letter }, Stop);
            // Others are served between any two bytes.
            await AppendAsync(client);
        }

        var answer = new byte[16];
        foreach (var socket in slow)
        {
            var count = await Patience.Get(socket.ReceiveAsync(answer, Stop).AsTask());
            Assert.Equal("+PONG\r\n", Encoding.ASCII.GetString(answer, 0, count));
            socket.Dispose();
        }
    }

    [Fact]
    public async Task Garbage_on_the_HTTP_port_harms_nobody_else()
    {
        await using var server = await ServerProcess.StartAsync();
        var random = new Random(11);
        var port = new Uri(server.Http).Port;
        var half = new List<Socket>();
        for (var i = 0; i < 300; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port, Stop);
            var bytes = new byte[random.Next(1, 4000)];
            random.NextBytes(bytes);
            await socket.SendAsync((i % 3) switch
            {
                0 => bytes,
                1 => [.. "GET /status HTTP/1.1\r\nHost: localhost\r\nX: "u8, .. Enumerable.Repeat((byte)'x', 100_000)],
                _ => [.. "POST /admin/chaos/heal HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n"u8],
            }, Stop);
            if (i % 3 == 2) half.Add(socket);
            else socket.Dispose();
        }

        using var http = new HttpClient { BaseAddress = new Uri(server.Http) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/livez", Stop)).StatusCode);
        foreach (var socket in half) socket.Dispose();
        Assert.False(server.HasExited);
    }

    private static byte[] Nonsense(Random random, int kind)
    {
        var bytes = new byte[random.Next(1, 4000)];
        random.NextBytes(bytes);
        return kind switch
        {
            0 => bytes,
            1 => [.. "*3\r\n$4\r\nXADD\r\n$"u8, .. bytes],
            2 => [.. "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8, .. bytes],
            _ => [.. "*2\r\n$4\r\nECHO\r\n$1000000\r\n"u8, .. bytes],
        };
    }

    private static string Answer(int port, string text)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        socket.Connect(IPAddress.Loopback, port);
        socket.Send(Encoding.ASCII.GetBytes(text));
        var buffer = new byte[4096];
        var got = new StringBuilder();
        for (var count = socket.Receive(buffer); count > 0; count = socket.Receive(buffer))
            got.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return got.ToString();
    }

    private static async Task AppendAsync(OutriderClient client)
    {
        var outcome = await client.AppendAsync("alive", "yes"u8.ToArray(), cancellation: Stop);
        Assert.NotEmpty(outcome.Require().Positions);
    }
}
