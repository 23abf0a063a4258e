using Outrider.Core;

namespace Outrider.Log;

/// <summary>One reader of the log at this node: what it has been sent, and how much more it wants.</summary>
internal sealed class Subscription(RequestId request, LogSubscribe ask)
{
    public RequestId Request { get; } = request;
    public LogSubscribe Ask { get; } = ask;

    /// <summary>The next position to send; unset until the log is known here as far as that.</summary>
    public Position? Next { get; set; }

    /// <summary>The sub-log that it was last ahead in; none: rid -1.</summary>
    public Rid AheadIn { get; set; } = new(-1);

    /// <summary>What it has been told is final.</summary>
    public Position ToldConfirmed { get; set; }

    /// <summary>When it was told last, if it is told at intervals only.</summary>
    public long ToldMicros { get; set; } = long.MinValue / 2;

    public long Credits { get; set; } = ask.Credits;

    /// <summary>Positions of records sent as speculative and neither confirmed nor revoked since, ascending.</summary>
    public Deque<Position> Unconfirmed { get; } = new();

    /// <summary>Reading older positions from copies.</summary>
    public bool Reading { get; set; }

    /// <summary>Last position and time of each push of records that are not confirmed.</summary>
    public Deque<(Position Last, long Micros)> Pushes { get; } = new();

    public bool Wants(LogRecord record)
    {
        if (Ask.Key is not null && Ask.Key != record.Key) return false;
        // Streams that hold consumer groups are the server's own.
        if (Ask.Key is null && GroupCodec.IsGroupStream(record.Key)) return false;
        return Ask.Filter?.Takes(record) ?? true;
    }

    /// <summary>How many more records it may be sent before some are confirmed.</summary>
    public int RoomAhead(long nowMicros)
    {
        if (!Ask.Speculative) return int.MaxValue;
        if (Ask.SpeculativeMaxMs > 0 && Pushes.Count > 0
            && nowMicros - Pushes[Pushes.First].Micros > Ask.SpeculativeMaxMs * 1000L) return 0;
        return Ask.SpeculativeMax > 0 ? Math.Max(0, Ask.SpeculativeMax - Unconfirmed.Count) : int.MaxValue;
    }
}
