using System.Globalization;
using System.Net;
using System.Text;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Explain;

/// <summary>
/// A run as a space-time diagram in SVG: a lane for each host, time downwards, one row a step, an arrow for each
/// message that was received. Steps and messages of a causal chain stand out, the rest is drawn in grey.
/// </summary>
public sealed class RunDiagram
{
    private const int Lane = 150;
    private const int Head = 78;
    private const int Line = 15;
    private const int MaxText = 62;
    private const string Accent = "#c2410c";
    private const string Quiet = "#94a3b8";
    private const string Ink = "#0f172a";

    private readonly Run run;
    private readonly IReadOnlySet<int> chain;
    private readonly string? verdict;
    private readonly List<(string Group, int Index)> lanes = [];
    private readonly int[] rows;
    private readonly bool[] leftward;
    private int gutter = 46;
    private readonly StringBuilder svg = new();

    private RunDiagram(Run run, IReadOnlySet<int> chain, string? verdict)
    {
        this.run = run;
        this.chain = chain;
        this.verdict = verdict;
        rows = new int[run.Length + 2];
        leftward = new bool[run.Length + 2];
    }

    /// <summary>
    /// Draws a run; with an empty chain every step counts. The verdict is written below the last row.
    /// </summary>
    public static string Draw(Protocol protocol, Run run, IReadOnlySet<int> chain, string? verdict) =>
        new RunDiagram(run, chain, verdict).Draw(protocol);

    private string Draw(Protocol protocol)
    {
        foreach (var group in protocol.Groups)
        {
            var count = ((SeqValue)run.States[0].Hosts.Field(group.Field)!).Items.Count;
            lanes.AddRange(Enumerable.Range(0, count).Select(i => (group.Field, i)));
        }

        var right = Sides();
        var y = Head + 24;
        for (var k = 1; k <= run.Length; k++)
        {
            rows[k] = y;
            y += Math.Max(34, (Lines(k).Count * Line) + 14);
        }

        var bottom = y + 4;
        var height = bottom + (verdict == null ? 14 : 48);
        var width = Math.Max(X(lanes.Count - 1) + (Lane / 2), right) + 16;
        Open(width, height);
        Lanes(bottom);
        for (var k = 1; k <= run.Length; k++)
        {
            Arrow(k);
        }

        for (var k = 1; k <= run.Length; k++)
        {
            Step(k);
        }

        if (verdict != null)
        {
            Add($"<rect x='12' y='{bottom + 8}' width='{width - 24}' height='26' rx='5' fill='#fee2e2'/>");
            Text(24, bottom + 26, verdict, "#991b1b", 13, "600");
        }

        svg.Append("</svg>\n");
        return svg.ToString();
    }

    // A label stands on the side away from its step's arrows. Answers how far to the right labels reach.
    private int Sides()
    {
        var overhang = 0;
        for (var k = 1; k <= run.Length; k++)
        {
            var peers = Peers(k);
            leftward[k] = peers.Count > 0 && peers.TrueForAll(p => p > LaneOf(k));
            if (leftward[k])
            {
                overhang = Math.Max(overhang, Width(k) + 20 - X(LaneOf(k)) + 40);
            }
        }

        gutter += Math.Max(0, overhang);
        var right = 0;
        for (var k = 1; k <= run.Length; k++)
        {
            right = leftward[k] ? right : Math.Max(right, X(LaneOf(k)) + 13 + Width(k));
        }

        return right;
    }

    private int Width(int step) => Lines(step).Max(l => l.Text.Length * (l.Kind == 't' ? 8 : 7));

    private List<int> Peers(int step)
    {
        var peers = new List<int>();
        for (var k = 1; k <= run.Length; k++)
        {
            if (k != step && SenderOf(Math.Max(k, step)) == Math.Min(k, step))
            {
                peers.Add(LaneOf(k));
            }
        }

        return peers;
    }

    private int? SenderOf(int step)
    {
        var message = run.Steps[step - 1].Received;
        for (var k = step - 1; message != null && k >= 1; k--)
        {
            if (message.Equals(run.Steps[k - 1].Sent))
            {
                return k;
            }
        }

        return null;
    }

    private void Open(int width, int height)
    {
        Add($"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' "
            + $"height='{height}' font-family='DejaVu Sans, Helvetica, Arial, sans-serif'>");
        Add($"<rect width='{width}' height='{height}' fill='#ffffff'/>");
        foreach (var (id, colour) in new[] { ("tip", Accent), ("grey", Quiet) })
        {
            Add($"<defs><marker id='{id}' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' markerHeight='7' "
                + $"orient='auto-start-reverse'><path d='M0 1 L10 5 L0 9 z' fill='{colour}'/></marker></defs>");
        }
    }

