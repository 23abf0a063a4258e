using System.Globalization;

namespace Outrider.Server.Embedding;

/// <summary>
/// The layout that a cluster on one machine starts with: its founders as the options name them, and whoever was added
/// since, as the data directory and the control plane remember it. Addresses are given anew at each start.
/// </summary>
internal static class LayoutStart
{
    /// <param name="addresses">Of a node by its number, and whether it is a founder.</param>
    /// <exception cref="OptionsException">The options name other founders than this directory has.</exception>
    public static async Task<LayoutFile> ResolveAsync(
        OutriderOptions options, DataDirectory data, LayoutRegistry registry,
        Func<int, bool, (string Clients, string Links, string Http)> addresses, CancellationToken cancellation)
    {
        var founders = Founders(options, data.ClusterId());
        var known = LayoutGrowth.Merge(founders, data.ReadLayout());
        var found = await registry.ReadAsync(cancellation).ConfigureAwait(false);
        known = LayoutGrowth.Merge(known, (found as LayoutRegistry.Found.Known)?.Layout);
        var layout = known with
        {
            Founding = founders.Nodes.Count,
            Nodes = [.. known.Nodes.Select(node => Placed(node, addresses(node.Id, node.Id <= founders.Nodes.Count)))],
        };
        // Without a control plane the cluster starts with what its directory says; nothing is added meanwhile.
        if (found is LayoutRegistry.Found.Known)
            await registry.ChangeAsync(_ => (layout, ""), cancellation).ConfigureAwait(false);
        data.WriteLayout(layout);
        return layout;
    }

    private static LayoutNode Placed(LayoutNode node, (string Clients, string Links, string Http) at) =>
        node with { Clients = at.Clients, Links = at.Links, Http = at.Http };

    private static LayoutFile Founders(OutriderOptions options, ulong clusterId)
    {
        var layout = ClusterPlan.LayoutOf(options, clusterId);
        return new LayoutFile
        {
            Cluster = clusterId.ToString("x16", CultureInfo.InvariantCulture),
            Regions = layout.Regions,
            RttMs = layout.RttMs,
            EmulateRtt = true,
            Shards = options.Log.Shards,
            Replicas = options.Log.Replicas,
            Nodes = [.. layout.Nodes.Select(node => new LayoutNode(
                node.Id.Value, node.Name, layout.Regions[node.Region.Value], "", "", ""))],
        };
    }
}
