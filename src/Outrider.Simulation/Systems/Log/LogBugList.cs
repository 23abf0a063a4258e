using Outrider.Client.Processing;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>The planted bugs of the log, of its consumer groups, and of gate and processor in the client.</summary>
internal static class LogBugList
{
    /// <summary>
    /// Most of these do harm only where a sub-log ends with more shown or taken than is kept, which is rare by design.
    /// </summary>
    private static readonly SortedDictionary<string, string> Directed = new(StringComparer.Ordinal)
    {
        ["seal-any-copy"] = LogWorkload.OneVictim,
        ["deliver-before-copies"] = LogWorkload.OneVictim,
        ["speculate-on-one-copy"] = LogWorkload.OneVictim,
        ["forget-closed-groups"] = LogWorkload.Revocations,
        ["serve-uncommitted"] = LogWorkload.Revocations,
        ["zombie-ack"] = LogWorkload.Revocations,
        ["report-from-memory"] = LogWorkload.Revocations,
        ["report-own-disk"] = LogWorkload.Revocations,
        ["serve-dead-slots"] = LogWorkload.Revocations,
        ["resume-after-restart"] = LogWorkload.Revocations,
        ["prefix-unrotated"] = LogWorkload.Revocations,
        ["keep-unclamped"] = LogWorkload.Revocations,
        ["ahead-not-revoked"] = LogWorkload.Revocations,
        ["ahead-over-gap"] = LogWorkload.Revocations,
        ["resume-without-copy"] = LogWorkload.Revocations,
        ["ack-when-kept"] = LogWorkload.Revocations,
        ["take-over-from-leaver"] = LogWorkload.Drains,
        ["leaver-stops"] = LogWorkload.Drains,
        ["cut-above-trim"] = LogWorkload.Trims,
        ["forget-batches"] = LogWorkload.Trims,
        ["cut-unremembered"] = LogWorkload.Trims,
        ["drop-uncarried"] = LogWorkload.Trims,
        ["retain-too-little"] = LogWorkload.Ages,
        ["retain-past-groups"] = LogWorkload.Ages,
        ["serve-lost"] = LogWorkload.Losses,
        ["pass-lost-silently"] = LogWorkload.Losses,
        ["shut-after-loss"] = LogWorkload.Losses,
        ["snapshot-without-counts"] = LogWorkload.Consumers,
    };

    /// <summary>
    /// Needs a choreography that faults drawn at random do not hit: a unit test in virtual time plays it, with and
    /// without the bug.
    /// </summary>
    private const LogBugs PlayedElsewhere = LogBugs.NoReturn;

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. LogBug.All.Where(bug => bug.Flag != PlayedElsewhere).Select(bug => Of(bug.Flag.ToString(), "log", bug.What)),
        Group(GroupBugs.AckAnyGeneration, "an acknowledgement counts although the entry went to somebody else since"),
        Group(GroupBugs.NoExpectedTail, "operations are appended without asking whether others came between"),
        Group(GroupBugs.AnswerFromMemory, "answers that change nothing come from a state that may be old"),
        Group(GroupBugs.SnapshotWithoutCounts, "a snapshot forgets how often entries were delivered"),
        Group(GroupBugs.TrimBeforeSnapshot, "the stream is trimmed up to a snapshot that may not have been placed"),
        Group(GroupBugs.LettersWithoutKey, "dead letters have no name by which a repeat is known"),
        Group(GroupBugs.DeliverStale, "entries read before deciding are given out although somebody else got them"),
        Group(GroupBugs.LettersLost, "what is given up goes nowhere"),
        Group(GroupBugs.IgnoreLease, "a claim is taken over before its lease is over"),
        Group(GroupBugs.AnswerUnconfirmed, "an answer is given when the operation is sent"),
        Group(GroupBugs.RestOnAnyTail, "a decision that rests on what was lost is taken for the next one"),
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

    private static PlantedBug Group(GroupBugs flag, string what) => Of(flag.ToString(), "groups", what);

    private static PlantedBug Gate(ProcessorBugs flag, string what) => Of(flag.ToString(), "gate", what);

    private static PlantedBug Of(string flag, string area, string what) =>
        new(BugNames.ToKebab(flag), area, what, Directed.GetValueOrDefault(BugNames.ToKebab(flag)));
}
