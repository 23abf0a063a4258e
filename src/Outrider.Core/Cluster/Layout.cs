namespace Outrider.Core;

/// <summary>A node as the cluster's layout lists it.</summary>
/// <param name="Id">Its number; never used again after the node's disk is lost.</param>
/// <param name="Name">What people call it: the region and a number, "eu-1".</param>
/// <param name="Region">Where it is.</param>
public sealed record NodeInfo(NodeId Id, string Name, RegionId Region);

/// <summary>Who is in the cluster and how far apart the regions are.</summary>
/// <param name="ClusterId">Told apart in handshakes and segment headers: a foreign node or file is refused.</param>
/// <param name="Regions">Names by region number.</param>
/// <param name="Nodes">Ascending by id; it grows at the end only, and nobody ever leaves it.</param>
/// <param name="RttMs">Round trips between regions in milliseconds, [from][to]; used for placement only.</param>
public sealed record Layout(
    ulong ClusterId,
    IReadOnlyList<string> Regions,
    IReadOnlyList<NodeInfo> Nodes,
    IReadOnlyList<IReadOnlyList<double>> RttMs)
{
    /// <summary>
    /// So many of the first nodes made the cluster. Placement is derived from them alone, for all time: whoever comes
    /// later moves no shard and no seat.
    /// </summary>
    public int FoundingCount { get; init; } = Nodes.Count;

    /// <summary>The nodes that came later.</summary>
    public IEnumerable<NodeInfo> Added => Nodes.Skip(FoundingCount);

    /// <summary>Whether <paramref name="later"/> is this layout with nodes added at its end, or none.</summary>
    public bool GrowsTo(Layout later) =>
        later.ClusterId == ClusterId && later.FoundingCount == FoundingCount && later.Nodes.Count >= Nodes.Count
        && later.Regions.SequenceEqual(Regions) && later.Nodes.Take(Nodes.Count).SequenceEqual(Nodes);

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
