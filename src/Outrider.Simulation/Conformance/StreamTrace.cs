using Outrider.Core;
using Outrider.Core.Tracing;
using Outrider.Replication;
using static Outrider.Simulation.StreamTerms;

namespace Outrider.Simulation;

/// <summary>One stream of one group, told as a run of <c>models/sealed-stream</c>.</summary>
/// <remarks>docs/internals/traces.md says which code is which transition.</remarks>
internal sealed partial class StreamTrace(GroupId group, StreamId stream, GroupBirth birth, int linesMax)
{
    private readonly List<string> _lines = [];
    private readonly SortedDictionary<NodeId, StreamCopy> _copies = [];
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private ModelTrace? _writer;
    private GroupRecord? _record;
    private bool _ended;

    public GroupId Group => group;
    public StreamId Stream => stream;
    public bool IsFull => _ended;

    /// <summary>The whole trace, its head first.</summary>
    public IReadOnlyList<string> Lines(int nodes)
    {
        var head = new List<string>();
        var policy = TraceValue.Text(birth.Config.Policy == QuorumPolicy.Majority ? "Majority" : "All");
        new ModelTrace(head.Add).Begin(
            "sealed-stream", [("registers", 1), ("nodes", nodes)],
            [
                ("registers", [TraceValue.Fields(("first", Set(birth.Config)))]),
                ("nodes", [.. Enumerable.Range(0, nodes).Select(_ => TraceValue.Fields(("policy", policy)))]),
            ]);
        return [.. head, .. _lines];
    }

    public void Started(SimNode node, Recovered recovered)
    {
        var copy = CopyOf(node.Id);
        var found = new List<ModelEntry>();
        var from = 0L;
        foreach (var recoveredGroup in recovered.Groups.Where(g => g.Group == group))
        {
            foreach (var part in recoveredGroup.Streams)
            {
                // A copy with rot answers no seal until it is repaired, of which the model knows nothing.
                _ended |= part.CorruptFrom > LogIndex.Zero;
                if (part.Stream != stream) continue;
                found = Prefix(part.Base);
                from = part.Base.Index.Value;
                found.AddRange(part.Entries.Select(ModelEntry.Of));
            }
        }

        copy.Restart(found, from);
    }

    public void Stepping(SimNode node, in Event e)
    {
        CopyOf(node.Id).JournalSeen = 0;
        _taken = null;
        _event = e;
    }

    public void Observed(SimNode node, ModelPoint point)
    {
        if (point.Group != group || _ended) return;
        if (point.Step is "Take" or "Refuse")
        {
            if (point.Stream == stream) _taken = point.Step == "Take";
            return;
        }

        var copy = CopyOf(node.Id);
        var here = GroupAt(node)!;
        Follow(node, here, copy);
        switch (point.Step)
        {
            case "Gather":
                var ack = (SealAck)_event.Message;
                copy.Gathered[point.Node] = ack.Find(stream);
                Line(node.Id, "Gather", Tail(point.Node, ack.Term, ack.Find(stream)), null);
                break;
            case "Forget":
                copy.Gathered.Remove(point.Node);
                var keys = copy.Gathered.Keys.Select(n => TraceValue.List(Id(n), TraceValue.Unknown));
                Line(node.Id, "Forget", null, null, ("tails", TraceValue.List([.. keys])));
                break;
            case "Choose" when point.Stream == stream:
                var chosen = point.Node == node.Id ? Ending(copy.Entries) : Ending(copy.Gathered[point.Node]);
                Line(node.Id, "Choose", null, null, ("phase", TraceValue.Text("Fetching")), ("target", chosen));
                break;
        }
    }

    public void Stepped(SimNode node, in Event e)
    {
        if (_ended || GroupAt(node) is not { } here) return;
        var copy = CopyOf(node.Id);
        if (e.Kind == EventKind.Started) Restarted(node, here, copy);
        if (e.Kind == EventKind.Received && e.Message.Group == group) Received(node, e.From, e.Message, here, copy);
        Follow(node, here, copy);
        if (copy.Leading > 0) Lead(node, here, copy);
        Answer(node, copy);
        if (here.LeadingTerm == Term.Zero) copy.Leading = 0;
    }

    public void Synced(NodeId node, DurableToken upTo)
    {
        var copy = CopyOf(node);
        if (copy.Sync(upTo)) Line(node, "Sync", null, null, ("disk", copy.Disk));
    }

    public void Left(NodeId node, Message message)
    {
        if (message.Group != group) return;
        switch (message)
        {
            case Seal seal:
                Say(node, "Speak", Close(node, seal.Term));
                break;
            case SealAck ack:
                Say(node, "Speak", Tail(node, ack.Term, ack.Find(stream)));
                break;
            case AppendAck ack:
                foreach (var part in ack.Parts)
                    if (part.Stream == stream && part.Fsync > LogIndex.Zero)
                        Say(node, "Speak", Ack(node, ack.Term, part.Fsync));
                break;
        }
    }

    public void Written(GroupRecord record)
    {
        var before = _record;
        _record = record;
        if (before is null) return;
        var state = ("active", Sets(record.Active));
        if (record.Term != before.Term)
            Register("Propose", null, TraceValue.Of(
                "Appoint", ("term", TraceValue.Number(record.Term.Value)), ("leader", Id(record.Leader)),
                ("members", Set(record.Proposed))), state);
        else if (record.OpenedTerm != before.OpenedTerm)
            Register("Opened", OfTerm("Opened", record.OpenedTerm), null, state);
        else if (record.Active.Count != before.Active.Count)
            Register(
                "Activate", OfTerm("Activate", record.Active[^1].Term),
                OfTerm("Activated", record.Active[^1].Term), state);
    }

    private static TraceValue OfTerm(string message, Term term) =>
        TraceValue.Of(message, ("term", TraceValue.Number(term.Value)));

    private StreamCopy CopyOf(NodeId node)
    {
        if (!_copies.TryGetValue(node, out var copy)) _copies.Add(node, copy = new StreamCopy());
        return copy;
    }

    private Group? GroupAt(SimNode node) => ((ReplicationNode)node.Machine!).Find(group);

    private void Register(
        string step, TraceValue? received, TraceValue? sent, params (string, TraceValue)[] state) =>
        Write("registers", 0, step, received, sent, state);

    private void Line(
        NodeId node, string step, TraceValue? received, TraceValue? sent, params (string, TraceValue)[] state) =>
        Write("nodes", node.Value - 1, step, received, sent, state);

    /// <summary>A message that was sent before is in the model's network already.</summary>
    private void Say(NodeId node, string step, TraceValue sent)
    {
        if (_said.Add(Said(node, sent))) Line(node, step, null, sent);
    }

    private static string Said(NodeId node, TraceValue sent) => $"{node.Value} {sent}";

    private void Write(
        string kind, int index, string step, TraceValue? received, TraceValue? sent, (string, TraceValue)[] state)
    {
        if (_ended) return;
        _writer ??= new ModelTrace(_lines.Add);
        _writer.Step(kind, index, step, received, sent, state);
        _ended = _lines.Count >= linesMax;
    }
}
