using System.Text.Json;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explain;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Trace;

/// <summary><c>prove trace MODEL TRACE...</c>: exit code 1 when a trace is refused.</summary>
public static class TraceCommand
{
    private const string Usage = "prove trace MODEL TRACE.jsonl... [--hidden N] [--width N] [--json]";

    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        var line = new CommandLine(args, Usage, ["--hidden", "--width"], ["--json"]);
        if (line.Positional.Count < 2)
        {
            throw new UsageException("usage: " + Usage);
        }

        var protocol = ProtocolLoader.Load(line.Positional[0], new Limits(), false);
        var refused = 0;
        foreach (var file in line.Positional.Skip(1))
        {
            var checker = new TraceChecker(protocol, line.Number("--hidden", 2), line.Number("--width", 64, 1));
            var verdict = checker.Check(WhyCommand.ReadFile(file).Split('\n'));
            refused += verdict.Accepted ? 0 : 1;
            output.WriteLine(line.Has("--json")
                ? JsonSerializer.Serialize(new
                {
                    trace = file,
                    accepted = verdict.Accepted,
                    steps = verdict.Steps,
                    line = verdict.Accepted ? (int?)null : verdict.Line,
                    reason = verdict.Reason,
                })
                : verdict.Accepted ? $"{file}: accepted, {verdict.Steps} steps"
                : $"{file}:{verdict.Line}: refused after {verdict.Steps} steps: {verdict.Reason}");
        }

        return refused == 0 ? 0 : 1;
    }
}
