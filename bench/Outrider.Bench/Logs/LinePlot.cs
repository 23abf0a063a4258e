using System.Globalization;
using System.Text;

namespace Outrider.Bench.Logs;

/// <summary>One line of a plot.</summary>
internal sealed record Line(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A plot of a few lines as SVG, readable on light and dark pages.</summary>
internal static class LinePlot
{
    private const int Width = 640;
    private const int Height = 380;
    private const int Left = 64;
    private const int Right = 24;
    private const int Top = 44;
    private const int Bottom = 52;
    private static readonly string[] Colours = ["#2563eb", "#d97706", "#059669", "#9333ea"];

    public static string Draw(string title, string xName, string yName, IReadOnlyList<Line> lines)
    {
        var points = lines.SelectMany(l => l.Points).Where(p => !double.IsNaN(p.Y)).ToList();
        var xMax = Math.Max(points.Select(p => p.X).DefaultIfEmpty(1).Max(), 1e-9);
        var yStep = Step(Math.Max(points.Select(p => p.Y).DefaultIfEmpty(1).Max(), 1e-9));
        var yMax = Math.Ceiling(points.Select(p => p.Y).DefaultIfEmpty(1).Max() / yStep) * yStep;
        var svg = new StringBuilder();
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" ")
            .Append(Inv($"viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" "))
            .Append("font-family=\"sans-serif\" font-size=\"12\">")
            .Append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>")
            .Append(Inv($"<text x=\"{Left}\" y=\"22\" font-size=\"14\" font-weight=\"bold\">{title}</text>"));
        for (var y = 0.0; y <= yMax + (yStep / 2); y += yStep)
            svg.Append(Inv($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):0.0}\" y2=\"{Y(y):0.0}\" "))
                .Append("stroke=\"#e5e7eb\"/>")
                .Append(Inv($"<text x=\"{Left - 8}\" y=\"{Y(y) + 4:0.0}\" text-anchor=\"end\">{y:0.###}</text>"));
        var xStep = Step(xMax);
        for (var x = 0.0; x <= xMax + 1e-9; x += xStep)
            Text(X(x), Height - Bottom + 18, Inv($"{x:0.###}"));
        Text((Left + Width - Right) / 2.0, Height - 14, xName);
        svg.Append(Inv($"<text x=\"14\" y=\"{Top - 8}\">{yName}</text>"));
        for (var i = 0; i < lines.Count; i++) Add(lines[i], i);
        return svg.Append("</svg>\n").ToString();

        void Text(double x, double y, string words) =>
            svg.Append(Inv($"<text x=\"{x:0.0}\" y=\"{y:0.0}\" text-anchor=\"middle\">{words}</text>"));

        void Add(Line line, int number)
        {
            var colour = Colours[number % Colours.Length];
            var known = line.Points.Where(p => !double.IsNaN(p.Y)).ToList();
            svg.Append("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"").Append(colour).Append("\" points=\"")
                .AppendJoin(' ', known.Select(p => Inv($"{X(p.X):0.0},{Y(p.Y):0.0}"))).Append("\"/>");
            foreach (var p in known)
                svg.Append(Inv($"<circle cx=\"{X(p.X):0.0}\" cy=\"{Y(p.Y):0.0}\" r=\"3\" fill=\"{colour}\"/>"));
            var at = Left + 12 + (number * 130);
            svg.Append(Inv($"<rect x=\"{at}\" y=\"{Top - 14}\" width=\"12\" height=\"4\" fill=\"{colour}\"/>"))
                .Append(Inv($"<text x=\"{at + 18}\" y=\"{Top - 8}\">{line.Name}</text>"));
        }

        double X(double x) => Left + (x / xMax * (Width - Left - Right));
        double Y(double y) => Height - Bottom - (y / yMax * (Height - Top - Bottom));
    }

    /// <summary>A round distance between ticks: about five of them.</summary>
    private static double Step(double max)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(max / 5)));
        foreach (var factor in (double[])[1, 2, 5])
            if (max / (factor * power) <= 6) return factor * power;
        return 10 * power;
    }

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
