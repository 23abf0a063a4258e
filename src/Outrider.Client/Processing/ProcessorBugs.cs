namespace Outrider.Client.Processing;

/// <summary>Planted bugs of gate and processor, for tests only; whoever uses them passes None.</summary>
[Flags]
public enum ProcessorBugs
{
    None = 0,

    /// <summary>The gate lets out what rests on the first record that is not confirmed.</summary>
    ReleaseOneTooMany = 1 << 0,

    /// <summary>The gate keeps what rests on revoked records.</summary>
    KeepRevokedOutputs = 1 << 1,

    /// <summary>The replay goes over the revoked records too.</summary>
    ReplayRevoked = 1 << 2,

    /// <summary>It goes back to the newest state, whatever that has seen.</summary>
    RewindTooLittle = 1 << 3,

    /// <summary>Later changes touch the states that are kept.</summary>
    KeepWithoutCopy = 1 << 4,

    /// <summary>It goes on from the kept state itself: a second roll-back finds it spoilt.</summary>
    ResumeWithoutCopy = 1 << 5,

    /// <summary>What the replay passes again below the confirmed position is emitted again.</summary>
    EmitConfirmedAgain = 1 << 6,

    /// <summary>After a lost subscription it believes to have seen what it has just forgotten.</summary>
    ForgetToReadAgain = 1 << 7,

    /// <summary>The numbers of a record's outputs go on where those before the roll-back ended.</summary>
    NumbersGoOn = 1 << 8,

    /// <summary>A checkpoint holds what is not confirmed.</summary>
    CheckpointAhead = 1 << 9,
}
