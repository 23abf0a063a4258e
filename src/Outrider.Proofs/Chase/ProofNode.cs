using System.Text;
using System.Text.RegularExpressions;

namespace Outrider.Proofs.Chase;

/// <summary>A statement of a proof; a group has a head that opens a block, and the statements inside.</summary>
internal sealed partial class ProofNode(string text, bool group, bool kept = false)
{
    public string Text { get; } = text;

    public bool Group { get; } = group;

    /// <summary>True for what gives the proof its form: it is never left out.</summary>
    public bool Kept { get; } = kept;

    public List<ProofNode> Inside { get; } = [];

    public IEnumerable<ProofNode> All() => Inside.SelectMany(n => n.All()).Prepend(this);

    /// <summary>The names this statement declares.</summary>
    public IEnumerable<string> Declares =>
        Declaration().Match(Text) is { Success: true } m
            ? m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)
            : [];

    /// <summary>Copies the proof without some statements, and without what uses names they declare.</summary>
    public static List<ProofNode> Without(IReadOnlyList<ProofNode> nodes, IReadOnlySet<ProofNode> dropped)
    {
        var gone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes.SelectMany(n => n.All()).Where(dropped.Contains))
        {
            gone.UnionWith(node.All().SelectMany(n => n.Declares));
        }

        while (true)
        {
            var before = gone.Count;
            var copy = Copy(nodes, dropped, gone);
            if (gone.Count == before)
            {
                return copy;
            }
        }
    }

    private static List<ProofNode> Copy(
        IReadOnlyList<ProofNode> nodes, IReadOnlySet<ProofNode> dropped, HashSet<string> gone)
    {
        var copies = new List<ProofNode>();
        foreach (var node in nodes)
        {
            if (dropped.Contains(node) || Words().Matches(node.Text).Any(w => gone.Contains(w.Value)))
            {
                gone.UnionWith(node.All().SelectMany(n => n.Declares));
                continue;
            }

            var copy = new ProofNode(node.Text, node.Group, node.Kept);
            copy.Inside.AddRange(Copy(node.Inside, dropped, gone));
            // A block that says nothing proves nothing.
            if (!node.Group || node.Kept || copy.Inside.Count > 0)
            {
                copies.Add(copy);
            }
        }

        return copies;
    }

    public static string Render(IEnumerable<ProofNode> nodes, string indent)
    {
        var text = new StringBuilder();
        foreach (var node in nodes)
        {
            text.Append(indent).Append(node.Text.Replace("\n", "\n" + indent, StringComparison.Ordinal));
            if (node.Group)
            {
                text.Append('\n').Append(indent).Append("{\n").Append(Render(node.Inside, indent + "  "))
                    .Append(indent).Append('}');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    public static int CountLines(IEnumerable<ProofNode> nodes) =>
        Render(nodes, "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    [GeneratedRegex(@"^var ([A-Za-z0-9_', ]+?) :")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_']*")]
    private static partial Regex Words();
}
