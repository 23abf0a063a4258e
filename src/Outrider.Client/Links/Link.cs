using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Outrider.Client.Wire;

namespace Outrider.Client.Links;

/// <summary>
/// One connection to one node: commands go out as they come, replies are matched by order. When it breaks, everything
/// outstanding fails with <see cref="LinkLostException"/> and the link is of no more use.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly PipeReader _input;
    private readonly Channel<ReadOnlyMemory<byte>> _output = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(
        new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<TaskCompletionSource<RespValue>> _waiting = new();
    private readonly Func<RespValue, ValueTask>? _onPush;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;
    private LinkLostException? _lost;

    private Link(DnsEndPoint endpoint, Stream stream, Func<RespValue, ValueTask>? onPush)
    {
        (Endpoint, _stream, _onPush) = (endpoint, stream, onPush);
        _input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 32 << 10, leaveOpen: true));
        _running = Task.WhenAll(ReceiveAsync(), TransmitAsync());
    }

    public DnsEndPoint Endpoint { get; }

    public bool IsLost => Volatile.Read(ref _lost) is not null;

    /// <summary>Completes when the link is lost or closed.</summary>
    public Task Ended => _running;

    /// <summary>Connects, chooses protocol 3 and authenticates.</summary>
    /// <exception cref="LinkLostException">The node cannot be reached or turned the client away.</exception>
    public static async Task<Link> OpenAsync(
        DnsEndPoint endpoint, ClientOptions options, Func<RespValue, ValueTask>? onPush, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(options.ConnectTimeout);
            await socket.ConnectAsync(endpoint, limit.Token).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (options.Tls is { } tls) stream = await EncryptAsync(stream, endpoint, tls,
                limit.Token).ConfigureAwait(false);
            var link = new Link(endpoint, stream, onPush);
            await link.GreetAsync(options, limit.Token).ConfigureAwait(false);
            return link;
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new LinkLostException($"cannot connect to {endpoint.Host}:{endpoint.Port}: {failure.Message}",
                failure);
        }
    }

    /// <summary>Sends a command; the task brings its reply. Giving up waiting does not take the command back.</summary>
    public Task<RespValue> SendAsync(ReadOnlyMemory<byte> command)
    {
        var waiter = new TaskCompletionSource<RespValue>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lost is not null) return Task.FromException<RespValue>(_lost);
            _waiting.Enqueue(waiter);
            // Under the lock, so that commands leave in the order in which their replies are awaited.
            _output.Writer.TryWrite(command);
        }

        return waiter.Task;
    }

    public async ValueTask DisposeAsync()
    {
        Lose("the client closed it", null);
        await _running.ConfigureAwait(false);
        _closing.Dispose();
    }

    private static async Task<Stream> EncryptAsync(
        Stream stream, DnsEndPoint endpoint, SslClientAuthenticationOptions tls, CancellationToken cancellation)
    {
        var encrypted = new SslStream(stream);
        tls.TargetHost ??= endpoint.Host;
        await encrypted.AuthenticateAsClientAsync(tls, cancellation).ConfigureAwait(false);
        return encrypted;
    }

    private async Task GreetAsync(ClientOptions options, CancellationToken cancellation)
    {
        var hello = new CommandWriter().Word("HELLO").Word("3");
        if (options.Password is { } password) hello.Word("AUTH").Word(options.User).Word(password);
        if (options.Name.Length > 0) hello.Word("SETNAME").Word(options.Name);
        var reply = await SendAsync(hello.Finish()).WaitAsync(cancellation).ConfigureAwait(false);
        if (!reply.IsError) return;
        await DisposeAsync().ConfigureAwait(false);
        throw new LinkLostException($"{Endpoint.Host}:{Endpoint.Port} refused the connection: {reply.Text}", null);
    }

    private async Task TransmitAsync()
    {
        try
        {
            var reader = _output.Reader;
            var batch = new System.Buffers.ArrayBufferWriter<byte>(16 << 10);
            while (await reader.WaitToReadAsync(_closing.Token).ConfigureAwait(false))
            {
                // Many small commands in one write: a pipelining caller pays for the system call once.
                while (batch.WrittenCount < 64 << 10 && reader.TryRead(out var command))
                    System.Buffers.BuffersExtensions.Write(batch, command.Span);
                await _stream.WriteAsync(batch.WrittenMemory, _closing.Token).ConfigureAwait(false);
                batch.ResetWrittenCount();
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Lose(failure.Message, failure);
        }
    }

    private async Task ReceiveAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var replies = new ReplyReader();
        try
        {
            while (true)
            {
                var read = await _input.ReadAsync(_closing.Token).ConfigureAwait(false);
                var buffer = read.Buffer;
                while (replies.Read(ref buffer) is { } value)
                {
                    if (value.Kind != RespKind.Push) Deliver(value);
                    else if (_onPush is not null) await _onPush(value).ConfigureAwait(false);
                }

                _input.AdvanceTo(buffer.Start, buffer.End);
                if (!read.IsCompleted) continue;
                Lose("the node closed the connection", null);
                return;
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException
            or ObjectDisposedException or ProtocolException or ChannelClosedException)
        {
            Lose(failure.Message, failure);
        }
    }

    private void Deliver(RespValue reply)
    {
        TaskCompletionSource<RespValue>? waiter;
        lock (_lock) _waiting.TryDequeue(out waiter);
        if (waiter is null) throw new ProtocolException("a reply that nobody asked for");
        waiter.TrySetResult(reply);
    }

    private void Lose(string reason, Exception? cause)
    {
        List<TaskCompletionSource<RespValue>> orphans;
        lock (_lock)
        {
            if (_lost is not null) return;
            _lost = new LinkLostException($"lost {Endpoint.Host}:{Endpoint.Port}: {reason}", cause);
            orphans = [.. _waiting];
            _waiting.Clear();
        }

        _closing.Cancel();
        _output.Writer.TryComplete();
        _stream.Dispose();
        foreach (var orphan in orphans) orphan.TrySetException(_lost);
    }
}

/// <summary>A connection broke or could not be made; what was outstanding on it has an unknown outcome.</summary>
public sealed class LinkLostException(string message, Exception? cause) : IOException(message, cause);
