using System.Globalization;
using System.Net;
using System.Text;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Explain;

/// <summary>One page on a protocol: what was looked at, what holds, and pictures of the runs that show it.</summary>
public static class HtmlReport
{
    private const string Style = """
        body{font:15px/1.5 system-ui,Helvetica,Arial,sans-serif;color:#0f172a}
        body{max-width:1100px;margin:2em auto;padding:0 1em}
        h1{font-size:1.6em;margin-bottom:.2em} h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #e2e8f0}
        table{border-collapse:collapse} td,th{padding:.25em .8em .25em 0;text-align:left;vertical-align:top}
        th{font-weight:600;color:#475569} td.n{text-align:right;font-variant-numeric:tabular-nums}
        .ok{color:#166534}.bad{color:#991b1b}.open{color:#92400e} .figure{overflow-x:auto;border:1px solid #e2e8f0}
        .figure svg{max-width:100%;height:auto}
        pre{background:#f8fafc;padding:.8em;overflow-x:auto;font-size:13px} code{font-size:13px}
        """;

    /// <summary>
    /// Writes the page. Rows of the proof come from the prover; give none when nothing was proved yet.
    /// </summary>
    public static string Write(
        string name, Protocol protocol, Findings findings, IReadOnlyList<(string Lemma, string Outcome)> proof)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang='en'><meta charset='utf-8'>")
            .Append(CultureInfo.InvariantCulture, $"<title>{E(name)}</title><style>{Style}</style>")
            .Append(CultureInfo.InvariantCulture, $"<h1>{E(name)}</h1>").Append(Summary(findings));
        Section(page, "Looked at", Table(
            ["hosts", "states", "steps", "longest run", "complete", "interchangeable"],
            findings.Searches.Select(s => new[]
            {
                s.Sizes, N(s.States), N(s.Transitions), N(s.Depth), s.Exhausted ? "yes" : "no",
                string.Join(", ", s.Symmetries),
            })));
        Section(page, "Held against every state", Table(
            ["predicate", "result"],
            findings.Checked.Select(c => new[]
            {
                c, findings.Violation?.Predicate == c ? "<span class=bad>fails</span>" : "<span class=ok>holds</span>",
            })));
        if (proof.Count > 0)
        {
            Section(page, "Proof", Table(["lemma", "outcome"], proof.Select(p => new[] { E(p.Lemma), E(p.Outcome) })));
        }

        if (findings.Violation is { } v)
        {
            var chain = new Why(protocol, v.Run).ExplainViolation(v.Predicate);
            Section(page, $"Shortest run that breaks {E(v.Predicate)}", Figure(protocol, v.Run, chain, v.Predicate)
                + $"<pre>{E(RunText.Of(v.Run))}</pre>");
        }

        foreach (var (goal, run) in findings.Goals)
        {
            if (run != null)
            {
                Section(page, $"Reached: {E(goal)}", Figure(protocol, run, null, null));
            }
        }

        return page.Append("</html>\n").ToString();
    }

    private static string Summary(Findings f) => f.Violation != null
        ? $"<p class=bad>Refuted: {E(f.Violation.Predicate)} fails after {f.Violation.Run.Length} steps "
            + $"({E(f.Violation.Sizes)}).</p>"
        : $"<p class=ok>No run that breaks it among {N(f.States)} states.</p>"
            + (f.GoalsMissed.Any()
                ? $"<p class=open>Not reached: {E(string.Join(", ", f.GoalsMissed))}.</p>" : "");

    private static string Figure(Protocol protocol, Run run, CausalChain? chain, string? broken) =>
        "<div class=figure>" + RunDiagram.Draw(
            protocol, run, chain?.Steps ?? new SortedSet<int>(), broken == null ? null : broken + " fails") + "</div>";

    private static void Section(StringBuilder page, string title, string body) =>
        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>{body}\n");

    private static string Table(string[] head, IEnumerable<string[]> rows) =>
        "<table><tr>" + string.Concat(head.Select(h => $"<th>{h}</th>")) + "</tr>"
        + string.Concat(rows.Select(r => "<tr>" + string.Concat(r.Select(c => $"<td>{c}</td>")) + "</tr>"))
        + "</table>";

    private static string N(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    private static string E(string text) => WebUtility.HtmlEncode(text);
}
