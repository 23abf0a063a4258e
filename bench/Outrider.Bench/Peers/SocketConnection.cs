using System.Net;
using System.Net.Sockets;

namespace Outrider.Bench.Peers;

/// <summary>Plain sockets for every system that speaks a protocol of its own: the harness costs all the same.</summary>
internal abstract class SocketConnection : PeerConnection
{
    private readonly byte[] _received = new byte[64 << 10];
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> records, int count)
    {
        while (records.Length > 0) records = records[await _socket.SendAsync(records)..];
    }

    public override async ValueTask<int> AcksAsync()
    {
        while (true)
        {
            var length = await ReceiveAsync();
            if (length == 0) return 0;
            if (Count(_received.AsSpan(0, length)) is > 0 and var acks) return acks;
        }
    }

    public override ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    protected async Task ConnectAsync(EndPoint endpoint) => await _socket.ConnectAsync(endpoint);

    /// <summary>How many acknowledgements end in these bytes, which go on where the last ones ended.</summary>
    protected abstract int Count(ReadOnlySpan<byte> bytes);

    private async ValueTask<int> ReceiveAsync()
    {
        try
        {
            return await _socket.ReceiveAsync(_received.AsMemory());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
