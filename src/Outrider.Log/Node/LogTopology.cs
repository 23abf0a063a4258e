using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Who could hold what, derived from the founding nodes alone: every node comes to the same answer, for all time.
/// </summary>
public sealed class LogTopology
{
    private const int OrderingMembersMax = 3;
    private readonly ShardPlace[] _shards;
    private IReadOnlyList<NodeId>[] _spares;

    public LogTopology(Layout layout, LogOptions options)
    {
        Check.That(options.Shards is >= 1 and <= LogParameters.ShardsMax);
        Check.That(options.Replicas is >= 1 and <= LogParameters.SeatsMax);
        Layout = layout;
        // Whoever came later is left out: with it every shard and seat would have another place.
        Check.That(layout.FoundingCount > 0 && layout.FoundingCount <= layout.Nodes.Count);
        var byRegion = ByRegion(layout, layout.Nodes.Take(layout.FoundingCount));
        _spares = ByRegion(layout, layout.Added);
        OrderingMembers = ChooseOrdering(byRegion);
        _shards = new ShardPlace[options.Shards];
        for (var i = 0; i < options.Shards; i++) _shards[i] = Place(layout, byRegion, new(i), options);
        SeatsPerShard = _shards.Max(shard => shard.Homes.Count);
    }

    internal static LogTopology Of(Layout layout, LogOptions options, LogBugs bugs)
    {
        var byAll = (bugs & LogBugs.PlaceByGrownLayout) != 0;
        return new(byAll ? layout with { FoundingCount = layout.Nodes.Count } : layout, options);
    }

    public Layout Layout { get; private set; }

    /// <summary>One node a region, or up to three of the only region.</summary>
    public IReadOnlyList<NodeId> OrderingMembers { get; }

    /// <summary>Key ranges of a shard.</summary>
    public int SeatsPerShard { get; }

    public ShardPlace Shard(ShardId shard) => _shards[shard.Value];

    /// <summary>Whether a node is designed to hold copies of a shard.</summary>
    public bool Holds(NodeId node, ShardId shard) => Shard(shard).Copies.Contains(node);

    /// <summary>
    /// Nodes of a shard's home region that came later: they may stand in for a founder that is away. Not all nodes know
    /// of the same ones at the same time, so nothing that all must agree on may follow from this.
    /// </summary>
    public IReadOnlyList<NodeId> SparesOf(ShardId shard) => _spares[Shard(shard).Region.Value];

    /// <summary>Nodes that may hold a copy of a sub-log, as far as is known here.</summary>
    public List<NodeId> HoldersOf(RidState rid)
    {
        var nodes = new List<NodeId>();
        foreach (var copy in rid.Origin.Copies) nodes.Add(copy.Node);
        foreach (var node in Shard(rid.Shard).Copies)
            if (!nodes.Contains(node)) nodes.Add(node);
        foreach (var node in SparesOf(rid.Shard))
            if (!nodes.Contains(node)) nodes.Add(node);
        return nodes;
    }

    /// <summary>Whether a copy on a node counts as one at home.</summary>
    public bool IsNear(NodeId node, ShardId shard) => Shard(shard).IsHome(node) || SparesOf(shard).Contains(node);

    /// <summary>Learns of nodes that were added; anything but a longer form of the same layout is ignored.</summary>
    public void Grow(Layout later)
    {
        if (!Layout.GrowsTo(later)) return;
        Layout = later;
        _spares = ByRegion(later, later.Added);
        Check.That(_spares.Length == later.Regions.Count);
    }

    /// <summary>The shard and seat of a key: a fixed hash, so that a key never moves between shards.</summary>
    public (ShardId Shard, int Seat) Home(string key)
    {
        var hash = 14695981039346656037UL;
        foreach (var ch in GroupCodec.HomeKey(key)) hash = (hash ^ ch) * 1099511628211UL;
        // The multiplication leaves the low bits poor; a shift and one more round mix them.
        hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9UL;
        hash ^= hash >> 32;
        return (new((int)(hash % (ulong)_shards.Length)), (int)((hash >> 20) % (ulong)SeatsPerShard));
    }