    private void Lanes(int bottom)
    {
        for (var i = 0; i < lanes.Count; i++)
        {
            var x = X(i);
            Add($"<line x1='{x}' y1='{Head}' x2='{x}' y2='{bottom}' stroke='#cbd5e1' stroke-width='2'/>");
            Add($"<rect x='{x - 66}' y='14' width='132' height='{Head - 22}' rx='7' fill='#f1f5f9' stroke='#cbd5e1'/>");
            Text(x, 36, $"{lanes[i].Group}[{lanes[i].Index}]", Ink, 13, "600", "middle");
            var constants = run.States[0].Constants.Field(lanes[i].Group) is SeqValue all
                && lanes[i].Index < all.Items.Count ? Short(Inside(all.Items[lanes[i].Index]), 20) : "";
            Text(x, 55, constants, "#64748b", 11, "400", "middle");
        }
    }

    private void Arrow(int step)
    {
        if (SenderOf(step) is not { } k)
        {
            return;
        }

        var hot = Hot(k) && Hot(step);
        var (x1, y1, x2, y2) = (X(LaneOf(k)), rows[k], X(LaneOf(step)), rows[step]);
        var path = x1 == x2
            ? $"M{x1} {y1} C{x1 - 46} {y1 + 10} {x1 - 46} {y2 - 10} {x2 - 7} {y2}"
            : $"M{x1} {y1} L{(x2 > x1 ? x2 - 7 : x2 + 7)} {y2}";
        Add($"<path d='{path}' fill='none' stroke='{(hot ? Accent : Quiet)}' "
            + $"stroke-width='{(hot ? "1.8" : "1.2")}' marker-end='url(#{(hot ? "tip" : "grey")})'/>");
    }

    private void Step(int step)
    {
        var hot = Hot(step);
        var (x, y) = (X(LaneOf(step)), rows[step]);
        Text(14, y + 4, step.ToString(CultureInfo.InvariantCulture), hot ? Ink : Quiet, 12, hot ? "600" : "400");
        Add($"<circle cx='{x}' cy='{y}' r='6' fill='{(hot ? Accent : "#ffffff")}' "
            + $"stroke='{(hot ? Accent : Quiet)}' stroke-width='2'/>");
        var at = y + 4;
        foreach (var (text, kind) in Lines(step))
        {
            var colour = !hot ? Quiet : kind == 'm' ? "#1d4ed8" : kind == 'c' ? "#475569" : Ink;
            Text(
                leftward[step] ? x - 13 : x + 13, at, text, colour, kind == 't' ? 12 : 11,
                kind == 't' && hot ? "600" : "400", leftward[step] ? "end" : "start");
            at += Line;
        }
    }

    private List<(string Text, char Kind)> Lines(int step)
    {
        var label = run.Steps[step - 1];
        var lines = new List<(string, char)> { (label.Transition, 't') };
        if (label.Received != null)
        {
            lines.Add((Short($"in {label.Received}", MaxText), 'm'));
        }

        if (label.Sent != null)
        {
            lines.Add((Short($"out {label.Sent}", MaxText), 'm'));
        }

        foreach (var change in RunText.Changes(run, step))
        {
            lines.Add((Short(change.Replace("->", "→", StringComparison.Ordinal), MaxText), 'c'));
        }

        return lines;
    }

    private bool Hot(int step) => chain.Count == 0 || chain.Contains(step);

    private int LaneOf(int step) =>
        lanes.IndexOf((run.Steps[step - 1].Group, run.Steps[step - 1].Actor));

    private int X(int lane) => gutter + (lane * Lane) + (Lane / 2);

    private static string Inside(Value constants) => constants is CtorValue c
        ? string.Join(", ", c.Shape.Fields.Zip(c.Args)
            .Where(p => p.First != "id").Select(p => $"{p.First} {p.Second}"))
        : "";

    private static string Short(string text, int max) => text.Length <= max ? text : text[..(max - 1)] + "…";

    private void Text(
        int x, int y, string text, string colour, int size, string weight, string anchor = "start") =>
        Add($"<text x='{x}' y='{y}' font-size='{size}' font-weight='{weight}' text-anchor='{anchor}' fill='{colour}' "
            + $"stroke='#ffffff' stroke-width='3' paint-order='stroke'>{WebUtility.HtmlEncode(text)}</text>");

    private void Add(string element) => svg.Append(element).Append('\n');
}
