using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client;

/// <summary>What a subscriber is told, in order.</summary>
public abstract record LogEvent
{
    private LogEvent() { }

    /// <summary>Records in order of position. Speculative ones may be revoked until a watermark covers them.</summary>
    public sealed record Records(IReadOnlyList<Record> Items, Certainty Certainty) : LogEvent;

    /// <summary>Everything below <paramref name="UpTo"/> is final.</summary>
    public sealed record Confirmed(Position UpTo) : LogEvent;

    /// <summary>
    /// The listed records, delivered as speculative, never happened; all are at or after <paramref name="From"/>.
    /// </summary>
    public sealed record Revoked(Position From, IReadOnlyList<Position> Positions) : LogEvent;

    /// <summary>
    /// The connection was made anew. Forget what was delivered at or after <paramref name="To"/>: it comes again, as
    /// it stands now. Nothing of it was said to be wrong; nothing of it was said to be final either.
    /// </summary>
    public sealed record Rewound(Position To, string Reason) : LogEvent;
}
