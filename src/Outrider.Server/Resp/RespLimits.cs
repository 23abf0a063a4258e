using Outrider.Core;

namespace Outrider.Server.Resp;

/// <summary>What one connection of a client may cost. Judged before anything is allocated.</summary>
public static class RespLimits
{
    /// <summary>A length line such as <c>*12</c> or <c>$1048576</c>: sign and digits of a 64-bit number.</summary>
    public const int HeaderLineBytesMax = 24;

    /// <summary>An inline command, typed by hand into a raw connection.</summary>
    public const int InlineBytesMax = 16 << 10;

    /// <summary>One argument: the largest payload.</summary>
    public const int ArgumentBytesMax = Limits.RecordBytesMax;

    /// <summary>Arguments of one command: a full batch with a few headers each.</summary>
    public const int ArgumentsMax = 16 * Limits.BatchRecordsMax;

    /// <summary>One command: a batch of the largest size an entry may have.</summary>
    public const int CommandBytesMax = Limits.EntryBytesMax;

    /// <summary>Before a client has authenticated it may not make the server hold more than this.</summary>
    public const int UnauthenticatedBytesMax = 4 << 10;

    /// <summary>Appends of one connection that wait for confirmation; further commands wait in the socket.</summary>
    public const int InFlightMax = 1024;

    /// <summary>Bytes of those appends together.</summary>
    public const int InFlightBytesMax = 16 << 20;

    /// <summary>Bytes waiting for a slow client: past the first figure it is read no more, past the second
    /// closed.</summary>
    public const int OutputPauseBytes = 1 << 20;

    /// <inheritdoc cref="OutputPauseBytes"/>
    public const int OutputCloseBytes = 32 << 20;

    /// <summary>Bytes of records that one read command returns at most.</summary>
    public const int ReadBytesMax = 8 << 20;

    /// <summary>Records that one read command returns when it gives no count.</summary>
    public const int ReadRecordsMax = 100_000;

    /// <summary>Subscriptions of one connection.</summary>
    public const int SubscriptionsMax = 64;
}
