using Microsoft.Extensions.Logging;

namespace Outrider.Server;

/// <summary>Every line that the front doors log.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(100, LogLevel.Warning, "cannot accept clients for the moment")]
    public static partial void AcceptFailed(ILogger log, Exception failure);

    [LoggerMessage(101, LogLevel.Debug, "client {Address} is gone: {Reason}")]
    public static partial void ClientLost(ILogger log, string address, string reason);

    [LoggerMessage(102, LogLevel.Error, "a session failed ({Address}); its connection is closed")]
    public static partial void SessionFailed(ILogger log, string address, Exception bug);
}
