using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Outrider.Server.Access;
using Outrider.Server.Resp;

namespace Outrider.Tests.Unit.Server;

/// <summary>A client port over a log in memory, and raw connections to it.</summary>
internal sealed class RespServer : IAsyncDisposable
{
    private readonly RespListener _listener;

    private RespServer(RespListener listener, FakeLog log) => (_listener, Log) = (listener, log);

    public FakeLog Log { get; }
    public SessionHost Host => _listener.Host;
    public IPEndPoint Endpoint { get; private set; } = null!;

    public static async Task<RespServer> StartAsync(Users? users = null, SessionLimits? limits = null)
    {
        var log = new FakeLog();
        var host = new SessionHost(log, users ?? Users.None, limits ?? new SessionLimits());
        var server = new RespServer(new RespListener(host, null, NullLoggerFactory.Instance), log);
        server.Endpoint = await server._listener.StartAsync(new(IPAddress.Loopback, 0), NullLoggerFactory.Instance);
        log.Port = server.Endpoint.Port;
        return server;
    }

    public RawClient Connect()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(Endpoint);
        return new(socket);
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}

/// <summary>Sends bytes and compares what comes back, to the byte.</summary>
internal sealed class RawClient(Socket socket) : IDisposable
{
    public void Send(string text) => socket.Send(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends a command as an array of bulk strings.</summary>
    public void Command(params string[] words)
    {
        var text = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words) text.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        socket.Send(Encoding.UTF8.GetBytes(text.ToString()));
    }

    public void Expect(string reply) => Assert.Equal(reply, Receive(Encoding.UTF8.GetByteCount(reply)));

    public string Receive(int bytes)
    {
        socket.ReceiveTimeout = 10_000;
        var buffer = new byte[bytes];
        var got = 0;
        while (got < bytes)
        {
            int count;
            try
            {
                count = socket.Receive(buffer, got, bytes - got, SocketFlags.None);
            }
            catch (SocketException)
            {
                break;
            }

            if (count == 0) break;
            got += count;
        }

        return Encoding.UTF8.GetString(buffer, 0, got);
    }

    /// <summary>Everything up to the end of the connection.</summary>
    public string ReceiveToEnd()
    {
        var text = new StringBuilder();
        while (Receive(1) is { Length: > 0 } one) text.Append(one);
        return text.ToString();
    }

    public void Dispose() => socket.Dispose();
}
