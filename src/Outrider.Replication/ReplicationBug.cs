using B = Outrider.Replication.ReplicationBugs;

namespace Outrider.Replication;

/// <summary>A planted bug as the simulator lists it.</summary>
/// <param name="Flag">Switches it on.</param>
/// <param name="Name">As typed after <c>sim --bug</c>.</param>
/// <param name="Breaks">The rule that is knocked out.</param>
/// <param name="IsWeak">Rare under random faults: a directed workload is needed to show it in reasonable time.</param>
public sealed record ReplicationBug(ReplicationBugs Flag, string Name, string Breaks, bool IsWeak = false)
{
    public static readonly IReadOnlyList<ReplicationBug> All =
    [
        new(B.PromiseVolatile, "promise-volatile", "a promise is answered but never saved"),
        new(B.PromiseIgnoredOnAppend, "promise-ignored-on-append", "a member takes entries of a leader it renounced"),
        new(B.SealSetNewestConfigOnly, "seal-set-newest-config-only",
            "recovery seals a quorum of the newest active configuration only"),
        new(B.SealSetAnyOne, "seal-set-any-one", "recovery goes on with one sealed member of each configuration"),
        new(B.TailByLength, "tail-by-length", "recovery takes the longest tail, whatever its last term"),
        new(B.TailOwnOnly, "tail-own-only", "a new leader takes its own tails"),
        new(B.RestampEntries, "restamp-entries", "recovery gives fetched entries its own term"),
        new(B.NoPrevTerm, "no-prev-term", "a member does not compare the term of the entry before"),
        new(B.TruncateAlways, "truncate-always", "a member cuts its log at the end of each append message"),
        new(B.CommitOldTermByCount, "commit-old-term-by-count",
            "entries of earlier terms commit by their acknowledgements alone", IsWeak: true),
        new(B.OpenAfterOneStream, "open-after-one-stream", "a term opens when its seal is committed in one stream"),
        new(B.AckBeforeOpen, "ack-before-open", "appends are taken as soon as the promise is on disk, before recovery"),
        new(B.ReadBeforeOpen, "read-before-open", "reads are confirmed before the term is open"),
        new(B.OpenedTermAtProposal, "opened-term-at-proposal", "a proposal counts as an opened term"),
        new(B.LeaderResumesTerm, "leader-resumes-term", "a restarted node leads on in the term of its earlier life"),
        new(B.UnknownProposalAssumedWon, "unknown-proposal-assumed-won",
            "a proposal of unknown outcome is acted on as won"),
        new(B.ActOnOwnProposal, "act-on-own-proposal", "a leader acts on what it last proposed, not on the record",
            IsWeak: true),
        new(B.AckByLength, "ack-by-length", "a member acknowledges its length, not what it has proven equal",
            IsWeak: true),
        new(B.FsyncAckBeforeSync, "fsync-ack-before-sync", "a member acknowledges as synced what is only written"),
        new(B.TaintIgnored, "taint-ignored", "members that forgot memory are trusted as if they had not"),
        new(B.TaintClearedByCleanRestart, "taint-cleared-by-clean-restart", "a clean restart hides an unclean one"),
        new(B.TaintTermOffByOne, "taint-term-off-by-one", "the taint names the term before the promised one"),
        new(B.LossNotInSeal, "loss-not-in-seal", "the seal carries no loss mark"),
        new(B.WipedKeepsId, "wiped-keeps-id", "a node that lost its disk returns under its old id (done by the host)"),
        new(B.DedupThisTermOnly, "dedup-this-term-only", "duplicates are looked for among entries of this term only"),
        new(B.DuplicateAnsweredEarly, "duplicate-answered-early", "a duplicate is answered before it commits"),
        new(B.DuplicateAnsweredByMemory, "duplicate-answered-by-memory",
            "an fsync-class retry is answered when the original is in memory"),
        new(B.DedupNotInBase, "dedup-not-in-base", "trimming forgets the producers"),
        new(B.ReadNoQuorum, "read-no-quorum", "reads are confirmed by the leader alone", IsWeak: true),
        new(B.ReadOldProbe, "read-old-probe", "a read is confirmed by a probe sent before it", IsWeak: true),
        new(B.ReadMajorityUnderAll, "read-majority-under-all",
            "under policy all a majority confirms reads", IsWeak: true),
        new(B.ReadAtFsyncCommitted, "read-at-fsync-committed",
            "confirmed reads miss what is acknowledged in memory"),
        new(B.LeaderSelfUnbound, "leader-self-unbound", "a leader counts itself although its member promised on"),
        new(B.FetchIgnoresLife, "fetch-ignores-life",
            "a seal's answer does not wait for the disk, and what a later life of the member has left of it is used",
            IsWeak: true),
        new(B.SealByMemory, "seal-by-memory", "a term opens when its seals are in memory"),
        new(B.FsyncAckedByMemory, "fsync-acked-by-memory", "fsync-class appends are acknowledged in memory"),
        new(B.CommitUnderOldConfig, "commit-under-old-config", "commits count the members of an earlier configuration"),
        new(B.TruncateGuardMemoryCommitted, "truncate-guard-memory-committed",
            "a member never gives up what it knows as memory-committed: it is stuck"),
        new(B.PromiseByEntryTerm, "promise-by-entry-term",
            "the promise is held against the terms of entries, not of the leader: stuck"),
        new(B.InstallDropsSuffix, "install-drops-suffix", "an installed base drops the entries after it", IsWeak: true),
        new(B.BlindCompareAndSet, "blind-compare-and-set", "a lost proposal is written over the winner"),
        new(B.LearnerCounts, "learner-counts-in-quorum", "acknowledgements of learners count for commits"),
        new(B.AppendBeforeActivate, "append-before-activate", "a configuration is used without being activated"),
        new(B.ActivateUnconditional, "activate-unconditional", "a deposed leader still activates its configuration"),
        new(B.OpenedUnconditional, "opened-unconditional", "a deposed leader still records its term as opened",
            IsWeak: true),
        new(B.TrimEarlyAndAboveCommit, "trim-early-and-above-commit",
            "a trim acts when appended, and may go above the committed end"),
        new(B.RaiseVolatile, "raise-volatile", "a promise raised by an append is not saved", IsWeak: true),
        new(B.StaleTermAnswersCounted, "stale-term-answers-counted", "acknowledgements of earlier terms count",
            IsWeak: true),
        new(B.MatchSurvivesRestart, "match-survives-restart",
            "a restarted member acknowledges what an earlier life had proven", IsWeak: true),
    ];

    /// <summary>Null for a name that is not in the list.</summary>
    public static ReplicationBug? Find(string name)
    {
        foreach (var bug in All)
            if (string.Equals(bug.Name, name, StringComparison.Ordinal)) return bug;
        return null;
    }
}
