using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>
/// How many slots of each sub-log are on the disk of each node: from journal records and syncs, whatever anybody says.
/// </summary>
internal sealed class SubLogDisks
{
    private readonly Dictionary<(NodeId Node, GroupId Group), long> _durable = [];
    private readonly Dictionary<NodeId, Queue<(long Token, GroupId Group, long Slots)>> _written = [];
    private readonly Dictionary<GroupId, GroupRecord> _records = [];
    private readonly Dictionary<GroupId, long> _everywhere = [];

    public void Started(NodeId node, Recovered recovered)
    {
        _written[node] = [];
        foreach (var group in recovered.Groups)
            foreach (var part in group.Streams)
                if (part.Stream == Sub)
                    _durable[(node, group.Group)] = part.Entries.LastOrDefault()?.EndSlot ?? part.Base.EndSlot;
    }

    public void Stepped(SimNode node)
    {
        var token = node.Effects.LastToken.Value - node.Effects.Journal.Count;
        foreach (var record in node.Effects.Journal)
        {
            token++;
            var (group, slots) = record switch
            {
                JournalRecord.Append append when append.Stream.Stream == Sub =>
                    (append.Stream.Group, append.Entries[^1].EndSlot),
                JournalRecord.SetBase { KeepSuffix: false } put when put.Stream.Stream == Sub =>
                    (put.Stream.Group, put.Base.EndSlot),
                _ => default,
            };
            if (group != default) _written[node.Id].Enqueue((token, group, slots));
        }
    }

    public void Synced(NodeId node, DurableToken upTo)
    {
        var written = _written[node];
        while (written.TryPeek(out var next) && next.Token <= upTo.Value)
        {
            written.Dequeue();
            _durable[(node, next.Group)] = next.Slots;
            if (!_records.TryGetValue(next.Group, out var record)) continue;
            var least = record.Newest.Members.Min(m => _durable.GetValueOrDefault((m, next.Group)));
            _everywhere[next.Group] = Math.Max(least, _everywhere.GetValueOrDefault(next.Group));
        }
    }

    public void Written(GroupId group, GroupRecord record) => _records[group] = record;

    /// <summary>Whether every copy in the sub-log's configuration has that many slots.</summary>
    public bool AllHold(Rid rid, Lsn slots)
    {
        var group = LogNode.GroupOf(rid);
        return _records.TryGetValue(group, out var record)
            && record.Newest.Members.All(m => _durable.GetValueOrDefault((m, group)) >= slots.Value);
    }

    /// <summary>
    /// Whether every copy has had that many at once: a copy that a later leader writes anew holds fewer for a while.
    /// </summary>
    public bool AllHeld(Rid rid, Lsn slots) =>
        AllHold(rid, slots) || _everywhere.GetValueOrDefault(LogNode.GroupOf(rid)) >= slots.Value;

    /// <summary>Whether any copy has that many.</summary>
    public bool AnyHolds(Rid rid, Lsn slots) =>
        slots.Value == 0 || _durable.Any(d => d.Key.Group == LogNode.GroupOf(rid) && d.Value >= slots.Value);

    private static readonly StreamId Sub = new(1);
}
