using System.Text.Json;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Trace;

/// <summary>What came of a trace: accepted, or refused at a line for a reason.</summary>
public sealed record TraceVerdict(bool Accepted, int Steps, int Line, string? Reason);

/// <summary>
/// Replays a trace through its model. Unknowns leave several states possible; all are carried along, and the trace is
/// refused at the first line after which none is left.
/// </summary>
public sealed class TraceChecker(Protocol protocol, int hidden = 2, int width = 64)
{
    private const int LongestText = 300;
    private readonly MemberText? safety = protocol.Obligations().FirstOrDefault(o => o.Name == "Safety");
    private readonly SortedSet<string> doubts = new(StringComparer.Ordinal);

    /// <exception cref="UsageException">A line is no line of a trace, or names what the model does not
    /// have.</exception>
    public TraceVerdict Check(IEnumerable<string> lines)
    {
        IReadOnlyList<State>? states = null;
        var number = 0;
        var steps = 0;
        foreach (var text in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            if (states == null)
            {
                states = Start(number, text);
                continue;
            }

            doubts.Clear();
            var line = TraceLine.Parse(number, text);
            var group = protocol.FindGroup(line.Kind) ?? throw new UsageException(
                $"line {number}: no host group '{line.Kind}'; there are "
                + string.Join(", ", protocol.Groups.Select(g => g.Field)));
            var next = Advance(states, group, line);
            if (next.Count == 0)
            {
                return new TraceVerdict(false, steps, number, Explain(states, group, line));
            }

            states = next;
            steps++;
        }

        return states == null
            ? throw new UsageException("the trace is empty; its first line names the model")
            : new TraceVerdict(true, steps, 0, null);
    }

    private IReadOnlyList<State> Start(int number, string text)
    {
        try
        {
            return StartOf(number, text);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new UsageException($"line {number} is no head of a trace: {e.Message}");
        }
    }

    private IReadOnlyList<State> StartOf(int number, string text)
    {
        JsonElement head;
        try
        {
            head = JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException e)
        {
            throw new UsageException($"line {number} is no JSON: {e.Message}");
        }

        if (!head.TryGetProperty("format", out var format) || format.GetString() != "outrider.trace/1"
            || !head.TryGetProperty("sizes", out var given))
        {
            throw new UsageException(
                $"line {number} must be the head of a trace: \"format\":\"outrider.trace/1\" and \"sizes\"");
        }

        var sizes = protocol.Groups.Select(_ => 1).ToArray();
        foreach (var p in given.EnumerateObject())
        {
            var group = protocol.FindGroup(p.Name)
                ?? throw new UsageException($"line {number}: no host group '{p.Name}'");
            sizes[protocol.Groups.ToList().IndexOf(group)] = p.Value.GetInt32();
        }

        var states = protocol.Initial(sizes, (host, shape) =>
            head.TryGetProperty("constants", out var constants) && Given(constants, number, host) is { } given
                ? TermReader.Read(given, shape)
                : new Hole(shape));
        return states.Count > 0
            ? states
            : throw new UsageException($"line {number}: the model has no initial state with these sizes and constants");
    }

    private JsonElement? Given(JsonElement constants, int number, (HostGroup Group, int Index) host)
    {
        foreach (var p in constants.EnumerateObject())
        {
            var group = protocol.FindGroup(p.Name)
                ?? throw new UsageException($"line {number}: no host group '{p.Name}'");
            if (group == host.Group && host.Index < p.Value.GetArrayLength())
            {
                return p.Value[host.Index];
            }
        }

        return null;
    }

    private List<State> Advance(IReadOnlyList<State> states, HostGroup group, TraceLine line)
    {
        if (line.Sent.Count > 1)
        {
            doubts.Add($"{line.Sent.Count} messages sent in one step; a step of the model sends one at most");
            return [];
        }

        var from = new List<State>(states);
        for (var i = 0; ; i++)
        {
            var next = new HashSet<State>();
            foreach (var s in from)
            {
                foreach (var t in protocol.Fitting(
                    s, group, line.Index, line.Received, Sent(line), line.State, l => IsNamed(line.Step, l)))
                {
                    if (Sound(s, t))
                    {
                        next.Add(t.Next);
                    }
                }
            }

            if (next.Count > 0 || i == hidden)
            {
                return [.. next.Take(width)];
            }

            from = LocalSteps(from, group, line.Index);
            if (from.Count == 0)
            {
                return [];
            }
        }
    }

    private List<State> LocalSteps(List<State> from, HostGroup group, int index)
    {
        var next = new HashSet<State>();
        foreach (var s in from)
        {
            foreach (var t in protocol.Fitting(s, group, index, null, null, null, _ => true))
            {
                if (!t.Next.Equals(s) && next.Count < width)
                {
                    next.Add(t.Next);
                }
            }
        }

        return [.. next];
    }

    private static JsonElement? Sent(TraceLine line) => line.Sent.Count == 0 ? null : line.Sent[0];

    private static bool IsNamed(string? step, StepLabel label) => step == null || label.Within.Any(name =>
        name == step || name == "Next" + step + "Step" || name == "Next" + step);

    private bool Sound(State before, Transition t)
    {
        var problem = safety != null && !protocol.HoldsNow(safety, t.Next) ? safety.FullName + " fails after it"
            : protocol.ShrunkField(
                t.Label.Group, before.Host(t.Label.Group, t.Label.Actor), t.Next.Host(t.Label.Group, t.Label.Actor))
                is { } field ? $"{field} went back"
            : t.Label.Sent is CtorValue sent && protocol.Source(sent) is { } source && source != t.Label.Actor
                ? $"{sent} names {source} as its sender"
            : null;
        if (problem != null)
        {
            doubts.Add(problem);
        }

        return problem == null;
    }

    private string Explain(IReadOnlyList<State> states, HostGroup group, TraceLine line)
    {
        var who = $"{group.Field}[{line.Index}]{(line.Step == null ? "" : " " + line.Step)}";
        if (doubts.Count > 0)
        {
            return $"{who}: {string.Join("; ", doubts)}";
        }

        if (line.Received is { } received && !states.Any(s => protocol.WasSent(s, received)))
        {
            return $"{who} received {received.GetRawText()}, which nobody had sent";
        }

        foreach (var s in states)
        {
            var free = protocol.Fitting(
                s, group, line.Index, line.Received, Sent(line), null, l => IsNamed(line.Step, l));
            if (free.Count > 0 && line.State is { } fields)
            {
                return $"{who}: the model allows {free[0].Label.Transition} here, but not with "
                    + string.Join(", ", Misfits(free[0].Next.Host(group.Field, line.Index), group, fields));
            }
        }

        foreach (var s in states)
        {
            var any = protocol
                .Fitting(s, group, line.Index, null, null, line.State, l => IsNamed(line.Step, l), true)
                .FirstOrDefault(t => !t.Next.Equals(s));
            if (any != null)
            {
                return $"{who}: the model reaches this state only by {any.Label}";
            }
        }

        var host = states[0].Host(group.Field, line.Index).ToString()!;
        return $"{who}: no transition takes this step from {Short(host)}";
    }

    private static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText] + " ...";

    private List<string> Misfits(Value host, HostGroup group, JsonElement fields)
    {
        var misfits = fields.EnumerateObject()
            .Where(p => !protocol.FieldFits(host, group, p.Name, p.Value))
            .Select(p => $"{p.Name} = {p.Value.GetRawText()} (the model has "
                + Short($"{((CtorValue)host).Field(p.Name)}") + ")")
            .ToList();
        return misfits.Count > 0 ? misfits : ["these fields together"];
    }
}
