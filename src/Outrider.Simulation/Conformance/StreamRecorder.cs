using System.Globalization;
using Outrider.Core;
using Outrider.Core.Tracing;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>Traces of the replication system for <c>models/sealed-stream</c>: one a group and stream of its birth.
/// </summary>
internal sealed class StreamRecorder : ModelRecorder
{
    private readonly List<StreamTrace> _traces = [];
    private int _nodes;

    public StreamRecorder(IReadOnlyList<(GroupId Group, GroupBirth Birth)> births, int linesMax)
    {
        foreach (var (group, birth) in births)
            for (var s = 0; s <= birth.Streams; s++)
                _traces.Add(new StreamTrace(group, new StreamId(s), birth, linesMax));
    }

    public override bool IsFull => _traces.TrueForAll(t => t.IsFull);

    public override void Started(SimNode node, Recovered recovered)
    {
        _nodes = Math.Max(_nodes, node.Id.Value);
        foreach (var trace in _traces) trace.Started(node, recovered);
    }

    public override void Stepping(SimNode node, in Event e)
    {
        foreach (var trace in _traces) trace.Stepping(node, e);
    }

    public override void Observed(SimNode node, ModelPoint point)
    {
        foreach (var trace in _traces) trace.Observed(node, point);
    }

    public override void Stepped(SimNode node, in Event e)
    {
        foreach (var trace in _traces) trace.Stepped(node, e);
    }

    public override void Synced(SimNode node, DurableToken upTo)
    {
        foreach (var trace in _traces) trace.Synced(node.Id, upTo);
    }

    public override void Left(SimNode node, Message message)
    {
        foreach (var trace in _traces) trace.Left(node.Id, message);
    }

    public override void Written(ControlValue value)
    {
        if (!GroupRecord.TryParseKey(value.Key, out var group) || GroupRecord.Decode(value.Value) is not { } record)
            return;
        foreach (var trace in _traces)
            if (trace.Group == group) trace.Written(record);
    }

    public override void Save(string folder, ulong seed)
    {
        Directory.CreateDirectory(folder);
        foreach (var trace in _traces)
        {
            var name = string.Create(
                CultureInfo.InvariantCulture, $"seed-{seed:D5}-group-{trace.Group.Value}-stream-{trace.Stream.Value}");
            File.WriteAllLines(Path.Combine(folder, name + ".jsonl"), trace.Lines(_nodes));
        }
    }
}
