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
        string[] regions = [.. reply["regions"].Items.Select(region => region.Text)];
        var nodes = new List<NodeInfo>();
        var endpoints = new List<DnsEndPoint?>();
        foreach (var node in reply["nodes"].Items)
        {
            var region = new RegionId(node.At(2).Number32(0, regions.Length - 1));
            nodes.Add(new(new(node.At(0).Number32(1)), node.At(1).Text, region));
            var port = node.At(4).Number32(0, IPEndPoint.MaxPort);
            endpoints.Add(port == 0 || node.At(3).Text.Length == 0 ? null : new(node.At(3).Text, port));
        }

        if (nodes.Count == 0) throw new ProtocolException("a layout without nodes");
        var rtt = reply["rttMs"].Items.Select(row => (IReadOnlyList<double>)[.. row.Items.Select(Milliseconds)]);
        if (!ulong.TryParse(
                reply["cluster"].Text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var cluster))
            throw new ProtocolException("a cluster without a number");
        var layout = new Layout(cluster, regions, nodes, [.. rtt])
        {
            FoundingCount = reply["founding"].Number32(1, nodes.Count),
        };
        var options = LogOptions.Default with
        {
            Shards = reply["shards"].Number32(1, LogParameters.ShardsMax),
            Replicas = reply["replicas"].Number32(1, LogParameters.SeatsMax),
        };
        return new(layout, endpoints, options, new(reply["self"].Number32(1)));
    }

    private static double Milliseconds(RespValue cell) =>
        double.TryParse(cell.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value : throw new ProtocolException("a round trip that is no number");
}
