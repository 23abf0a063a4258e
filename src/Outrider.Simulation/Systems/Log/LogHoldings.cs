using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>What the copies hold beside what was promised of them, as one who sees all nodes at once.</summary>
internal sealed class LogHoldings(World world)
{
    // A copy that has just been taken back may still be reading the last few entries.
    private const long GraceMicros = 3_000_000;
    private readonly SortedDictionary<(Rid Rid, NodeId Node), (long Life, long Since, long Seen)> _members = [];
    private long _facts;
    private string? _problem;

    /// <summary>What is acknowledged is on the disk of every copy that counts.</summary>
    public void Acked(AckedBatch batch)
    {
        var newest = Newest();
        if (newest is null || !newest.State.Windows.TryLocate(batch.Positions[^1], out var slot)) return;
        if (newest.State.Find(slot.Rid) is not { Failed: false }) return;
        var value = world.Control.Peek(GroupRecord.Key(LogNode.GroupOf(slot.Rid)));
        if (!value.Exists || GroupRecord.Decode(value.Value) is not { IsClosed: false } record) return;
        Regrace(slot.Rid, record);
        foreach (var member in record.Newest.Members) Look(member, slot, batch);
    }

    /// <summary>Whoever was left out, or is being taken back, has its grace before it as a newcomer has.</summary>
    private void Regrace(Rid rid, GroupRecord record)
    {
        foreach (var (copy, seen) in _members.Where(one => one.Key.Rid == rid).ToList())
            if (!record.Newest.Contains(copy.Node)) _members.Remove(copy);
            else if (record.Active.Any(active => !active.Config.Contains(copy.Node)))
                _members[copy] = seen with { Since = world.NowMicros };
    }

    private void Look(NodeId member, in Slot slot, AckedBatch batch)
    {
        var node = world.Node(member);
        if (node.State != NodeState.Up || node.Machine is not LogNode machine || node.Disk.HasRotted) return;
        var (life, since, seen) = _members.GetValueOrDefault((slot.Rid, member), (node.Life, world.NowMicros, 0));
        if (life != node.Life || world.NowMicros - seen > GraceMicros) (life, since) = (node.Life, world.NowMicros);
        _members[(slot.Rid, member)] = (life, since, world.NowMicros);
        if (world.NowMicros - since < GraceMicros) return;
        if (machine.Groups.Find(LogNode.GroupOf(slot.Rid)) is not { } group) return;
        var stream = group.Stream(new(1));
        var synced = stream.Synced >= stream.LastIndex ? stream.EndSlot
            : node.ReadEntry(new(LogNode.GroupOf(slot.Rid), new(1)), stream.Synced)?.EndSlot;
        if (synced is null) return;
        _facts++;
        if (synced <= slot.Lsn.Value)
            _problem ??= $"{batch.Key} at {batch.Positions[^1]} was acknowledged at {batch.AckedMicros / 1000} ms, " +
                $"and {member} has {synced} slots of {slot.Rid} on disk, not {slot.Lsn}";
    }

    /// <summary>A primary lets copies forget only once what must be known of it is placed for good.</summary>
    public void Stepped(SimNode node, LogNode machine)
    {
        foreach (var record in node.Effects.Journal)
        {
            if (record is not JournalRecord.SetBase set || !CopyBase.TryRid(set.Stream.Group, out var id)) continue;
            if (machine.State.Find(id) is not { } rid || rid.Node != node.Id) continue;
            _facts++;
            var final = machine.State.CommittedOf(id);
            if (rid.Keep is { } keep && keep < final) final = keep;
            if (CopyBase.RememberedBy(set.Base) is var end && end > final)
                _problem ??= $"{node.Id} forgets {id} up to slot {set.Base.EndSlot}; what must be known of that ends " +
                    $"at {end}, and {final} is final";
        }
    }

    /// <summary>When all nodes are up and sound, each slot that counts as placed is somewhere.</summary>
    public CheckerReport Judge()
    {
        var there = world.Nodes.Where(n => n.State != NodeState.Gone).ToList();
        var sound = there.All(n => n is { State: NodeState.Up, IsDamaged: false } && !n.Disk.HasRotted);
        if (sound && Newest() is { } newest)
            foreach (var rid in newest.State.Rids) Look(newest, rid);
        return new("copies", _facts, _problem);
    }

    private void Look(LogNode newest, RidState rid)
    {
        var placed = newest.State.CommittedOf(rid.Rid);
        if (rid.Keep is { } keep && keep < placed) placed = keep;
        if (rid.Lost is { } lost && lost < placed) placed = lost;
        // What is trimmed need not be anywhere.
        if (placed <= newest.State.TrimmedOf(rid.Rid)) return;
        _facts++;
        var most = world.Nodes.Where(n => n.State != NodeState.Gone).Max(n =>
            ((LogNode)n.Machine!).Groups.Find(LogNode.GroupOf(rid.Rid))?.Stream(new(1)).EndSlot ?? 0);
        if (most < placed.Value)
            _problem ??= $"{placed} slots of {rid.Rid} are placed, and no copy holds more than {most}";
    }

    private LogNode? Newest() => world.Nodes.Select(n => n.Machine).OfType<LogNode>().MaxBy(m => m.Applied);
}
