using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Outrider.Server.Resp;

/// <summary>
/// A node's client port: accepts connections, greets with TLS where it is configured, runs a session on each. The
/// transport waits for data before it takes a buffer, so that idle connections are cheap.
/// </summary>
public sealed class RespListener : IAsyncDisposable
{
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);
    private readonly SessionHost _host;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _running = [];
    private IConnectionListener? _listener;

    public RespListener(SessionHost host, SslServerAuthenticationOptions? tls, ILoggerFactory logs)
    {
        (_host, _tls) = (host, tls);
        _log = logs.CreateLogger("Outrider.Clients");
    }

    public SessionHost Host => _host;

    /// <summary>Binds and accepts; returns the endpoint with the port that was given.</summary>
    /// <exception cref="IOException">The port is taken or may not be bound.</exception>
    public async Task<IPEndPoint> StartAsync(IPEndPoint endpoint, ILoggerFactory logs)
    {
        // Inline: a session never blocks, and handing bytes from thread to thread costs more than reading them.
        var options = new SocketTransportOptions
        {
            Backlog = 4096,
            NoDelay = true,
            UnsafePreferInlineScheduling = true,
        };
        var factory = new SocketTransportFactory(Options.Create(options), logs);
        try
        {
            _listener = await factory.BindAsync(endpoint).ConfigureAwait(false);
        }
        catch (AddressInUseException taken)
        {
            throw new IOException($"the client port {endpoint} is taken; choose another with --port", taken);
        }

        _running.Add(AcceptAsync(_listener));
        _running.Add(SweepAsync());
        return (IPEndPoint)_listener.EndPoint;
    }

    /// <summary>Stops accepting and ends all connections; a killed node does not say goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_listener is not null)
        {
            await _listener.UnbindAsync().ConfigureAwait(false);
            foreach (var session in _host.Sessions) session.Abort();
            await _listener.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    private async Task AcceptAsync(IConnectionListener listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false) is not { } connection) return;
                // Not inline: a session that answers from its first bytes must not hold up the next client.
                ThreadPool.UnsafeQueueUserWorkItem(c => _ = ServeAsync(c), connection, preferLocal: false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException)
            {
                // Out of file handles, most likely: existing clients go on, new ones are retried after a moment.
                ServerLog.AcceptFailed(_log, failure);
                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(ConnectionContext connection)
    {
        await using var owned = connection.ConfigureAwait(false);
        SslStream? tls = null;
        try
        {
            var pipe = connection.Transport;
            if (_tls is not null)
            {
                tls = new SslStream(new PipeStream(pipe));
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
                limit.CancelAfter(HandshakeLimit);
                await tls.AuthenticateAsServerAsync(_tls, limit.Token).ConfigureAwait(false);
                pipe = new StreamPipe(tls);
            }

            await RunSessionAsync(connection, pipe).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException or ConnectionAbortedException)
        {
            ServerLog.ClientLost(_log, connection.RemoteEndPoint?.ToString() ?? "", gone.Message);
        }
        catch (Exception bug)
        {
            ServerLog.SessionFailed(_log, connection.RemoteEndPoint?.ToString() ?? "", bug);
        }
        finally
        {
            if (tls is not null) await tls.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task RunSessionAsync(ConnectionContext connection, IDuplexPipe pipe)
    {
        var address = connection.RemoteEndPoint?.ToString() ?? "";
        var client = new ClientInfo(_host.NextId(), address, Environment.TickCount64);
        var session = new Session(_host, pipe, client, () => connection.Abort(), connection.ConnectionClosed);
        if (!_host.Admit(session))
        {
            await pipe.Output.WriteAsync("-ERR max number of clients reached\r\n"u8.ToArray()).ConfigureAwait(false);
            return;
        }

        try
        {
            await session.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _host.Remove(session);
            await pipe.Output.CompleteAsync().ConfigureAwait(false);
            await pipe.Input.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
                _host.Sweep(Environment.TickCount64);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    /// <summary>The two directions of a TLS stream as pipes.</summary>
    private sealed class StreamPipe(Stream stream) : IDuplexPipe
    {
        private static readonly StreamPipeReaderOptions Reading = new(useZeroByteReads: true, leaveOpen: true);

        public PipeReader Input { get; } = PipeReader.Create(stream, Reading);
        public PipeWriter Output { get; } = PipeWriter.Create(stream, new(leaveOpen: true));
    }
}
