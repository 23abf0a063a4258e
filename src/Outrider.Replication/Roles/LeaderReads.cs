using Outrider.Core;

namespace Outrider.Replication;

/// <summary>The leader's side of confirmed reads: sends rounds of probes and counts who has answered which.</summary>
internal sealed class LeaderReads(
    GroupContext context, Member member, ReadRounds rounds, Term term, GroupConfig config, IReadOnlyList<Peer> peers)
{
    private bool _timerArmed;

    public long Confirm(StreamLog log)
    {
        var upTo = context.Has(ReplicationBugs.ReadAtFsyncCommitted) ? log.FsyncCommitted : log.MemoryCommitted;
        return rounds.Add(log, upTo, context.Has(ReplicationBugs.ReadOldProbe));
    }

    public void OnTimer() => _timerArmed = false;

    public void Tick(Effects effects)
    {
        var overdue = rounds.IsOverdue(context.NowMicros, context.Options.RetryMicros);
        if (overdue && rounds.TryBegin(context.NowMicros, lingerMicros: 0, out _)) SendProbes(effects);
    }

    /// <summary>One round for all reads of the step; the next one not before the linger is over.</summary>
    public void Flush(Effects effects)
    {
        if (rounds.Count == 0) return;
        if (rounds.NeedsRound && !_timerArmed)
        {
            if (rounds.TryBegin(context.NowMicros, context.Options.ReadLingerMicros, out var delay))
            {
                SendProbes(effects);
            }
            else
            {
                _timerArmed = true;
                effects.SetTimer(ReplicationTimers.Read(context.Id), delay);
            }
        }

        rounds.Complete(AnsweredRound(), context);
    }

    /// <summary>The newest round that a commit quorum of this term's configuration has answered.</summary>
    private long AnsweredRound()
    {
        if (context.Has(ReplicationBugs.ReadNoQuorum)) return long.MaxValue;
        Span<long> answered = stackalloc long[peers.Count];
        var count = 0;
        foreach (var peer in peers)
        {
            if (!peer.Votes) continue;
            var bound = member.Promised == term || context.Has(ReplicationBugs.LeaderSelfUnbound);
            answered[count++] = peer.Node != context.Self ? peer.ProbeRound : bound ? rounds.Round : 0;
        }

        var majority = context.Has(ReplicationBugs.ReadMajorityUnderAll);
        return Quorum.ReachedBy(answered[..count], majority ? count / 2 + 1 : config.CommitQuorum);
    }

    private void SendProbes(Effects effects)
    {
        foreach (var peer in peers)
            if (peer.Votes && peer.Node != context.Self)
                effects.Send(peer.Node, new Probe(context.Id, term, rounds.Round));
    }
}
