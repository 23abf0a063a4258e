using Outrider.Core;

namespace Outrider.Replication;

/// <summary>A node that hosts plain groups and answers requests on them: for the simulator, the bench and tests.</summary>
public sealed class ReplicationNode : Machine
{
    private readonly GroupSet _set;

    public ReplicationNode(
        NodeId self, Recovered recovered, IReadOnlyList<(GroupId Group, GroupBirth Birth)> births,
        GroupOptions options, ulong seed, ReplicationBugs bugs = ReplicationBugs.None)
    {
        _set = new GroupSet(self, recovered, options, seed, new CallIds(), bugs);
    }

    public IReadOnlyCollection<Group> Groups => _set.Groups;

    /// <summary>The readers of this protocol's messages.</summary>
    public static void Register(MessageCodec codec)
    {
    }

    public override void Step(in Event e, Effects effects)
    {
        _set.Step(in e, effects);
        _set.Flush(effects);
    }

    public override void CheckInvariants() => _set.CheckInvariants();
}
