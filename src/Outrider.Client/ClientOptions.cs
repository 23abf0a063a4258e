using System.Net.Security;
using Outrider.Core;

namespace Outrider.Client;

/// <summary>How a client behaves. All times are bounds, not delays.</summary>
public sealed record ClientOptions
{
    /// <summary>Shown in the server's list of clients.</summary>
    public string Name { get; init; } = "";

    public string User { get; init; } = "default";

    /// <summary>Null: the server asks for none.</summary>
    public string? Password { get; init; }

    /// <summary>Null: the connection is not encrypted, which only loopback is meant for.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After this a call gives up; an append whose fate is not known then is <c>Unknown</c>.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>First pause before a retry; it doubles up to a second.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Commands for one node that may be outstanding.</summary>
    public int InFlightMax { get; init; } = 512;

    /// <summary>Asks the first node for the layout and talks to the node that is home to a key.</summary>
    public bool RouteToHome { get; init; } = true;

    /// <summary>Names this client for duplicate detection; drawn at random when none.</summary>
    public ProducerId Producer { get; init; } = ProducerId.None;
}

/// <summary>How one append is to be done.</summary>
/// <param name="Durability">What the acknowledgement means.</param>
/// <param name="ExpectedTail">Refuse unless the key's last record has this position; -1: unless it has none.</param>
/// <param name="Deadline">Overrides the client's.</param>
/// <param name="Producer">With a sequence: names the batch over restarts of the process. Null: the
/// client's own.</param>
/// <param name="Sequence">The batch's number with that producer; the same one again is the same batch.</param>
public sealed record AppendOptions(
    Durability Durability = Durability.FsyncQuorum, long? ExpectedTail = null, TimeSpan? Deadline = null,
    ProducerId? Producer = null, long? Sequence = null)
{
    public static AppendOptions Default { get; } = new();
}
