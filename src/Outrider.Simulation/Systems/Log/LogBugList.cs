using Outrider.Client.Processing;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>The planted bugs of the log, of its consumer groups, and of gate and processor in the client.</summary>
internal static class LogBugList
{
    /// <summary>
    /// Those that break the promise that a lone failure takes nothing back, and no other.
    /// </summary>
    private static readonly SortedDictionary<LogBugs, string> Directed = new()
    {
        [LogBugs.SealAnyCopy] = LogWorkload.OneVictim,
        [LogBugs.DeliverBeforeCopies] = LogWorkload.OneVictim,
        [LogBugs.SpeculateOnOneCopy] = LogWorkload.OneVictim,
    };

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. LogBug.All.Select(bug => new PlantedBug(
            BugNames.ToKebab(bug.Flag.ToString()), "log", bug.What, Directed.GetValueOrDefault(bug.Flag))),
        Group(GroupBugs.AckAnyGeneration, "an acknowledgement counts although the entry went to somebody else since"),
        Group(GroupBugs.NoExpectedTail, "operations are appended without asking whether others came between"),
        Group(GroupBugs.ForgetOwnOps, "its own operation, placed while the answer was lost, is decided once more"),
        Group(GroupBugs.AnswerFromMemory, "answers that change nothing come from a state that may be old"),
        Group(GroupBugs.SnapshotWithoutCounts, "a snapshot forgets how often entries were delivered"),
        Group(GroupBugs.TrimBeforeSnapshot, "the stream is trimmed up to a snapshot that may not have been placed"),
        Group(GroupBugs.LettersWithoutKey, "dead letters have no name by which a repeat is known"),
        Group(GroupBugs.DeliverStale, "entries read before deciding are given out although somebody else got them"),
        Group(GroupBugs.LettersLost, "what is given up goes nowhere"),
        Group(GroupBugs.IgnoreLease, "a claim is taken over before its lease is over"),
        Group(GroupBugs.AnswerUnconfirmed, "an answer is given when the operation is sent"),
        Gate(ProcessorBugs.ReleaseOneTooMany, "the gate lets out what rests on the first unconfirmed record"),
        Gate(ProcessorBugs.KeepRevokedOutputs, "the gate keeps what rests on revoked records"),
        Gate(ProcessorBugs.ReplayRevoked, "the replay goes over the revoked records too"),
        Gate(ProcessorBugs.RewindTooLittle, "it goes back to the newest state, whatever that has seen"),
        Gate(ProcessorBugs.KeepWithoutCopy, "later changes touch the states that are kept"),
        Gate(ProcessorBugs.ResumeWithoutCopy, "it goes on from the kept state itself"),
        Gate(ProcessorBugs.EmitConfirmedAgain, "what a replay passes below the confirmed position is emitted again"),
        Gate(ProcessorBugs.ForgetToReadAgain, "after a lost subscription it believes to have what it has forgotten"),
        Gate(ProcessorBugs.NumbersGoOn, "a record's outputs are numbered on from those before the roll-back"),
        Gate(ProcessorBugs.CheckpointAhead, "a checkpoint holds what is not confirmed"),
    ];

    private static PlantedBug Group(GroupBugs flag, string what) =>
        new(BugNames.ToKebab(flag.ToString()), "groups", what);

    private static PlantedBug Gate(ProcessorBugs flag, string what) =>
        new(BugNames.ToKebab(flag.ToString()), "gate", what);
}
