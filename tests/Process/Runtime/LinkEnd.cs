using System.Net;
using System.Threading.Channels;
using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Tests.Process;

/// <summary>One node's end of the links, without a machine: what arrives is kept for the test to look at.</summary>
internal sealed class LinkEnd : ITransportSink, IAsyncDisposable
{
    public const ulong Cluster = 0xC0FFEE;

    private readonly Channel<(NodeId From, string Text)> _arrived =
        Channel.CreateUnbounded<(NodeId, string)>();
    private volatile TaskCompletionSource? _shut;

    public LinkEnd(
        int id, PeerDirectory peers, NodeTls? tls = null, ulong cluster = Cluster, string? name = null,
        LinkConditions? conditions = null)
    {
        Node = new NodeInfo(new NodeId(id), name ?? $"eu-{id}", new RegionId(0));
        Transport = new TcpTransport(new TcpTransportOptions
        {
            Node = Node,
            ClusterId = cluster,
            Peers = peers,
            Codec = TextMessage.Codec(),
            Tls = tls,
            Conditions = conditions ?? new LinkConditions(),
            Logs = Logs,
            HandshakeTimeout = Timeout,
            PendingMax = 64,
            QueueBytesMax = 8 << 20,
        });
    }

    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(2);

    public NodeInfo Node { get; }
    public TcpTransport Transport { get; }
    public CollectedLogs Logs { get; } = new();
    public IPEndPoint Address => Transport.LocalEndPoint;

    public bool IsFull => _shut is not null;

    public Task RoomAsync() => _shut?.Task ?? Task.CompletedTask;

    public void Shut() => _shut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open()
    {
        var shut = _shut;
        _shut = null;
        shut?.SetResult();
    }

    public Task StartAsync(long incarnation = 1) => Transport.StartAsync(new Incarnation(incarnation), this);

    public void OnMessages(NodeId from, IReadOnlyList<Message> messages, int frameBytes, bool mayHelp)
    {
        foreach (var message in messages) _arrived.Writer.TryWrite((from, ((TextMessage)message).Text));
    }

    public void Send(NodeId to, params string[] texts)
    {
        var batch = new MessageBatch();
        foreach (var text in texts) batch.Add(new TextMessage(text));
        Transport.Send(to, batch.Seal());
    }

    public async Task<(NodeId From, string Text)> NextAsync() =>
        await Patience.Get(_arrived.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask());

    public int Waiting => _arrived.Reader.Count;

    /// <summary>Sends until something arrives: what is sent while a link is down may be lost.</summary>
    public async Task UntilHeardAsync(LinkEnd by, string text)
    {
        var heard = by.NextAsync();
        await Patience.Until(
            () =>
            {
                if (!heard.IsCompleted) Send(by.Node.Id, text);
                return heard.IsCompleted;
            },
            $"{by.Node.Name} hears {Node.Name}");
        Assert.Equal(text, (await heard).Text);
        await Task.Delay(20, TestContext.Current.CancellationToken);
        while (by._arrived.Reader.TryRead(out _))
        {
            // Further copies of the same text.
        }
    }

    public ValueTask DisposeAsync() => Transport.DisposeAsync();
}
