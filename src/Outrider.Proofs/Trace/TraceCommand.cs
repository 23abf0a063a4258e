using System.Text.Json;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explain;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Trace;

/// <summary><c>prove trace MODEL TRACE...</c>: exit code 1 when a trace is refused.</summary>
public static class TraceCommand
{
    internal const string Usage = "prove trace MODEL TRACE.jsonl|FOLDER... [--hidden N] [--width N] [--json]";

    private const int Named = 20;

    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        var line = new CommandLine(args, Usage, ["--hidden", "--width"], ["--json"]);
        if (line.Positional.Count < 2)
        {
            throw new UsageException("usage: " + Usage);
        }

        var protocol = ProtocolLoader.Load(line.Positional[0], new Limits(), false);
        var files = line.Positional.Skip(1).SelectMany(Traces).ToList();
        var (refused, steps) = (0, 0L);
        foreach (var file in files)
        {
            var checker = new TraceChecker(protocol, line.Number("--hidden", 2), line.Number("--width", 64, 1));
            var verdict = checker.Check(WhyCommand.ReadFile(file).Split('\n'));
            refused += verdict.Accepted ? 0 : 1;
            steps += verdict.Steps;
            // Of a thousand traces only those that say something are named.
            if (files.Count <= Named || !verdict.Accepted || line.Has("--json"))
            {
                output.WriteLine(Told(file, verdict, line.Has("--json")));
            }
        }

        if (files.Count > 1 && !line.Has("--json"))
        {
            output.WriteLine($"{files.Count - refused} of {files.Count} traces accepted, {steps} steps");
        }

        return refused == 0 ? 0 : 1;
    }

    /// <summary>A file itself, or the traces in a folder by name.</summary>
    private static IEnumerable<string> Traces(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        var found = Directory.GetFiles(path, "*.jsonl").Order(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : throw new UsageException($"{path} holds no traces (*.jsonl)");
    }

    private static string Told(string file, TraceVerdict verdict, bool json) => json
        ? JsonSerializer.Serialize(new
        {
            trace = file,
            accepted = verdict.Accepted,
            steps = verdict.Steps,
            line = verdict.Accepted ? (int?)null : verdict.Line,
            reason = verdict.Reason,
        })
        : verdict.Accepted ? $"{file}: accepted, {verdict.Steps} steps"
        : $"{file}:{verdict.Line}: refused after {verdict.Steps} steps: {verdict.Reason}";
}
