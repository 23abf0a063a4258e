using System.Text.Json;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Explain;

/// <summary>
/// A run as a file. It holds labels and texts only; loading steps through the protocol again and so proves that the
/// run is one of this protocol's.
/// </summary>
public static class RunFile
{
    private sealed record Document(string Format, int[] Sizes, string Initial, StepLine[] Steps);

    private sealed record StepLine(string Label, string Hosts);

    private const string Format = "outrider.run/1";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Write(Protocol protocol, Run run)
    {
        var sizes = protocol.Groups.Select((_, i) => protocol.Size(run.States[0], i)).ToArray();
        var steps = run.Steps.Select((s, i) => new StepLine(s.ToString(), run.States[i + 1].Hosts.ToString()));
        return JsonSerializer.Serialize(new Document(Format, sizes, Text(run.States[0]), [.. steps]), Json);
    }

    /// <exception cref="UsageException">The text is no run, or the protocol does not take one of its steps.</exception>
    public static Run Read(Protocol protocol, string text)
    {
        Document document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(text, Json) is { Format: Format } read
                ? read
                : throw new UsageException("the file is no recorded run; 'prove explore DIR --run FILE' writes one");
        }
        catch (JsonException e)
        {
            throw new UsageException($"the file is no recorded run: {e.Message}");
        }

        var states = new List<State>();
        var labels = new List<StepLabel>();
        states.Add(protocol.Initial(document.Sizes).FirstOrDefault(s => Text(s) == document.Initial)
            ?? throw new UsageException("the protocol has no such initial state; was it changed since the run?"));
        foreach (var line in document.Steps)
        {
            var taken = protocol.Successors(states[^1]).FirstOrDefault(
                t => t.Label.ToString() == line.Label && t.Next.Hosts.ToString() == line.Hosts)
                ?? throw new UsageException(
                    $"the protocol does not take step {labels.Count + 1} of the run: {line.Label}");
            states.Add(taken.Next);
            labels.Add(taken.Label);
        }

        return new Run(states, labels);
    }

    private static string Text(State s) => $"{s.Constants} {s.Hosts}";
}
