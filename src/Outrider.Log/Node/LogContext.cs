using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>What the roles of one node share: who it is, what it has read of the order, and the step at hand.</summary>
internal sealed class LogContext
{
    public static readonly GroupId OrderingGroup = new(1);
    public static readonly StreamId Stream = new(1);
    private const long SubLogGroups = 1000;
    private OrderingState? _state;

    public required NodeId Self { get; init; }
    public required Incarnation Life { get; init; }
    public required LogTopology Topology { get; init; }
    public required LogOptions Options { get; init; }
    public required LogBugs Bugs { get; init; }
    public required GroupSet Groups { get; init; }

    /// <summary>The committed ordering stream as far as this node has read it.</summary>
    public OrderingState State => _state ??= new() { Bugs = Bugs };

    /// <summary>The last index of the ordering stream in <see cref="State"/>.</summary>
    public LogIndex Applied { get; set; }

    /// <summary>Who leads the ordering group, as far as known; none otherwise.</summary>
    public NodeId Leader { get; set; }

    /// <summary>The last leader that spoke to this node, and when.</summary>
    public (NodeId Node, long Micros) LeaderHeard { get; set; } = (NodeId.None, 0);

    public long NowMicros { get; set; }
    public Effects Effects { get; set; } = null!;

    /// <summary>Messages of this node to itself, handled at the end of the step.</summary>
    public Queue<Message> Local { get; } = new();

    public static GroupId GroupOf(Rid rid) => new(SubLogGroups + rid.Value);

    public static bool TryRid(GroupId group, out Rid rid)
    {
        rid = new((int)Math.Max(-1, group.Value - SubLogGroups));
        return group.Value >= SubLogGroups;
    }

    public bool Has(LogBugs bug) => (Bugs & bug) != 0;

    public void Send(NodeId to, Message message)
    {
        if (to == Self) Local.Enqueue(message);
        else Effects.Send(to, message);
    }

    /// <summary>
    /// Where committed slots of a replica id end that can be read: its failure and what is lost taken into account.
    /// </summary>
    public Lsn FinalOf(RidState rid)
    {
        var committed = State.CommittedOf(rid.Rid);
        if (rid.Keep is { } keep && keep < committed) committed = keep;
        return rid.Lost is { } lost && lost < committed && !Has(LogBugs.ServeLost) ? lost : committed;
    }
}
