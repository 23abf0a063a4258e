namespace Outrider.Log;

/// <summary>Planted bugs, for the simulator's gate only; hosts of real nodes pass None.</summary>
[Flags]
public enum LogBugs : ulong
{
    None = 0,
    SealAnyCopy = 1UL << 0,
    ForgetClosedGroups = 1UL << 1,
    ServeUncommitted = 1UL << 2,
    DeliverBeforeCopies = 1UL << 3,
    NoRunAheadBound = 1UL << 4,
    NoDedup = 1UL << 5,
    DuplicateAnsweredEarly = 1UL << 6,
    AckWhenReported = 1UL << 7,
    AckWhenTaken = 1UL << 8,
    ZombieAck = 1UL << 9,
    SpeculateOnOneCopy = 1UL << 10,
    ReportFromMemory = 1UL << 11,
    ReportOwnDisk = 1UL << 12,
    ReportTaken = 1UL << 13,
    WakeSentOnce = 1UL << 14,
    TakeOverUnread = 1UL << 15,
    TornBatch = 1UL << 16,
    NoRevocation = 1UL << 17,
    ServeDeadSlots = 1UL << 18,
    ConfirmBeforeView = 1UL << 19,
    ConfirmOnDelivery = 1UL << 20,
    SpeculativeShownFinal = 1UL << 21,
    ActOnUncommitted = 1UL << 22,
    ResumeAfterRestart = 1UL << 23,
    ReadFromAnyTail = 1UL << 24,
}
