using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// The link to one peer: dials, introduces itself, sends what is queued, and dials again when the connection ends. A
/// frame that finds nothing before it is written by its sender: the kernel takes it without a wait nearly always.
/// Nothing but pongs comes back on it; the peer's own messages come on the peer's own link.
/// </summary>
internal sealed class OutgoingLink
{
    private const int SendBufferBytes = 64 << 10;

    private readonly TcpTransportOptions _options;
    private readonly NodeId _peer;
    private readonly Incarnation _incarnation;
    private readonly LinkQueue _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _log;
    private readonly KeyValuePair<string, object?> _node;
    private readonly KeyValuePair<string, object?> _label;
    private readonly byte[] _buffer = new byte[SendBufferBytes];
    private readonly byte[] _direct = new byte[SendBufferBytes];
    private readonly Task _running;
    private volatile bool _up;
    private volatile Connection? _connection;
    private long _heardMicros;
    private long _rttMicros = -1;

    public OutgoingLink(TcpTransportOptions options, NodeId peer, Incarnation incarnation)
    {
        _options = options;
        _peer = peer;
        _incarnation = incarnation;
        _queue = new LinkQueue(options.QueueBytesMax);
        _log = options.Logs.CreateLogger("Outrider.Link");
        _node = RuntimeMeters.Node(options.Node.Name);
        _label = RuntimeMeters.Peer(options.Peers.NameOf(peer) ?? peer.ToString());
        _running = Task.Run(RunAsync);
    }

    public bool IsUp => _up;

    /// <summary>The last measured round trip in microseconds; negative before the first.</summary>
    public long RttMicros => Volatile.Read(ref _rttMicros);

    public void Send(ReadOnlySpan<byte> frame)
    {
        if (!_options.Conditions.TryPass(_options.Node.Id, _peer, out var delayMicros))
        {
            Dropped(1, "partition");
            return;
        }

        if (delayMicros == 0 && TryWriteNow(frame)) return;
        if (!_up && _queue.Bytes > _options.DownQueueBytesMax) Dropped(_queue.Drop(), "down");
        var dropped = _queue.Add(frame, delayMicros);
        if (dropped > 0) Dropped(dropped, "full");
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _queue.Close();
        await _running.ConfigureAwait(false);
    }

    public void Abort()
    {
        _queue.Close();
        _stop.Cancel();
    }

    private void Dropped(int count, string reason) =>
        RuntimeMeters.FramesDropped.Add(count, _node, _label, RuntimeMeters.Reason(reason));

    /// <summary>Begins to write a frame on the calling thread; false if something is before it.</summary>
    private bool TryWriteNow(ReadOnlySpan<byte> frame)
    {
        if (_connection is not { } connection || frame.Length > _direct.Length) return false;
        if (!_queue.TryBeginWrite()) return false;
        // The sender uses its buffer again at once, and the kernel may not take all of this now.
        frame.CopyTo(_direct);
        var length = frame.Length;
        try
        {
            var write = connection.Stream.WriteAsync(_direct.AsMemory(0, length), connection.Life);
            if (!write.IsCompletedSuccessfully)
            {
                _ = FinishAsync(write.AsTask(), connection);
                return true;
            }
        }
        catch (Exception e) when (e is OperationCanceledException || LinkFailures.IsExpected(e))
        {
            connection.End();
        }

        _queue.EndWrite();
        RuntimeMeters.BytesSent.Add(length, _node, _label);
        RuntimeMeters.FramesSent.Add(1, _node, _label);
        return true;
    }

