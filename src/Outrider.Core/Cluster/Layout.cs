namespace Outrider.Core;

/// <summary>A node as the cluster's layout lists it.</summary>
/// <param name="Id">Its number; never used again after the node's disk is lost.</param>
/// <param name="Name">What people call it: the region and a number, "eu-1".</param>
/// <param name="Region">Where it is.</param>
public sealed record NodeInfo(NodeId Id, string Name, RegionId Region);

/// <summary>Who is in the cluster and how far apart the regions are.</summary>
/// <param name="ClusterId">Told apart in handshakes and segment headers: a foreign node or file is refused.</param>
/// <param name="Regions">Names by region number.</param>
/// <param name="Nodes">Ascending by id.</param>
/// <param name="RttMs">Round trips between regions in milliseconds, [from][to]; used for placement only.</param>
public sealed record Layout(
    ulong ClusterId,
    IReadOnlyList<string> Regions,
    IReadOnlyList<NodeInfo> Nodes,
    IReadOnlyList<IReadOnlyList<double>> RttMs)
{
    public NodeInfo? Find(NodeId id)
    {
        for (var i = 0; i < Nodes.Count; i++)
            if (Nodes[i].Id == id) return Nodes[i];
        return null;
    }

    public NodeInfo? Find(string name)
    {
        for (var i = 0; i < Nodes.Count; i++)
            if (string.Equals(Nodes[i].Name, name, StringComparison.Ordinal)) return Nodes[i];
        return null;
    }
}
