using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// A primary's view of its copies: what all of them hold, whom to go on without, whom to take back. A copy returns as a
/// learner and counts again when it has caught up.
/// </summary>
internal sealed class CopyKeeper(LogContext context, RidState rid, Group group)
{
    private const long CaughtUpEntries = 256;
    private long _askedMicros = context.NowMicros;
    private long _sinceMicros = context.NowMicros;
    private GroupConfig? _config;

    /// <summary>
    /// With a single copy (where two are designed) nothing is shown early: its loss would take it back.
    /// </summary>
    public bool MaySpeculate =>
        context.Has(LogBugs.SpeculateOnOneCopy) || (group.Config?.Count ?? 0) >= SafeCopies;

    /// <summary>So many copies must hold what is shown early: then the loss of any one revokes nothing.</summary>
    private int SafeCopies => Math.Min(2, context.Topology.Shard(rid.Shard).Homes.Count);

    /// <summary>
    /// The index in memory on enough copies to be shown early, and the one held by all copies as the log requires it.
    /// Enough are all home copies; where too few of them are left, the furthest of the distant ones too.
    /// </summary>
    public (LogIndex Memory, LogIndex OnAll) Acked()
    {
        var last = group.Stream(LogContext.Stream).LastIndex;
        var (memory, all) = (last, last);
        var memoryClass = context.Options.Durability == Durability.MemoryQuorum
            || context.Has(LogBugs.ReportFromMemory);
        var (homes, distant) = (0, LogIndex.Zero);
        var members = group.Config!.Members;
        for (var i = 0; i < members.Count; i++)
        {
            var acked = group.AckedBy(members[i], LogContext.Stream);
            all = LogIndex.Min(all, memoryClass ? acked.Memory : acked.Fsync);
            if (!context.Topology.IsNear(members[i], rid.Shard)) distant = LogIndex.Max(distant, acked.Memory);
            else (memory, homes) = (LogIndex.Min(memory, acked.Memory), homes + 1);
        }

        if (homes < SafeCopies && !context.Has(LogBugs.SpeculateOnOneCopy)) memory = LogIndex.Min(memory, distant);

        if (context.Has(LogBugs.ReportOwnDisk)) all = group.AckedBy(context.Self, LogContext.Stream).Fsync;
        return (memory, all);
    }

    /// <summary>
    /// Drops copies that are silent and takes back those that have caught up, one change at a time. A copy that died
    /// before the term was open keeps it shut until it is dropped.
    /// </summary>
    public void Tick()
    {
        if (group.LeadingTerm == Term.Zero || group.IsClosed || rid.Failed || group.Config is not { } config) return;
        // A new member has the whole time to be heard. One that was asked for has not: a copy that stays away while
        // another returns would never count as silent, each time that the return is asked for again.
        if (!config.Equals(_config)) (_config, _sinceMicros) = (config, context.NowMicros);
        if (context.NowMicros - _askedMicros < context.Options.RetryMicros) return;
        if (Silent(config) is { } gone)
        {
            var fewer = config.Without(gone);
            // Where one less is too few, one that has caught up takes its place.
            if (fewer.Count < MinCopies(rid.Origin.Copies.Count))
            {
                if (CaughtUp(config) is not { } instead) return;
                fewer = fewer.With(instead);
            }

            context.Effects.Sometimes(true, "log.copy.dropped");
            Change(fewer);
            return;
        }

        if (!group.IsOpen) return;
        if (Surplus(config) is { } spare)
        {
            context.Effects.Sometimes(true, "log.copy.relieved");
            Change(config.Without(spare));
            return;
        }

        if (CaughtUp(config) is { } back)
        {
            context.Effects.Sometimes(true, "log.copy.returned");
            Change(config.With(back));
        }
        else if (!Learning(config)) Change(config);
    }

    /// <summary>The group of a sub-log that begins: all its copies, led by its primary for good.</summary>
    public static GroupBirth BirthOf(RidState rid, LogContext context)
    {
        var members = new List<NodeId>();
        foreach (var copy in rid.Origin.Copies) members.Add(copy.Node);
        return new(
            new GroupConfig(members, QuorumPolicy.All), Streams: 1, MinCopies(rid.Origin.Copies.Count),
            context.Has(LogBugs.ResumeAfterRestart) ? NodeId.None : context.Self);
    }

    /// <summary>The fewest copies that a sub-log may go on with.</summary>
    public static int MinCopies(int copies) => copies >= 3 ? 2 : 1;

    private void Change(GroupConfig config)
    {
        _askedMicros = context.NowMicros;
        group.ChangeMembers(config, Wanted(config));
    }

    private NodeId? Silent(GroupConfig config)
    {
        for (var i = 0; i < config.Count; i++)
        {
            var node = config.Members[i];
            if (node == context.Self) continue;
            var heard = Math.Max(group.HeardMicros(node), _sinceMicros);
            if (context.NowMicros - heard >= context.Options.DropCopyMicros) return node;
        }

        return null;
    }

    /// <summary>A copy that made up for a designed one, once all of those are back.</summary>
    private NodeId? Surplus(GroupConfig config)
    {
        var designed = context.Topology.Shard(rid.Shard).Copies;
        if (config.Count <= designed.Count || config.Count <= MinCopies(rid.Origin.Copies.Count)) return null;
        for (var i = 0; i < designed.Count; i++)
            if (!config.Contains(designed[i])) return null;
        for (var i = 0; i < config.Count; i++)
            if (config.Members[i] is var node && node != context.Self && !designed.Contains(node)) return node;
        return null;
    }

    private NodeId? CaughtUp(GroupConfig config)
    {
        var last = group.Stream(LogContext.Stream).LastIndex;
        var wanted = Wanted(config);
        for (var i = 0; i < wanted.Count; i++)
        {
            var heard = group.HeardMicros(wanted[i]);
            if (heard == 0 || context.NowMicros - heard >= context.Options.DropCopyMicros / 2) continue;
            var held = group.AckedBy(wanted[i], LogContext.Stream);
            // Of the disk, no word comes at once where memory is all that is asked for.
            var acked = context.Options.Durability == Durability.MemoryQuorum ? held.Memory : held.Fsync;
            if (acked.Value > 0 && last - acked <= CaughtUpEntries) return wanted[i];
        }

        return null;
    }

    private bool Learning(GroupConfig config) =>
        group.Record is { } record && record.Learners.SequenceEqual(Wanted(config));

    /// <summary>
    /// Designed copies that are not members: they learn until they may count. While one of them is silent, nodes that
    /// were added learn too.
    /// </summary>
    private List<NodeId> Wanted(GroupConfig config)
    {
        var wanted = new List<NodeId>();
        var designed = context.Topology.Shard(rid.Shard).Copies;
        var silent = 0;
        foreach (var node in designed)
        {
            if (config.Contains(node)) continue;
            wanted.Add(node);
            var heard = Math.Max(group.HeardMicros(node), _sinceMicros);
            if (context.NowMicros - heard >= context.Options.DropCopyMicros) silent++;
        }

        var missing = Math.Min(silent, designed.Count - config.Count);
        var spares = context.Topology.SparesOf(rid.Shard);
        for (var i = 0; i < spares.Count && missing > 0; i++)
        {
            if (config.Contains(spares[i])) continue;
            wanted.Add(spares[i]);
            missing--;
        }

        wanted.Sort();
        return wanted;
    }
}
