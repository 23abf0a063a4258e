using System.Globalization;
using System.Text;
using System.Text.Json;
using Outrider.Bench.Report;
using Outrider.Bench.Scale;

namespace Outrider.Bench.Logs;

/// <summary>bench log: what speculation gives over the same engine without it, and over faster reports.</summary>
internal sealed class LogBench(LogBenchOptions options, TextWriter stdout, TextWriter stderr)
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly List<Table> _tables = [];

    public async Task<int> RunAsync()
    {
        await stderr.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"about {Math.Ceiling(options.EstimatedMinutes()):0} minutes on a quiet machine (--quick: fewer rounds)"));
        var before = Machine.Look();
        var paper = new PaperSuite(options, stderr);
        var detail = new DetailSuite(options, stderr);
        var scale = new ScaleSuite(stderr);
        LoadSample? steady = null;
        var sustained = double.NaN;
        if (Wants("a"))
        {
            _tables.Add(await paper.CompareAsync());
            _tables.Add(paper.NeverWorse());
        }

        if (Wants("abs"))
        {
            (var table, steady, sustained) = await detail.AbsoluteAsync();
            _tables.Add(table);
        }

        await AddAsync("c", detail.FillAsync);
        await AddAsync("d", detail.QuotaAsync);
        await AddAsync("e", detail.WindowAsync);
        await AddAsync("f", detail.JoinAsync);
        await AddAsync("g", scale.RunAsync);
        await AddAsync("h", detail.StragglerAsync);
        await AddAsync("i", detail.FailureAsync);
        await AddAsync("i", scale.FailureAsync);
        await AddAsync("j", detail.FsyncAsync);
        await AddAsync("k", detail.IdleAsync);
        await AddAsync("k", scale.IdleAsync);
        var targets = LogTargets.Judge(paper.Comparison, steady, sustained, _tables);
        var machine = (Before: before, After: Machine.Look());
        var json = Json(machine, targets);
        var text = Markdown(machine, targets);
        if (options.ResultsDirectory is { } directory)
        {
            Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Combine(directory, "log.md"), text);
            await File.WriteAllTextAsync(Path.Combine(directory, "log.json"), json + "\n");
            foreach (var (name, svg) in LogPlots.Of(paper.Comparison).Concat(LogPlots.Of(scale)))
                await File.WriteAllTextAsync(Path.Combine(directory, name), svg);
            await stderr.WriteLineAsync($"written: {Path.Combine(directory, "log.md")}");
        }

        await stdout.WriteLineAsync(options.Json ? json : text);
        return options.Targets && targets.Any(t => !t.IsMet) ? 1 : 0;
    }

    private bool Wants(string table) => options.Tables.Contains(table);

    private async Task AddAsync(string id, Func<Task<Table>> measure)
    {
        if (!Wants(id)) return;
        await stderr.WriteLineAsync($"table ({id}) ...");
        _tables.Add(await measure());
    }

    private string Markdown((Machine Before, Machine After) machine, IReadOnlyList<Target> targets)
    {
        var text = new StringBuilder("# The log\n\n");
        text.Append($"{machine.Before.Processors} x {machine.Before.Processor}; {machine.Before.System}; ")
            .Append($"{machine.Before.Runtime}.  \n")
            .Append($"Load average before {machine.Before.LoadAverage}, after {machine.After.LoadAverage}. ")
            .Append($"Runs of {options.Seconds} s after 0.3 s of warm-up unless a table says otherwise.\n\n")
            .Append("The cluster is one process; producers and consumers are another, over loopback. The time the "
                + "order takes is emulated: a delay on the links between the members of the ordering stream. "
                + "Computation is slept. *eager-tick* is Scalog in the same engine: reports and cuts by timer, no "
                + "speculation. "
                + "*eager-event* reports as soon as there is something. What lies between the two is what faster "
                + "reports give; what lies between the latter and *speculative* is what speculation gives.\n");
        if (options.Tables.Contains("a") && options.ResultsDirectory is not null)
            text.Append("\n![end to end by computation](log-e2e.svg) "
                + "![delivery by ordering delay](log-delivery.svg)\n");
        if (options.Tables.Contains("g") && options.ResultsDirectory is not null)
            text.Append("\n![delivery by shards](log-scale-delivery.svg) ![cost by shards](log-scale-cost.svg) "
                + "![ordering messages by load](log-scale-ordering.svg)\n");
        foreach (var table in _tables) text.Append(table.Markdown());
        text.Append("\n## Targets\n\n| target | figure | |\n|---|---|---|\n");
        foreach (var t in targets) text.Append($"| {t.Promise} | {t.Figure} | {(t.IsMet ? "met" : "missed")} |\n");
        return text.ToString();
    }

    private string Json((Machine Before, Machine After) machine, IReadOnlyList<Target> targets) =>
        JsonSerializer.Serialize(
            new
            {
                Benchmark = "log",
                Machine = machine.Before,
                LoadAverageAfter = machine.After.LoadAverage,
                Settings = new { options.Rounds, options.Seconds },
                Tables = _tables.Select(t => new { t.Id, t.Title, t.Note, t.Columns, t.Rows }),
                Targets = targets,
            },
            Camel);
}
