using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// Links between nodes over TCP: one connection for each ordered pair, dialled by the sender. Anything that is not a
/// well-formed frame of a known peer closes the connection it came on, and nothing else.
/// </summary>
public sealed class TcpTransport : INodeTransport
{
    private readonly TcpTransportOptions _options;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<NodeId, OutgoingLink> _outgoing = new();
    private readonly Lock _gate = new();
    private readonly LinkedList<IncomingLink> _pending = [];
    private readonly Dictionary<NodeId, IncomingLink> _byPeer = [];
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly HashSet<Task> _serving = [];
    private Incarnation _incarnation;
    private ITransportSink? _sink;
    private Task _accepting = Task.CompletedTask;
    private volatile bool _stopped;

    public TcpTransport(TcpTransportOptions options)
    {
        _options = options;
        _log = options.Logs.CreateLogger("Outrider.Link");
        if (options.Listen.AddressFamily == AddressFamily.InterNetwork) return;
        _listener.Dispose();
        _listener = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    }

    /// <summary>Where it listens, once started: the port is real even if 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Whether the link to a peer is up, and its last round trip (negative: not yet known).</summary>
    public (bool Up, long RttMicros) LinkTo(NodeId peer) =>
        _outgoing.TryGetValue(peer, out var link) ? (link.IsUp, link.RttMicros) : (false, -1);

    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public Task StartAsync(Incarnation incarnation, ITransportSink sink)
    {
        _incarnation = incarnation;
        _sink = sink;
        // No ReuseAddress: on Unix this library takes it to mean that other processes may listen on the same port, and
        // two nodes would share each other's connections unseen. A port in TIME_WAIT can be bound without it.
        _listener.Bind(_options.Listen);
        _listener.Listen(512);
        var security = _options.Tls is null ? "in the clear" : "TLS 1.3, certificates on both ends";
        RuntimeLog.Listening(_log, _options.Node.Name, LocalEndPoint.ToString(), security);
        _accepting = Task.Run(AcceptAsync);
        return Task.CompletedTask;
    }

    public void Send(NodeId to, ReadOnlySpan<byte> frame)
    {
        if (_stopped) return;
        if (!_outgoing.TryGetValue(to, out var link))
        {
            // Only the pump sends, so nobody adds the same peer at the same time.
            link = new OutgoingLink(_options, to, _incarnation);
            _outgoing[to] = link;
        }

        link.Send(frame);
    }

    public void Abort()
    {
        _stopped = true;
        _listener.Dispose();
        foreach (var link in _outgoing.Values) link.Abort();
        lock (_gate)
        {
            foreach (var link in _pending) link.Close();
            foreach (var link in _byPeer.Values) link.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        foreach (var link in _outgoing.Values) await link.StopAsync().ConfigureAwait(false);
        Abort();
        Task[] serving;
        lock (_gate) serving = [.. _serving];
        await Task.WhenAll(serving).ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        while (!_stopped)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopped) return;
                // Out of descriptors, most likely: those at hand go on, and new ones are taken when some have ended.
                RuntimeLog.LinkClosed(_log, _options.Node.Name, "the listener", e.Message);
                await Task.Delay(100).ConfigureAwait(false);
                continue;
            }

            Serve(new IncomingLink(_options, socket, _sink!));
        }
    }

    private void Serve(IncomingLink link)
    {
        IncomingLink? evicted = null;
        lock (_gate)
        {
            _pending.AddLast(link);
            if (_pending.Count > _options.PendingMax)
            {
                evicted = _pending.First!.Value;
                _pending.RemoveFirst();
            }
        }

        evicted?.Close();
        var serving = ServeAsync(link);
        lock (_gate) _serving.Add(serving);
        _ = serving.ContinueWith(Forget, TaskScheduler.Default);
    }

    private void Forget(Task serving)
    {
        lock (_gate) _serving.Remove(serving);
    }

    private async Task ServeAsync(IncomingLink link)
    {
        await Task.Yield();
        await link.RunAsync(Admit).ConfigureAwait(false);
        lock (_gate)
        {
            _pending.Remove(link);
            if (_byPeer.TryGetValue(link.Peer, out var current) && ReferenceEquals(current, link))
                _byPeer.Remove(link.Peer);
        }
    }

    /// <summary>One connection a peer: that of the newest life, and of one life the newest.</summary>
    private string? Admit(IncomingLink link, Hello hello)
    {
        IncomingLink? earlier;
        lock (_gate)
        {
            if (_byPeer.TryGetValue(hello.From, out earlier) && earlier.Incarnation > hello.Incarnation)
                return $"a newer life of {hello.FromName} ({earlier.Incarnation}) is connected; stop the older process";
            _pending.Remove(link);
            _byPeer[hello.From] = link;
        }

        earlier?.Close();
        return null;
    }
}
