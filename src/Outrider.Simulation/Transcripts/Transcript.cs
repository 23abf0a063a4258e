using System.Globalization;
using System.Text;
using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>One command of a transcript: a verb and name=value pairs.</summary>
internal sealed record TranscriptCommand(string Verb, IReadOnlyDictionary<string, string> Values)
{
    public static TranscriptCommand Parse(string text)
    {
        var words = text.Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in words.Skip(1))
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new FormatException($"'{word}' is not name=value");
            values[word[..at]] = word[(at + 1)..];
        }

        return new TranscriptCommand(words[0], values);
    }

    public string Text(string name, string otherwise) => Values.GetValueOrDefault(name, otherwise);

    public long Number(string name, long? otherwise = null)
    {
        if (!Values.TryGetValue(name, out var text))
            return otherwise ?? throw new FormatException($"'{Verb}' needs {name}=");
        return long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    public IReadOnlyList<string> List(string name) =>
        Values.TryGetValue(name, out var text) ? text.Split(',', StringSplitOptions.RemoveEmptyEntries) : [];

    public NodeId Node(string name = "node") => new((int)Number(name));
}

/// <summary>
/// A play in a text file: comments, commands, and after each command's <c>----</c> what it led to, up to a blank line.
/// The form is that of etcd raft's test data.
/// </summary>
internal static class Transcript
{
    private const string Rule = "----";

    /// <summary>Plays a transcript again and returns it with what the commands lead to now.</summary>
    public static string Play(string text)
    {
        var output = new StringBuilder();
        var stage = new TranscriptStage();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length;)
        {
            if (lines[i].Length == 0 || lines[i][0] == '#')
            {
                var isLast = i == lines.Length - 1;
                output.Append(lines[i++]);
                if (!isLast) output.Append('\n');
                continue;
            }

            var command = new StringBuilder();
            while (i < lines.Length && lines[i] != Rule && lines[i].Length > 0) command.Append(lines[i++]).Append('\n');
            output.Append(command).Append(Rule).Append('\n');
            if (i < lines.Length && lines[i] == Rule) i++;
            while (i < lines.Length && lines[i].Length > 0) i++;
            foreach (var line in stage.Do(TranscriptCommand.Parse(command.ToString())))
                output.Append(line).Append('\n');
        }

        return output.ToString();
    }

    /// <summary>The transcript that runs a plan again, with what it comes to.</summary>
    public static string Write(SimSystem system, ulong seed, RunPlan plan, SeedResult result)
    {
        var text = new StringBuilder();
        text.Append($"# Seed {seed} of {system.Name}");
        if (plan.Bug is not null) text.Append($" with the planted bug {plan.Bug}");
        text.Append($", made small: {result.Faults.Count} faults, {result.Operations.Count} operations.\n");
        text.Append($"replay system={system.Name} seed={seed}");
        if (plan.Bug is not null) text.Append($" bug={plan.Bug}");
        if (plan.Workload is not null) text.Append($" workload={plan.Workload}");
        if (plan.UntilMicros is { } until) text.Append($" until-micros={until}");
        if (plan.Without.Count > 0) text.Append($"\n  without={string.Join(',', plan.Without)}");
        if (plan.OnlyFaults is { } faults) AppendList(text, "faults", faults.Select(f => f.ToString()));
        if (plan.OnlyOperations is { } operations)
            AppendList(text, "operations", operations.Select(o => $"{o.Client}/{o.Number}"));
        text.Append('\n').Append(Rule).Append('\n');
        foreach (var line in Outcome(result)) text.Append(line).Append('\n');
        return text.ToString();
    }

    /// <summary>What a run came to: its faults, then the verdict.</summary>
    public static IEnumerable<string> Outcome(SeedResult result)
    {
        foreach (var fault in result.Faults) yield return $"{fault.AtMicros / 1000,8} ms {fault.Id} {fault.Text}";
        yield return result.Violation is { } violation
            ? $"{violation.Kind} [{violation.Checker}] {violation.Text}"
            : "all promises held";
    }

    private static void AppendList(StringBuilder text, string name, IEnumerable<string> items)
    {
        // Several short lists of one name are read as one: a line of a hundred faults is nobody's reading.
        var number = 0;
        foreach (var chunk in items.Chunk(6))
            text.Append($"\n  {name}{(number++ == 0 ? "" : number.ToString(CultureInfo.InvariantCulture))}=")
                .Append(string.Join(',', chunk));
        if (number == 0) text.Append($"\n  {name}=none");
    }
}