    private async Task FinishAsync(Task write, Connection connection)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException || LinkFailures.IsExpected(e))
        {
            connection.End();
        }

        _queue.EndWrite();
        RuntimeMeters.FramesSent.Add(1, _node, _label);
    }

    private async Task RunAsync()
    {
        var backOff = _options.BackOffMin;
        while (!_stop.IsCancellationRequested)
        {
            var reason = "no address is known yet";
            if (_options.Peers.AddressOf(_peer) is { } address)
            {
                var upSince = MonotonicClock.NowMicros;
                reason = await ConnectAndSendAsync(address).ConfigureAwait(false);
                _up = false;
                // A connection that held for a while was a good one: begin again with short pauses.
                if (MonotonicClock.NowMicros - upSince > 5_000_000) backOff = _options.BackOffMin;
            }

            if (_stop.IsCancellationRequested) return;
            var pause = backOff * (0.5 + Random.Shared.NextDouble());
            if (backOff >= _options.BackOffMax || reason.Length > 0)
                RuntimeLog.LinkDown(_log, _options.Node.Name, Name, reason, (long)pause.TotalMilliseconds);
            backOff = backOff * 2 < _options.BackOffMax ? backOff * 2 : _options.BackOffMax;
            try
            {
                await Task.Delay(pause, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private string Name => _options.Peers.NameOf(_peer) ?? _peer.ToString();

    /// <summary>One connection from dial to end; answers why it ended.</summary>
    private async Task<string> ConnectAndSendAsync(EndPoint address)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var life = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            Stream stream;
            FrameReceiver receiver;
            using (var dial = CancellationTokenSource.CreateLinkedTokenSource(life.Token))
            {
                dial.CancelAfter(_options.HandshakeTimeout);
                await socket.ConnectAsync(address, dial.Token).ConfigureAwait(false);
                stream = new NetworkStream(socket, ownsSocket: false);
                if (_options.Tls is { } tls)
                    stream = await tls.ConnectAsync(stream, Name, dial.Token).ConfigureAwait(false);
                receiver = new FrameReceiver(stream, 512);
                if (await IntroduceAsync(stream, receiver, dial.Token).ConfigureAwait(false) is { } refusal)
                    return refusal;
            }

            await using (stream.ConfigureAwait(false))
            {
                _up = true;
                _connection = new Connection(stream, life);
                Volatile.Write(ref _heardMicros, MonotonicClock.NowMicros);
                RuntimeLog.LinkUp(_log, _options.Node.Name, Name, address.ToString() ?? "");
                var listening = ListenAsync(receiver, life);
                var reason = await SendAsync(stream, life.Token).ConfigureAwait(false);
                _connection = null;
                await life.CancelAsync().ConfigureAwait(false);
                var heard = await listening.ConfigureAwait(false);
                return heard.Length > 0 ? heard : reason;
            }
        }
        catch (OperationCanceledException)
        {
            return _stop.IsCancellationRequested ? "stopped" : $"no answer of {address} in time";
        }
        catch (Exception e) when (LinkFailures.IsExpected(e))
        {
            return LinkFailures.Describe(e);
        }
    }

    private async Task<string?> IntroduceAsync(Stream stream, FrameReceiver receiver, CancellationToken cancellation)
    {
        var writer = new WireWriter();
        var me = _options.Node;
        new Hello(Hello.Version, _options.ClusterId, me.Id, me.Name, _peer, _incarnation).Write(writer);
        await stream.WriteAsync(writer.WrittenMemory, cancellation).ConfigureAwait(false);
        var frame = await receiver.ReadAsync(Hello.BytesMax, cancellation).ConfigureAwait(false);
        if (frame.Failure is not null)
            return frame.IsEnd ? "the peer closed the connection before an answer" : frame.Failure;
        if (!HandshakeAnswer.TryRead(frame.Body, out var refusal)) return "the peer's answer is not a handshake";
        return refusal is null ? null : $"the peer refused this node: {refusal}";
    }

    private async Task<string> SendAsync(Stream stream, CancellationToken cancellation)
    {
        var frames = new List<QueuedFrame>();
        try
        {
            // A busy link is asked too: that it takes bytes does not say that anybody reads them.
            for (var pinged = MonotonicClock.NowMicros; ;)
            {
                if (_queue.TryTake(frames, SendBufferBytes))
                    await WriteAsync(stream, frames, cancellation).ConfigureAwait(false);
                else
                    await _queue.WaitAsync(_options.PingInterval, cancellation).ConfigureAwait(false);
                var now = MonotonicClock.NowMicros;
                if (now - pinged < _options.PingInterval.TotalMicroseconds) continue;
                if (now - Volatile.Read(ref _heardMicros) > _options.SilenceMax.TotalMicroseconds)
                    return $"silent for {_options.SilenceMax.TotalSeconds:0} s";
                pinged = now;
                // Whoever is writing for so long is stuck: the silence will tell.
                if (!_queue.TryBeginWrite(evenIfFramesWait: true)) continue;
                try
                {
                    await PingAsync(stream, now, cancellation).ConfigureAwait(false);
                }
                finally
                {
                    _queue.EndWrite();
                }
            }
        }
        catch (OperationCanceledException)
        {
            return "";
        }
        catch (Exception e) when (LinkFailures.IsExpected(e))
        {
            return LinkFailures.Describe(e);
        }
        finally
        {
            foreach (var frame in frames) ArrayPool<byte>.Shared.Return(frame.Bytes);
            if (frames.Count > 0) _queue.EndWrite();
        }
    }

    private async Task WriteAsync(Stream stream, List<QueuedFrame> frames, CancellationToken cancellation)
    {
        var filled = 0;
        foreach (var frame in frames)
        {
            // Small frames share a system call (and a TLS record); a large one goes as it is.
            if (filled + frame.Length > SendBufferBytes && filled > 0)
            {
                await stream.WriteAsync(_buffer.AsMemory(0, filled), cancellation).ConfigureAwait(false);
                filled = 0;
            }

            if (frame.Length > SendBufferBytes)
            {
                await stream.WriteAsync(frame.Bytes.AsMemory(0, frame.Length), cancellation).ConfigureAwait(false);
            }
            else
            {
                Buffer.BlockCopy(frame.Bytes, 0, _buffer, filled, frame.Length);
                filled += frame.Length;
            }

            RuntimeMeters.BytesSent.Add(frame.Length, _node, _label);
        }

        if (filled > 0) await stream.WriteAsync(_buffer.AsMemory(0, filled), cancellation).ConfigureAwait(false);
        RuntimeMeters.FramesSent.Add(frames.Count, _node, _label);
        foreach (var frame in frames) ArrayPool<byte>.Shared.Return(frame.Bytes);
        frames.Clear();
        _queue.EndWrite();
    }

    private async Task PingAsync(Stream stream, long nowMicros, CancellationToken cancellation)
    {
        var writer = new WireWriter(32);
        PingFrame.Write(writer, FrameKind.Ping, nowMicros);
        await stream.WriteAsync(writer.WrittenMemory, cancellation).ConfigureAwait(false);
    }

    private async Task<string> ListenAsync(FrameReceiver receiver, CancellationTokenSource life)
    {
        try
        {
            while (true)
            {
                var frame = await receiver.ReadAsync(PingFrame.BytesMax, life.Token).ConfigureAwait(false);
                if (frame.Failure is not null) return frame.IsEnd ? "the peer closed the connection" : frame.Failure;
                if (!PingFrame.TryRead(frame.Body, FrameKind.Pong, out var sentMicros)) return "not a pong";
                var now = MonotonicClock.NowMicros;
                Volatile.Write(ref _heardMicros, now);
                Volatile.Write(ref _rttMicros, now - sentMicros);
                RuntimeMeters.LinkRttSeconds.Record((now - sentMicros) / 1e6, _node, _label);
            }
        }
        catch (OperationCanceledException)
        {
            return "";
        }
        catch (Exception e) when (LinkFailures.IsExpected(e))
        {
            return LinkFailures.Describe(e);
        }
        finally
        {
            // The other direction would notice only at its next write.
            await life.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What a sender needs of a connection that is up.</summary>
    private sealed class Connection(Stream stream, CancellationTokenSource life)
    {
        public Stream Stream => stream;

        public CancellationToken Life { get; } = life.Token;

        public void End()
        {
            try
            {
                life.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself meanwhile.
            }
        }
    }
}
