namespace Outrider.Simulation;

/// <summary>The replay command of a transcript: a seed with what it is told to leave out.</summary>
internal static class ReplayPlan
{
    public static (SimSystem System, ulong Seed, RunPlan Plan) Of(TranscriptCommand command, Action<string>? tracer)
    {
        var name = command.Text("system", "replication");
        var system = SimCommand.Systems.FirstOrDefault(s => s.Name == name) ??
            throw new FormatException($"there is no system '{name}'");
        var plan = new RunPlan
        {
            Bug = command.Values.GetValueOrDefault("bug"),
            Workload = command.Values.GetValueOrDefault("workload"),
            UntilMicros = command.Values.ContainsKey("until-micros") ? command.Number("until-micros") : null,
            Without = [.. command.List("without")],
            OnlyFaults = Chunks(command, "faults") is { } faults ? [.. faults.Select(ParseFault)] : null,
            OnlyOperations = Chunks(command, "operations") is { } operations
                ? [.. operations.Select(ParseOperation)]
                : null,
            Tracer = tracer,
        };
        return (system, (ulong)command.Number("seed"), plan);
    }

    /// <summary>The first replay command of a file; null if it has none.</summary>
    public static TranscriptCommand? Find(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').ToList();
        var start = lines.FindIndex(line => line.StartsWith("replay ", StringComparison.Ordinal));
        if (start < 0) return null;
        var command = lines.Skip(start).TakeWhile(line => line.Length > 0 && line[0] != '-');
        return TranscriptCommand.Parse(string.Join('\n', command));
    }

    private static List<string>? Chunks(TranscriptCommand command, string name)
    {
        if (!command.Values.ContainsKey(name)) return null;
        var items = command.List(name).ToList();
        for (var number = 2; command.Values.ContainsKey(name + number); number++)
            items.AddRange(command.List(name + number));
        items.Remove("none");
        return items;
    }

    private static FaultId ParseFault(string text) =>
        FaultId.TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a fault");

    private static (int Client, int Number) ParseOperation(string text)
    {
        var parts = text.Split('/');
        return (int.Parse(parts[0], null), int.Parse(parts[1], null));
    }
}
