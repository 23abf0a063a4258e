using Outrider.Core;

namespace Outrider.Replication;

/// <summary>What all roles of one group at one node share; no behaviour beyond that.</summary>
internal sealed class GroupContext(
    GroupId id, NodeId self, Incarnation life, GroupOptions options, ReplicationBugs bugs, Rng rng, CallIds calls)
{
    private readonly List<long> _attempts = [];
    private long _lastRead;

    public GroupId Id { get; } = id;
    public NodeId Self { get; } = self;
    public Incarnation Life { get; } = life;
    public GroupOptions Options { get; } = options;
    public Rng Rng { get; } = rng;
    public CallIds Calls { get; } = calls;
    public List<GroupOutput> Outputs { get; } = [];

    /// <summary>The node's clock at the present step.</summary>
    public long NowMicros { get; set; }

    /// <summary>Of the group's leader as last heard; if it is this node, of its owner.</summary>
    public AckHaste Haste { get; set; } = AckHaste.Both;

    public bool Has(ReplicationBugs bug) => (bugs & bug) != 0;

    public void Output(GroupOutput output) => Outputs.Add(output);

    /// <summary>The record with a next term led by this life of this node, under an attempt never used before.
    /// </summary>
    public GroupRecord Propose(GroupRecord record, GroupConfig config)
    {
        var attempt = (long)(Rng.NextULong() >> 1);
        _attempts.Add(attempt);
        var next = record.Propose(Self, Life, attempt, config);
        if (Has(ReplicationBugs.OpenedTermAtProposal)) next = next.Open();
        LastProposal = next;
        return next;
    }

    /// <summary>What was last asked for; the record alone says what was granted.</summary>
    public GroupRecord? LastProposal { get; private set; }

    /// <summary>The record names a proposal of this very life.</summary>
    public bool IsMine(GroupRecord record) =>
        record.Leader == Self && record.LeaderLife == Life && _attempts.Contains(record.Attempt);

    /// <summary>Negative, so that an owner's own reads of the same streams cannot be mistaken for these.</summary>
    public long NextReadId() => --_lastRead;
}
