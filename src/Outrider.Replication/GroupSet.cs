using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Draws ids of control-plane calls; one for all machines of a node, since answers carry nothing else.</summary>
public sealed class CallIds
{
    private long _last;

    public long Next() => ++_last;
}

/// <summary>
/// All groups of one node: routes events to them, sends one heartbeat a peer whatever the number of groups, and looks
/// at the control plane for all of them. A composite machine holds one and calls Step first and Flush last.
/// </summary>
public sealed class GroupSet
{
    private readonly SortedDictionary<GroupId, Group> _groups = [];

    /// <param name="self">This node.</param>
    /// <param name="recovered">What its journal held; groups in it are opened at once.</param>
    /// <param name="options">Intervals and bounds of all its groups.</param>
    /// <param name="seed">For back-off only.</param>
    /// <param name="calls">Shared with the owner's own calls.</param>
    /// <param name="bugs">None outside the simulator.</param>
    public GroupSet(
        NodeId self, Recovered recovered, GroupOptions options, ulong seed, CallIds calls,
        ReplicationBugs bugs = ReplicationBugs.None)
    {
        Self = self;
        Calls = calls;
        Incarnation = recovered.Incarnation;
    }

    public NodeId Self { get; }
    public Incarnation Incarnation { get; }
    public CallIds Calls { get; }

    /// <summary>Ascending by id.</summary>
    public IReadOnlyCollection<Group> Groups => _groups.Values;

    /// <summary>Groups that came to be here in the last step because another node spoke of them.</summary>
    public IReadOnlyList<Group> Joined => [];

    public Group? Find(GroupId id) => _groups.GetValueOrDefault(id);

    /// <summary>
    /// Takes part in a group. With a birth, this node writes the group's first record if there is none; a fixed
    /// leader's own node leads it then.
    /// </summary>
    public Group Join(GroupId id, GroupBirth? birth, Effects effects, long nowMicros)
    {
        var group = new Group(id, Self);
        _groups.Add(id, group);
        return group;
    }

    /// <summary>Forgets a group with its streams: this node will never be a member of it again.</summary>
    public void Drop(GroupId id, Effects effects) => _groups.Remove(id);

    /// <summary>Passes an event on. False if it is none of replication's and the owner should look at it.</summary>
    public bool Step(in Event e, Effects effects) => false;

    /// <summary>Sends and persists what the step has produced; once, at the end of the owner's step.</summary>
    public void Flush(Effects effects)
    {
    }

    public void CheckInvariants()
    {
    }
}
