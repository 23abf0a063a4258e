namespace Outrider.Log;

/// <summary>What a planted bug breaks.</summary>
/// <param name="IsWeak">Random runs hardly meet it.</param>
public sealed record LogBug(LogBugs Flag, string What, bool IsWeak = false)
{
    /// <summary>One line for each flag of <see cref="LogBugs"/>.</summary>
    public static IReadOnlyList<LogBug> All { get; } =
    [
        new(LogBugs.SealAnyCopy, "a failure keeps what the first copy to answer holds", IsWeak: true),
        new(LogBugs.ForgetClosedGroups, "a new leader does not resume groups that were closed", IsWeak: true),
        new(LogBugs.ServeUncommitted, "a copy answers reads with slots that are not final"),
        new(LogBugs.DeliverBeforeCopies, "readers see a record before the other home copies have it"),
        new(LogBugs.NoRunAheadBound, "nobody stops at the tail plus the run-ahead bound"),
        new(LogBugs.NoDedup, "a repeated batch is placed again"),
        new(LogBugs.DuplicateAnsweredEarly, "a repeat is acknowledged before its original is committed"),
        new(LogBugs.AckWhenReported, "acknowledged when all copies have it, before the order is committed"),
        new(LogBugs.AckWhenTaken, "acknowledged as soon as it has a slot"),
        new(LogBugs.ZombieAck, "a failed primary acknowledges above what was kept"),
        new(LogBugs.SpeculateOnOneCopy, "goes on delivering early with a single copy left", IsWeak: true),
        new(LogBugs.ReportFromMemory, "reports rows that are not on disk"),
        new(LogBugs.ReportOwnDisk, "reports rows that only the primary has on disk"),
        new(LogBugs.ReportTaken, "reports rows that no copy need have"),
        new(LogBugs.WakeSentOnce, "a sleeper asks for a quota once and never again"),
        new(LogBugs.TakeOverUnread, "a new owner serves keys before it knows what the old one had placed"),
        new(LogBugs.TornBatch, "a batch cut by a failure is shown in part"),
        new(LogBugs.NoRevocation, "readers are not told that a sub-log has failed"),
        new(LogBugs.ServeDeadSlots, "slots above what was kept are delivered as records"),
        new(LogBugs.ConfirmBeforeView, "the tail is confirmed before the failures that precede it are taken in"),
        new(LogBugs.ConfirmOnDelivery, "what is delivered early is confirmed at once"),
        new(LogBugs.SpeculativeShownFinal, "early deliveries are marked confirmed"),
        new(LogBugs.ActOnUncommitted, "ordering entries are applied before they are committed"),
        new(LogBugs.ResumeAfterRestart, "a restarted primary goes on under its old id"),
        new(LogBugs.ReadFromAnyTail, "reads trust the tail that their node happens to know"),
        new(LogBugs.PrefixUnrotated, "a row is committed in part by the fixed order of its participants, not its own"),
        new(LogBugs.PrefixAny, "a row is committed in part by how many have it, whoever they are"),
        new(LogBugs.KeepUnclamped, "a failure keeps slots beyond the last fixed window, which have no position"),
        new(LogBugs.KeepPastEarlyClose, "a window closed early leaves a failed sub-log what it was cut short by"),
        new(LogBugs.CloseByCommitted, "an early close counts rows from the committed tail, not from what is proposed"),
        new(LogBugs.CloseTooShort, "an early close takes rows away that others may already speculate on"),
        new(LogBugs.DeadRowsUnbounded, "no-ops of a failed sub-log are merged beyond the run-ahead bound"),
        new(LogBugs.ParkedForEver, "a window without participants is never followed by another"),
        new(LogBugs.QuotaCountedTwice, "the last row's quota of a participant counts twice: a row more is committed"),
        new(LogBugs.DedupLostAtRestart, "a batch that an ended sub-log of the shard placed is not found again"),
        new(LogBugs.FailedStillNeeded, "rows wait for participants that have failed"),
        new(LogBugs.TakeOverFromLeaver, "a leaver's keys are served elsewhere before all that it placed is read"),
        new(LogBugs.ConfirmUnsent, "a reader is told that more is final than it has been sent"),
        new(LogBugs.AnswerBeforeIndexed, "reads of a key do not wait until its index covers the proven tail"),
        new(LogBugs.ExpectedTailCommittedOnly,
            "a conditional append is judged by what is confirmed, not by what is under way"),
        new(LogBugs.DedupGap, "a batch is forgotten when it is answered, before the index knows it"),
        new(LogBugs.AheadNotRevoked, "readers of one key are not told that what ran ahead has been revoked"),
        new(LogBugs.AheadOverGap, "a reader of one key runs ahead over a gap in its sub-log"),
        // Too narrow for faults that are drawn: OvertakenTests plays it.
        new(LogBugs.NoReturn, "a reader of one key does not go back to where the no-ops of its last home begin"),
        new(LogBugs.AckWhenKept, "what a failure keeps is acknowledged before it is placed"),
        new(LogBugs.RedecideWindow, "a new leader decides windows before it has read those that are decided"),
        new(LogBugs.ForgetCommittedReports, "a new leader waits for reports of what is committed already"),
        new(LogBugs.LeaverStops, "a leaver fills no rows any more, though its last window is not over"),
        new(LogBugs.PlaceByGrownLayout, "a node that starts after one was added places shards and seats by all nodes"),
        new(LogBugs.TrimPastGroups, "a trim of the log passes what a consumer group has not read"),
        new(LogBugs.TrimGroupState, "a trim of the log takes along the state of consumer groups"),
    ];
}
