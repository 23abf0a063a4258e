using Outrider.Core;

namespace Outrider.Log;

/// <summary>One reader of the log at this node: what it has been sent, and how much more it wants.</summary>
internal sealed class Subscription(RequestId request, LogSubscribe ask)
{
    public RequestId Request { get; } = request;
    public LogSubscribe Ask { get; } = ask;

    /// <summary>The next position to send; unset until the log is known here as far as that.</summary>
    public Position? Next { get; set; }

    /// <summary>What it has been told is final.</summary>
    public Position ToldConfirmed { get; set; }

    /// <summary>When it was told last, if it is told at intervals only.</summary>
    public long ToldMicros { get; set; } = long.MinValue / 2;

    public long Credits { get; set; } = ask.Credits;

    /// <summary>Positions of records sent as speculative and neither confirmed nor revoked since, ascending.</summary>
    public Deque<Position> Unconfirmed { get; } = new();

    /// <summary>Reading older positions from copies.</summary>
    public bool Reading { get; set; }

    public bool Wants(LogRecord record) => Ask.Key is null || Ask.Key == record.Key;
}
