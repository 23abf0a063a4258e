using Outrider.Core;

namespace Outrider.Replication;

/// <summary>How a group begins. The first node that finds no record of the group writes one from this.</summary>
/// <param name="Config">Its first members and policy.</param>
/// <param name="Streams">Streams 1 to this number exist from the start; 0 is the catalogue.</param>
/// <param name="MinCopies">No configuration smaller than this is ever proposed, and appends under it are
/// refused.</param>
/// <param name="FixedLeader">Not none: this node alone leads, in its first incarnation only, and owners (not silence)
/// decide when a copy is dropped or the group closed.</param>
public sealed record GroupBirth(
    GroupConfig Config, int Streams = 1, int MinCopies = 1, NodeId FixedLeader = default)
{
    public static GroupBirth Majority(params NodeId[] members) =>
        new(new GroupConfig(members, QuorumPolicy.Majority));
}
