using System.Globalization;
using Outrider.Core;

namespace Outrider.Server.Embedding;

/// <summary>How a layout grows: at its end, by one node, under a number that nobody had.</summary>
internal static class LayoutGrowth
{
    private const int NumberDigitsMax = 4;

    /// <summary>Null when the cluster could have a node of that name; otherwise what is wrong with it.</summary>
    public static string? Problem(LayoutFile layout, string name)
    {
        var dash = name.LastIndexOf('-');
        var regions = string.Join(", ", layout.Regions);
        if (dash <= 0 || !IsNumber(name[(dash + 1)..]))
            return $"'{name}' is no name for a node: a region, a dash and a number, as in {Example(layout, name)}; "
                + $"the regions are {regions}";
        if (!layout.Regions.Contains(name[..dash], StringComparer.Ordinal))
            return $"no region '{name[..dash]}': the regions are {regions}; next: outrider node add "
                + Example(layout, name);
        if (layout.Nodes.Any(node => node.Name == name))
            return $"{name} is in the layout already; next: outrider node ls";
        return layout.Nodes.Count < Limits.NodesMax ? null
            : $"the layout has {layout.Nodes.Count} nodes, removed ones among them, and can hold no more: bring one "
                + "back instead (`outrider node ls`, `outrider node add NAME`)";
    }

    /// <summary>The layout with one node more; the name must be fit for it.</summary>
    public static LayoutFile With(LayoutFile layout, string name, Func<int, (string Clients, string Links, string Http)>
        addresses)
    {
        Check.That(Problem(layout, name) is null);
        var id = layout.Nodes[^1].Id + 1;
        var at = addresses(id);
        var region = name[..name.LastIndexOf('-')];
        return layout with
        {
            Founding = layout.Founding ?? layout.Nodes.Count,
            Nodes = [.. layout.Nodes, new(id, name, region, at.Clients, at.Links, at.Http)],
        };
    }

    /// <summary>
    /// The longer of two layouts of one cluster; where both list a node, the address of the first counts, for that is
    /// the nearer source.
    /// </summary>
    /// <exception cref="OptionsException">They are not of one cluster, or founded by different nodes.</exception>
    public static LayoutFile Merge(LayoutFile near, LayoutFile? far)
    {
        if (far is null) return near;
        if (near.Cluster != far.Cluster)
            throw new OptionsException($"the layout is of cluster {near.Cluster}, the control plane of {far.Cluster}");
        if (!Founders(near).SequenceEqual(Founders(far)))
            throw new OptionsException("this cluster was founded with " + string.Join(", ", Founders(far).Select(
                node => node.Name)) + ", not with " + string.Join(", ", Founders(near).Select(node => node.Name))
                + ": start it with the same --regions and --nodes-per-region, and then `outrider node add NAME`");
        var common = Math.Min(near.Nodes.Count, far.Nodes.Count);
        if (!Places(near).Take(common).SequenceEqual(Places(far).Take(common)))
            throw new OptionsException("the layout and the control plane differ in the nodes that were added; start "
                + "from the layout that the control plane holds");
        return near with
        {
            Founding = far.Founding ?? far.Nodes.Count,
            Nodes = [.. near.Nodes, .. far.Nodes.Skip(common)],
        };
    }

    private static IEnumerable<(int Id, string Name, string Region)> Founders(LayoutFile layout) =>
        Places(layout).Take(layout.Founding ?? layout.Nodes.Count);

    private static IEnumerable<(int Id, string Name, string Region)> Places(LayoutFile layout) =>
        layout.Nodes.Select(node => (node.Id, node.Name, node.Region));

    private static bool IsNumber(string text) =>
        text.Length is > 0 and <= NumberDigitsMax && text.All(char.IsAsciiDigit) && text[0] != '0';

    /// <summary>A name that could be typed instead.</summary>
    private static string Example(LayoutFile layout, string name)
    {
        var region = layout.Regions.FirstOrDefault(one => name.StartsWith(one, StringComparison.Ordinal))
            ?? layout.Regions[0];
        var last = layout.Nodes.Where(node => node.Region == region).Select(NumberOf).DefaultIfEmpty().Max();
        return $"{region}-{last + 1}";
    }

    private static int NumberOf(LayoutNode node) => int.TryParse(
        node.Name[(node.Name.LastIndexOf('-') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture,
        out var number) ? number : 0;
}
