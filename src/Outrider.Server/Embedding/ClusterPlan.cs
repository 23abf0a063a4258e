using System.Security.Cryptography;
using Outrider.Core;

namespace Outrider.Server.Embedding;

/// <summary>Turns options into a layout: nodes are numbered region by region and named after theirs.</summary>
public static class ClusterPlan
{
    public static Layout LayoutOf(OutriderOptions options, ulong clusterId)
    {
        var nodes = new List<NodeInfo>();
        for (var region = 0; region < options.Regions.Count; region++)
            for (var i = 1; i <= options.NodesPerRegion; i++)
                nodes.Add(new(new(nodes.Count + 1), $"{options.Regions[region]}-{i}", new(region)));
        var rtt = new double[options.Regions.Count][];
        for (var a = 0; a < rtt.Length; a++)
        {
            rtt[a] = new double[rtt.Length];
            for (var b = 0; b < rtt.Length; b++) rtt[a][b] = Between(options, options.Regions[a], options.Regions[b]);
        }

        return new(clusterId, options.Regions, nodes, rtt);
    }

    public static ulong DrawClusterId() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    private static double Between(OutriderOptions options, string a, string b)
    {
        foreach (var rtt in options.Rtt)
            if ((rtt.A == a && rtt.B == b) || (rtt.A == b && rtt.B == a)) return rtt.Ms;
        return 0;
    }
}
