using System.Net;
using System.Net.Sockets;

namespace Outrider.Server.Embedding;

/// <summary>Which ports the nodes of one machine listen on.</summary>
internal static class PortPlan
{
    /// <summary>Consecutive ports from <paramref name="first"/>, or free ones when it is 0.</summary>
    public static int[] Of(IPAddress address, int count, int first)
    {
        if (first != 0) return [.. Enumerable.Range(first, count)];
        // All are held until the last is known, so that none is given twice.
        var held = new List<TcpListener>();
        for (var i = 0; i < count; i++) held.Add(Listen(address, 0));
        var ports = held.Select(PortOf).ToArray();
        foreach (var listener in held) listener.Dispose();
        return ports;
    }

    /// <summary>
    /// For a node that nobody had planned for: <paramref name="wanted"/>, or any other if that is taken.
    /// </summary>
    public static int Near(IPAddress address, int wanted)
    {
        if (wanted is > 0 and <= IPEndPoint.MaxPort)
        {
            try
            {
                using var free = Listen(address, wanted);
                return wanted;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }

        using var any = Listen(address, 0);
        return PortOf(any);
    }

    private static TcpListener Listen(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
