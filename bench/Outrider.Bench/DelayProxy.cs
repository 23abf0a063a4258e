using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Outrider.Bench;

/// <summary>
/// A TCP proxy that holds every byte back for a fixed time in each direction (none: passes it on): emulated distance,
/// the same for every system. It emulates no loss, no congestion and no limit of bandwidth.
/// </summary>
/// <remarks>
/// Blocking calls on threads of their own: the proxy shares the processors with what it measures, and this is the
/// cheapest way to move a byte, whoever sent it.
/// </remarks>
internal sealed class DelayProxy : IDisposable
{
    private const int ChunkBytes = 64 << 10;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly long _delayTicks;
    private readonly HashSet<Socket> _open = [];
    private bool _stopped;

    public DelayProxy(double oneWayMs)
    {
        _delayTicks = (long)(oneWayMs * Stopwatch.Frequency / 1000);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Start(Accept);
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Where it leads to: known before anybody is told of the proxy.</summary>
    public IPEndPoint? Target { get; private set; }

    /// <summary>
    /// Proxies for so many members, and the ports at which these are to listen: chosen after the proxies have theirs,
    /// or the system might give them the same ones.
    /// </summary>
    public static (IReadOnlyList<DelayProxy> Proxies, IPEndPoint[] Ports) For(int members, int more, double oneWayMs)
    {
        var proxies = Enumerable.Range(0, members).Select(_ => new DelayProxy(oneWayMs)).ToArray();
        var ports = Ports.Free(members + more);
        for (var i = 0; i < members; i++) proxies[i].Target = ports[i];
        return (proxies, ports);
    }

    public void Dispose()
    {
        lock (_open)
        {
            _stopped = true;
            foreach (var socket in _open) socket.Dispose();
            _open.Clear();
        }

        _listener.Dispose();
    }

    private static void Start(Action work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // An end has gone, or the proxy has: the other end sees a closed connection.
            }
        });
        thread.IsBackground = true;
        thread.Start();
    }

    private void Accept()
    {
        while (true)
        {
            var near = _listener.Accept();
            var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            near.NoDelay = far.NoDelay = true;
            lock (_open)
            {
                if (_stopped) near.Dispose();
                if (_stopped) return;
                _open.Add(near);
                _open.Add(far);
            }

            Start(() => Carry(near, far));
        }
    }

    private void Carry(Socket near, Socket far)
    {
        try
        {
            far.Connect(Target!);
            Start(() => Pass(far, near));
            Pass(near, far);
        }
        finally
        {
            Close(near, far);
        }
    }

    private void Pass(Socket from, Socket to)
    {
        try
        {
            if (_delayTicks > 0) PassLate(from, to);
            var bytes = new byte[ChunkBytes];
            while (from.Receive(bytes) is var count and > 0) SendAll(to, bytes.AsSpan(0, count));
        }
        finally
        {
            Close(from, to);
        }
    }

    private void PassLate(Socket from, Socket to)
    {
        var way = new Queue<(byte[] Bytes, long Due)>();
        Start(() => WriteLate(way, from, to));
        var bytes = new byte[ChunkBytes];
        while (from.Receive(bytes) is var count and > 0)
        {
            lock (way)
            {
                way.Enqueue((bytes[..count], Stopwatch.GetTimestamp() + _delayTicks));
                Monitor.Pulse(way);
            }
        }
    }

    private void WriteLate(Queue<(byte[] Bytes, long Due)> way, Socket from, Socket to)
    {
        try
        {
            while (true)
            {
                (byte[] Bytes, long Due) next;
                lock (way)
                {
                    while (way.Count == 0) Monitor.Wait(way);
                    next = way.Dequeue();
                }

                var left = (next.Due - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency;
                if (left > 0.5) Thread.Sleep((int)Math.Round(left));
                SendAll(to, next.Bytes);
            }
        }
        finally
        {
            Close(from, to);
        }
    }

    private static void SendAll(Socket to, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[to.Send(bytes)..];
    }

    private void Close(Socket one, Socket other)
    {
        lock (_open)
        {
            _open.Remove(one);
            _open.Remove(other);
        }

        one.Dispose();
        other.Dispose();
    }
}
