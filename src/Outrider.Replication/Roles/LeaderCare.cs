using Outrider.Core;

namespace Outrider.Replication;

/// <param name="Full">The members wanted in the long run; under policy all some may be left out for a time.</param>
/// <param name="UntilMicros">When to give up waiting for the new members to answer; 0: they have.</param>
internal sealed record MemberChange(
    GroupConfig Config, GroupConfig Full, IReadOnlyList<NodeId> Learners, long UntilMicros);

/// <summary>
/// Who is alive in a leader's term, and what follows: giving up without a commit quorum; under policy all going on
/// without silent members and taking them back; changing members once the new ones answer.
/// </summary>
internal sealed class LeaderCare(GroupContext context, Leader leader, Replicator replicator)
{
    private readonly long _startMicros = context.NowMicros;

    /// <summary>Why the leader must make room, so that its members suspect it; null if it may go on.</summary>
    public string? ReasonToEnd()
    {
        var record = leader.Record;
        if (record.IsFixed) return null;
        var alive = 0;
        foreach (var peer in leader.Peers)
            if (peer.Votes && IsAlive(peer)) alive++;
        var config = leader.Config;
        if (config.Policy == QuorumPolicy.Majority && alive < config.CommitQuorum) return "no commit quorum answers";
        if (!leader.IsOpen && context.NowMicros - _startMicros > 10 * context.Options.SuspectMicros)
            return "could not open its term";
        if (leader.IsOpen && record.OpenedTerm == leader.Term && !config.Contains(context.Self))
            return "no longer a member";
        return null;
    }

    /// <summary>Under policy all: the change that the silence or the return of members asks for; null if none.
    /// </summary>
    public MemberChange? Tend()
    {
        var record = leader.Record;
        var config = leader.Config;
        if (record.IsFixed || config.Policy != QuorumPolicy.All) return null;
        var alive = new List<NodeId>();
        foreach (var peer in leader.Peers)
            if (peer.Votes ? IsAlive(peer) : record.Full.Contains(peer.Node) && IsCaughtUp(peer)) alive.Add(peer.Node);
        if (alive.Count < Math.Max(1, record.MinCopies) || !alive.Contains(context.Self)) return null;
        var next = new GroupConfig(alive, config.Policy);
        if (next.Equals(config) || !Quorum.Seals(context, record.Active, next.Contains)) return null;
        return new MemberChange(next, record.Full, record.Learners, UntilMicros: 0);
    }

    /// <summary>
    /// A commit quorum of the new members answers this leader now; under policy all they also have what is committed,
    /// so that the new term opens at once.
    /// </summary>
    public bool MayPropose(MemberChange change)
    {
        if (change.UntilMicros == 0 || change.Config.Equals(leader.Config)) return true;
        return Quorum.Commits(change.Config, node =>
        {
            if (node == context.Self) return true;
            if (leader.Find(node) is not { } peer || peer.HeardMicros == 0 || !IsAlive(peer)) return false;
            return peer.Votes || change.Config.Policy == QuorumPolicy.Majority || IsCaughtUp(peer);
        });
    }

    /// <summary>A far peer is given its distance on top; one not heard in this term yet, the time to be far.</summary>
    private bool IsAlive(Peer peer)
    {
        if (peer.Node == context.Self) return true;
        var suspect = context.Options.SuspectMicros;
        return peer.HeardMicros == 0
            ? context.NowMicros - _startMicros <= 3 * suspect
            : context.NowMicros - peer.HeardMicros <= suspect + 2 * peer.RttMicros;
    }

    private bool IsCaughtUp(Peer peer)
    {
        if (!leader.IsOpen || peer.HeardMicros == 0 || !IsAlive(peer)) return false;
        foreach (var log in leader.OpenLogs)
            if (replicator.AckedBy(peer, log).Fsync < log.FsyncCommitted) return false;
        return true;
    }
}
