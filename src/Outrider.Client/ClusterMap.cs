using System.Globalization;
using System.Net;
using Outrider.Client.Wire;
using Outrider.Core;

namespace Outrider.Client;

/// <summary>The cluster as a client needs it: who is where, how to reach them, who is home to a key.</summary>
public sealed class ClusterMap
{
    private ClusterMap(Layout layout, IReadOnlyList<DnsEndPoint?> endpoints, NodeId self) =>
        (Layout, Endpoints, Self) = (layout, endpoints, self);

    public Layout Layout { get; }

    /// <summary>Where each node's clients connect, by the order of the layout's nodes; null: not known.</summary>
    public IReadOnlyList<DnsEndPoint?> Endpoints { get; }

    /// <summary>The node that told.</summary>
    public NodeId Self { get; }

    /// <summary>The nodes to prefer for a key: the one that told is as good as any.</summary>
    public IReadOnlyList<NodeId> Homes(string key) => key.Length > 0 ? [Self] : [];

    public DnsEndPoint? EndpointOf(NodeId node)
    {
        for (var i = 0; i < Layout.Nodes.Count; i++)
            if (Layout.Nodes[i].Id == node) return Endpoints[i];
        return null;
    }

    internal static ClusterMap Read(RespValue reply)
    {
        var nodes = new List<NodeInfo>();
        var endpoints = new List<DnsEndPoint?>();
        foreach (var node in reply["nodes"].Items)
        {
            var parts = node.Items;
            nodes.Add(new(new((int)parts[0].Integer), parts[1].Text, new((int)parts[2].Integer)));
            endpoints.Add(parts[4].Integer == 0 ? null : new(parts[3].Text, (int)parts[4].Integer));
        }

        var rtt = reply["rttMs"].Items.Select(row => (IReadOnlyList<double>)
            [.. row.Items.Select(cell => double.Parse(cell.Text, CultureInfo.InvariantCulture))]);
        var cluster = ulong.Parse(reply["cluster"].Text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var layout = new Layout(cluster, [.. reply["regions"].Items.Select(region => region.Text)], nodes, [.. rtt]);
        return new(layout, endpoints, new((int)reply["self"].Integer));
    }
}
