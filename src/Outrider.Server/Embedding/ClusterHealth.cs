using Outrider.Core;
using Outrider.Log;

namespace Outrider.Server.Embedding;

/// <summary>The first line of a status: who runs, and whether the log can go on with those.</summary>
internal static class ClusterHealth
{
    /// <param name="nodes">Every node of the layout with its state as words.</param>
    /// <param name="runs">What to say when all run.</param>
    /// <param name="answers">Whether some node told the state of the log.</param>
    /// <param name="faults">Link faults in force.</param>
    public static string Sentence(
        Layout layout, IReadOnlyList<(NodeId Id, string State)> nodes, string runs, bool answers, int faults)
    {
        var down = nodes.Where(node => node.State != "running").ToList();
        var run = down.Count == 0 ? runs
            : $"{nodes.Count - down.Count} of {nodes.Count} nodes run ({Names(layout, down)})";
        return $"{run}; {Log(layout, down, answers)}{(faults > 0 ? $"; {faults} link faults in force" : "")}";
    }

    private static string Log(Layout layout, List<(NodeId Id, string State)> down, bool answers)
    {
        var members = LogTopology.OrderingMembersOf(layout);
        var missing = down.Where(node => members.Contains(node.Id)).ToList();
        // Nothing is lost by this, but nothing more is confirmed: to call it available would send people elsewhere.
        if (missing.Count * 2 >= members.Count)
            return $"the log is NOT available: {missing.Count} of the {members.Count} members of the ordering stream "
                + $"are down ({Names(layout, missing)}); next: outrider node restart "
                + NameOf(layout, missing[0].Id);
        return answers ? "the log is available" : "the log is NOT available: no node answers for it";
    }

    private static string Names(Layout layout, List<(NodeId Id, string State)> nodes) =>
        string.Join(", ", nodes.Select(node => $"{NameOf(layout, node.Id)} {node.State}"));

    private static string NameOf(Layout layout, NodeId node) => layout.Find(node)?.Name ?? node.ToString();
}
