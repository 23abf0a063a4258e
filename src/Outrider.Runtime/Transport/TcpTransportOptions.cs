using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>How a node's links over TCP are set up.</summary>
public sealed class TcpTransportOptions
{
    public required NodeInfo Node { get; init; }

    /// <summary>Peers of another cluster are refused.</summary>
    public required ulong ClusterId { get; init; }

    public required PeerDirectory Peers { get; init; }

    public required MessageCodec Codec { get; init; }

    /// <summary>Where to listen; port 0 takes a free one (see <see cref="TcpTransport.LocalEndPoint"/>).</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>TLS 1.3 with certificates on both ends; null speaks in the clear (loopback and tests).</summary>
    public NodeTls? Tls { get; init; }

    public LinkConditions Conditions { get; init; } = new();

    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Bytes that may wait for one peer; beyond it the oldest frames are dropped and counted.</summary>
    public long QueueBytesMax { get; init; } = 64 << 20;

    /// <summary>Bytes that may wait while there is no connection: what is old at reconnection helps nobody.</summary>
    public long DownQueueBytesMax { get; init; } = 4 << 20;

    /// <summary>From accept to a valid handshake, TLS included.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Connections that have not yet said who they are. Beyond it the oldest is closed, so that a crowd of idle ones
    /// cannot keep a peer out: a peer needs milliseconds.
    /// </summary>
    public int PendingMax { get; init; } = 4096;

    /// <summary>A ping goes out after so long without another frame.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A link that has been silent for so long is closed and dialled again.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>First pause before dialling again; doubles up to <see cref="BackOffMax"/>, with jitter.</summary>
    public TimeSpan BackOffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromSeconds(2);
}
