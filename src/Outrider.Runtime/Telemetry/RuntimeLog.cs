using Microsoft.Extensions.Logging;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>Every log line of this layer, generated: no formatting when the level is off.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(1, LogLevel.Information,
        "node {Node} started: incarnation {Incarnation}, {Groups} groups, {Ending}")]
    public static partial void Started(ILogger log, string node, long incarnation, int groups, string ending);

    [LoggerMessage(2, LogLevel.Information, "node {Node} stopped: {How}")]
    public static partial void Stopped(ILogger log, string node, string how);

    [LoggerMessage(3, LogLevel.Critical,
        "node {Node} broke an invariant and has stopped itself. This is a bug: keep the data directory, and report " +
        "the lines below. The other nodes go on. Restart the node to go on with it.")]
    public static partial void Broken(ILogger log, string node, Exception error);

    [LoggerMessage(4, LogLevel.Error,
        "node {Node}: the disk refused a {Call} ({Outcome}). The node promises nothing any more and goes on " +
        "answering reads. Free space or replace the disk, then restart the node.")]
    public static partial void DiskFailed(ILogger log, string node, string call, DiskOutcome outcome);

    [LoggerMessage(5, LogLevel.Error, "node {Node}: a subscriber's callback failed; its subscription is cancelled")]
    public static partial void PushFailed(ILogger log, string node, Exception error);

    [LoggerMessage(10, LogLevel.Information, "{Node} listens for nodes on {EndPoint} ({Security})")]
    public static partial void Listening(ILogger log, string node, string endPoint, string security);

    [LoggerMessage(11, LogLevel.Information, "{Node}: link to {Peer} is up ({EndPoint})")]
    public static partial void LinkUp(ILogger log, string node, string peer, string endPoint);

    [LoggerMessage(12, LogLevel.Warning, "{Node}: link to {Peer} is down: {Reason}; next try in {BackOffMs} ms")]
    public static partial void LinkDown(ILogger log, string node, string peer, string reason, long backOffMs);

    [LoggerMessage(13, LogLevel.Warning, "{Node}: closed the connection of {Remote}: {Reason}")]
    public static partial void LinkClosed(ILogger log, string node, string remote, string reason);

    [LoggerMessage(14, LogLevel.Information, "{Node}: {Peer} is connected")]
    public static partial void PeerConnected(ILogger log, string node, string peer);

    [LoggerMessage(15, LogLevel.Warning,
        "{Node}: {Count} messages of {Peer} have an unknown tag: is it a newer release?")]
    public static partial void UnknownMessages(ILogger log, string node, int count, string peer);

    [LoggerMessage(20, LogLevel.Information, "certificates read again from {Directory}")]
    public static partial void CertificatesReloaded(ILogger log, string directory);

    [LoggerMessage(21, LogLevel.Error, "certificates in {Directory} cannot be used, the earlier ones stay: {Reason}")]
    public static partial void CertificatesBad(ILogger log, string directory, string reason);

    [LoggerMessage(30, LogLevel.Warning, "control plane: {What}")]
    public static partial void Control(ILogger log, string what);
}
