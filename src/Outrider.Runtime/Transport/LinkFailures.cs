using System.Net.Sockets;
using System.Security.Authentication;

namespace Outrider.Runtime;

/// <summary>Which exceptions a network may cause; anything else is a bug and is let through.</summary>
internal static class LinkFailures
{
    public static bool IsExpected(Exception e) =>
        e is IOException or SocketException or AuthenticationException or ObjectDisposedException
            or InvalidOperationException { Source: "System.Net.Security" };

    public static string Describe(Exception e) => e switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "nobody listens there",
        AuthenticationException => $"TLS: {e.InnerException?.Message ?? e.Message}",
        IOException { InnerException: SocketException inner } => inner.Message,
        _ => e.Message,
    };
}
