using System.Globalization;
using System.Net;
using Outrider.Client.Wire;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client;

/// <summary>The cluster as a client needs it: who is where, how to reach them, who is home to a key.</summary>
public sealed class ClusterMap
{
    private readonly LogTopology _topology;

    private ClusterMap(Layout layout, IReadOnlyList<DnsEndPoint?> endpoints, LogOptions options, NodeId self)
    {
        (Layout, Endpoints, Self) = (layout, endpoints, self);
        _topology = new LogTopology(layout, options);
    }

    public Layout Layout { get; }

    /// <summary>Where each node's clients connect, by the order of the layout's nodes; null: not known.</summary>
    public IReadOnlyList<DnsEndPoint?> Endpoints { get; }

    /// <summary>The node that told.</summary>
    public NodeId Self { get; }

    /// <summary>The nodes that may be home to a key, the designed one first.</summary>
    public IReadOnlyList<NodeId> Homes(string key)
    {
        var (shard, seat) = _topology.Home(key);
        var homes = _topology.Shard(shard).Homes;
        var ordered = new List<NodeId>(homes.Count);
        for (var i = 0; i < homes.Count; i++) ordered.Add(homes[(seat + i) % homes.Count]);
        return ordered;
    }

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
        var options = LogOptions.Default with
        {
            Shards = (int)reply["shards"].Integer,
            Replicas = (int)reply["replicas"].Integer,
        };
        return new(layout, endpoints, options, new((int)reply["self"].Integer));
    }
}
