using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// One accepted connection. Until the handshake is done it may send one small frame within a few seconds; after it,
/// frames up to the limit, read no faster than the node takes them.
/// </summary>
internal sealed class IncomingLink(TcpTransportOptions options, Socket socket, ITransportSink sink)
{
    private const int BufferBytes = 64 << 10;

    private readonly ILogger _log = options.Logs.CreateLogger("Outrider.Link");
    private readonly CancellationTokenSource _life = new();
    private readonly string _remote = socket.RemoteEndPoint?.ToString() ?? "?";

    /// <summary>Who is at the other end, once it has proved it.</summary>
    public NodeId Peer { get; private set; }

    public Incarnation Incarnation { get; private set; }

    /// <summary>Ends the connection from outside; the reason is logged by the caller.</summary>
    public void Close()
    {
        try
        {
            _life.Cancel();
            socket.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    /// <summary>Serves the connection to its end.</summary>
    /// <param name="admit">Called with the handshake; null admits, a text refuses.</param>
    public async Task RunAsync(Func<IncomingLink, Hello, string?> admit)
    {
        var reason = "";
        try
        {
            reason = await ServeAsync(admit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            reason = Peer.IsNone ? "no handshake in time" : "";
        }
        catch (Exception e) when (LinkFailures.IsExpected(e))
        {
            reason = LinkFailures.Describe(e);
        }
        finally
        {
            socket.Dispose();
            _life.Dispose();
        }

        if (reason.Length == 0) return;
        RuntimeMeters.LinksRefused.Add(1, RuntimeMeters.Node(options.Node.Name));
        RuntimeLog.LinkClosed(_log, options.Node.Name, _remote, reason);
    }

    private async Task<string> ServeAsync(Func<IncomingLink, Hello, string?> admit)
    {
        socket.NoDelay = true;
        Stream stream = new NetworkStream(socket, ownsSocket: false);
        FrameReceiver receiver;
        using (var handshake = CancellationTokenSource.CreateLinkedTokenSource(_life.Token))
        {
            handshake.CancelAfter(options.HandshakeTimeout);
            // Waits for the first byte without a buffer: an idle connection costs a socket and little else.
            await stream.ReadAsync(Memory<byte>.Empty, handshake.Token).ConfigureAwait(false);
            if (options.Tls is { } tls) stream = await tls.AcceptAsync(stream, handshake.Token).ConfigureAwait(false);
            receiver = new FrameReceiver(stream, 512);
            var first = await receiver.ReadAsync(Hello.BytesMax, handshake.Token).ConfigureAwait(false);
            if (first.Failure is not null) return first.IsEnd ? "closed before a handshake" : first.Failure;
            if (Hello.Read(first.Body) is not { } hello) return "the first frame is not a handshake";
            var refusal = Judge(hello, stream) ?? admit(this, hello);
            var writer = new WireWriter();
            HandshakeAnswer.Write(writer, refusal);
            await stream.WriteAsync(writer.WrittenMemory, handshake.Token).ConfigureAwait(false);
            if (refusal is not null) return refusal;
            Peer = hello.From;
            Incarnation = hello.Incarnation;
        }

        await using (stream.ConfigureAwait(false))
        {
            receiver.Grow(BufferBytes);
            RuntimeLog.PeerConnected(_log, options.Node.Name, options.Peers.NameOf(Peer) ?? Peer.ToString());
            return await ReceiveAsync(stream, receiver).ConfigureAwait(false);
        }
    }

    private string? Judge(Hello hello, Stream stream)
    {
        if (hello.LinkVersion != Hello.Version)
            return $"it speaks link format {hello.LinkVersion}, this node {Hello.Version}; upgrade the older "
                + "(`outrider version` on both)";
        if (hello.ClusterId != options.ClusterId)
            return $"it belongs to cluster {hello.ClusterId:x16}, this node to {options.ClusterId:x16}; compare the "
                + "configurations (`outrider config show`), one of them has a wrong address or data directory";
        if (hello.To != options.Node.Id)
            return $"it looks for node {hello.To}, this is {options.Node.Id} ({options.Node.Name}); its address list "
                + "is out of date (`outrider node ls`)";
        if (options.Peers.NameOf(hello.From) is not { } name)
            return $"node {hello.From} ({hello.FromName}) is not in the layout; admit it with `outrider node add`";
        if (!string.Equals(name, hello.FromName, StringComparison.Ordinal))
            return $"node {hello.From} is named {name} in the layout, not {hello.FromName} (`outrider node ls`)";
        if (stream is SslStream tls && !NodeTls.IsFor(tls.RemoteCertificate, name))
            return $"its certificate does not name {name}; issue one whose subject alternative name is {name}";
        return null;
    }

    private async Task<string> ReceiveAsync(Stream stream, FrameReceiver receiver)
    {
        var node = RuntimeMeters.Node(options.Node.Name);
        var peer = RuntimeMeters.Peer(options.Peers.NameOf(Peer) ?? Peer.ToString());
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(_life.Token);
        while (true)
        {
            silence.CancelAfter(options.SilenceMax + options.PingInterval);
            ReceivedFrame frame;
            try
            {
                frame = await receiver.ReadAsync(Limits.FrameBytesMax, silence.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!_life.IsCancellationRequested)
            {
                return "silent for too long";
            }

            // The clock stands while the node itself is what holds the connection up.
            silence.CancelAfter(Timeout.Infinite);
            if (frame.Failure is not null) return frame.Failure;
            if (frame.Body.Length < 1) return "an empty frame";
            RuntimeMeters.FramesReceived.Add(1, node, peer);
            RuntimeMeters.BytesReceived.Add(frame.Body.Length + Frame.HeaderBytes, node, peer);
            switch ((FrameKind)frame.Body.Span[0])
            {
                case FrameKind.Messages:
                    if (!await DeliverAsync(frame.Body).ConfigureAwait(false)) return "a malformed message";
                    break;
                case FrameKind.Ping:
                    if (!PingFrame.TryRead(frame.Body, FrameKind.Ping, out var sent)) return "a malformed ping";
                    await PongAsync(stream, sent).ConfigureAwait(false);
                    break;
                default:
                    return $"a frame of unknown kind {frame.Body.Span[0]}";
            }
        }
    }

    private async ValueTask<bool> DeliverAsync(ReadOnlyMemory<byte> body)
    {
        var messages = new List<Message>();
        if (!MessageBatch.TryRead(options.Codec, body[1..], messages, out var unknown)) return false;
        if (unknown > 0)
        {
            var name = options.Peers.NameOf(Peer) ?? Peer.ToString();
            RuntimeLog.UnknownMessages(_log, options.Node.Name, unknown, name);
        }

        sink.OnMessages(Peer, messages, body.Length, mayHelp: true);
        if (sink.IsFull) await sink.RoomAsync().WaitAsync(_life.Token).ConfigureAwait(false);
        return true;
    }

    private async Task PongAsync(Stream stream, long sentMicros)
    {
        // Pings do not wait in the queue that emulates distance; the distance is added to what they measure instead.
        if (options.Conditions.TryPass(options.Node.Id, Peer, out var backMicros)
            && options.Conditions.TryPass(Peer, options.Node.Id, out var thereMicros)
            && backMicros + thereMicros > 0)
        {
            sentMicros -= backMicros + thereMicros;
        }

        var writer = new WireWriter(32);
        PingFrame.Write(writer, FrameKind.Pong, sentMicros);
        await stream.WriteAsync(writer.WrittenMemory, _life.Token).ConfigureAwait(false);
    }
}
