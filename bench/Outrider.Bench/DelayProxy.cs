using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Outrider.Bench;

/// <summary>
/// A TCP proxy that holds every byte back for a fixed time in each direction: emulated distance, the same for every
/// system. It emulates no loss, no congestion and no limit of bandwidth.
/// </summary>
internal sealed class DelayProxy : IDisposable
{
    private const int ChunkBytes = 64 << 10;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint _target;
    private readonly double _oneWayMs;
    private readonly CancellationTokenSource _stop = new();

    public DelayProxy(IPEndPoint target, double oneWayMs)
    {
        _target = target;
        _oneWayMs = oneWayMs;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _ = Task.Run(AcceptAsync);
    }

    public IPEndPoint EndPoint { get; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
                _ = CarryAsync(await _listener.AcceptAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task CarryAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        near.NoDelay = far.NoDelay = true;
        try
        {
            await far.ConnectAsync(_target, life.Token);
            await Task.WhenAny(PassAsync(near, far, life.Token), PassAsync(far, near, life.Token));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The target is not there (yet): the dialler sees a closed connection.
        }
        finally
        {
            await life.CancelAsync();
            near.Dispose();
        }
    }

    private async Task PassAsync(Socket from, Socket to, CancellationToken stop)
    {
        var delay = (long)(_oneWayMs * Stopwatch.Frequency / 1000);
        var way = Channel.CreateUnbounded<(byte[] Bytes, int Count, long Due)>(new() { SingleReader = true });
        var writing = Task.Run(() => WriteAsync(way.Reader, to, stop), stop);
        try
        {
            while (true)
            {
                var bytes = new byte[ChunkBytes];
                var count = await from.ReceiveAsync(bytes, stop);
                if (count == 0) break;
                way.Writer.TryWrite((bytes, count, Stopwatch.GetTimestamp() + delay));
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end has gone.
        }

        way.Writer.TryComplete();
        await writing;
    }

    private static async Task WriteAsync(
        ChannelReader<(byte[] Bytes, int Count, long Due)> way, Socket to, CancellationToken stop)
    {
        try
        {
            await foreach (var (bytes, count, due) in way.ReadAllAsync(stop))
            {
                var left = (due - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency;
                if (left > 0.5) await Task.Delay(TimeSpan.FromMilliseconds(Math.Round(left)), stop);
                for (var sent = 0; sent < count;) sent += await to.SendAsync(bytes.AsMemory(sent, count - sent), stop);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end has gone.
        }
    }
}
