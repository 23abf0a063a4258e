using System.Net;
using System.Net.Sockets;

namespace Outrider.Bench;

internal static class Ports
{
    /// <summary>Free ports on loopback, all different; somebody else may take one before it is used.</summary>
    public static IPEndPoint[] Free(int count)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                sockets.Add(socket);
            }

            return [.. sockets.Select(s => (IPEndPoint)s.LocalEndPoint!)];
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }
}
