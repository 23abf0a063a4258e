using System.Globalization;
using System.Text;

namespace Outrider.Bench.Logs;

/// <summary>One table of a report: the same for people and for programs.</summary>
internal sealed record Table(string Id, string Title, string Note, IReadOnlyList<string> Columns)
{
    public List<IReadOnlyList<object>> Rows { get; } = [];

    public void Add(params object[] cells)
    {
        if (cells.Length != Columns.Count)
            throw new ArgumentException($"{cells.Length} cells for {Columns.Count} columns of table {Id}");
        Rows.Add(cells);
    }

    public string Markdown()
    {
        var text = new StringBuilder($"\n## ({Id}) {Title}\n\n{Note}\n\n");
        text.Append("| ").AppendJoin(" | ", Columns).Append(" |\n|");
        foreach (var _ in Columns) text.Append("---|");
        text.Append('\n');
        foreach (var row in Rows) text.Append("| ").AppendJoin(" | ", row.Select(Show)).Append(" |\n");
        return text.ToString();
    }

    private static string Show(object cell) => cell switch
    {
        double.NaN => "-",
        double number when Math.Abs(number) >= 1000 => number.ToString("N0", CultureInfo.InvariantCulture),
        double number => number.ToString("0.00", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}
