using Outrider.Log;

namespace Outrider.Client;

/// <summary>What a subscription delivers, and how far it runs ahead.</summary>
public sealed record SubscribeOptions
{
    /// <summary>First position wanted; null: from the confirmed end on.</summary>
    public Position? From { get; init; }

    /// <summary>At once, to be confirmed or revoked later; otherwise when confirmed.</summary>
    public bool Speculative { get; init; } = true;

    /// <summary>Only this key's records.</summary>
    public string? Key { get; init; }

    /// <summary>With a key: without waiting for lower positions of other keys; causality between keys is not kept.
    /// </summary>
    public bool Alone { get; init; }

    /// <summary>Judged by the server: what is not wanted is not sent.</summary>
    public RecordFilter? Filter { get; init; }

    /// <summary>The server stops delivering at so many unconfirmed records; 0: its own bounds only.</summary>
    public int MaxSpeculativeRecords { get; init; }

    /// <summary>The server stops delivering while the oldest such record waits longer than this; 0: never.</summary>
    public int MaxSpeculativeMs { get; init; }
}