    /// <summary>Who orders a cluster of this layout.</summary>
    public static IReadOnlyList<NodeId> OrderingMembersOf(Layout layout) =>
        ChooseOrdering(ByRegion(layout, layout.Nodes.Take(layout.FoundingCount)));

    private static List<NodeId>[] ByRegion(Layout layout, IEnumerable<NodeInfo> nodes)
    {
        var byRegion = new List<NodeId>[layout.Regions.Count];
        for (var i = 0; i < byRegion.Length; i++) byRegion[i] = [];
        foreach (var node in nodes) byRegion[node.Region.Value].Add(node.Id);
        return byRegion;
    }

    private static NodeId[] ChooseOrdering(List<NodeId>[] byRegion)
    {
        var chosen = new List<NodeId>();
        for (var rank = 0; chosen.Count < OrderingMembersMax; rank++)
        {
            var any = false;
            for (var r = 0; r < byRegion.Length; r++)
            {
                if (byRegion[r].Count <= rank) continue;
                any = true;
                // All regions get one; a second of the same region only while there are fewer than three.
                if (rank == 0 || chosen.Count < OrderingMembersMax) chosen.Add(byRegion[r][rank]);
            }

            if (!any) break;
        }

        // An even number tolerates no more than the odd one below it and waits for one more.
        if (chosen.Count > OrderingMembersMax && chosen.Count % 2 == 0) chosen.RemoveAt(chosen.Count - 1);
        if (chosen.Count > Limits.MembersMax) chosen.RemoveRange(Limits.MembersMax, chosen.Count - Limits.MembersMax);
        chosen.Sort();
        return [.. chosen];
    }

    private static ShardPlace Place(Layout layout, List<NodeId>[] byRegion, ShardId shard, LogOptions options)
    {
        var replicas = options.Replicas;
        var filled = new List<int>();
        for (var r = 0; r < byRegion.Length; r++)
            if (byRegion[r].Count > 0) filled.Add(r);
        Check.That(filled.Count > 0);
        var home = filled[shard.Value % filled.Count];
        var turn = shard.Value / filled.Count;
        var homes = new List<NodeId>();
        for (var i = 0; i < Math.Min(replicas, byRegion[home].Count); i++)
            homes.Add(byRegion[home][(turn * replicas + i) % byRegion[home].Count]);

        if (!options.RemoteCopy) return new(shard, new(home), homes, []);
        // The nearest other region holds one copy more; a lone home node gets one in each of the two nearest.
        var others = filled.Where(r => r != home).OrderBy(r => Distance(layout, home, r)).ThenBy(r => r).ToList();
        var remotes = new List<NodeId>();
        for (var i = 0; i < others.Count && homes.Count + remotes.Count < Math.Max(3, homes.Count + 1); i++)
            remotes.Add(byRegion[others[i]][turn % byRegion[others[i]].Count]);
        return new(shard, new(home), homes, remotes);
    }

    private static double Distance(Layout layout, int from, int to) =>
        layout.RttMs.Count > from && layout.RttMs[from].Count > to ? layout.RttMs[from][to] : 0;
}

/// <summary>The nodes designed to serve a shard.</summary>
/// <param name="Region">Its home region.</param>
/// <param name="Homes">In the home region; one seat each, in this order.</param>
/// <param name="Remotes">Copies elsewhere.</param>
public sealed record ShardPlace(
    ShardId Shard, RegionId Region, IReadOnlyList<NodeId> Homes, IReadOnlyList<NodeId> Remotes)
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<NodeId> Copies { get; } = [.. Homes, .. Remotes];

    public bool IsHome(NodeId node) => Homes.Contains(node);
}
