namespace Outrider.Log;

/// <summary>Planted bugs of consumer groups, for tests only; real nodes pass None.</summary>
[Flags]
public enum GroupBugs
{
    None = 0,

    /// <summary>An acknowledgement counts although the entry has gone to somebody else since.</summary>
    AckAnyGeneration = 1 << 0,

    /// <summary>Operations are appended without asking whether others came between.</summary>
    NoExpectedTail = 1 << 1,

    /// <summary>Answers that change nothing come from a state that may be old.</summary>
    AnswerFromMemory = 1 << 3,

    /// <summary>A snapshot forgets how often entries were delivered.</summary>
    SnapshotWithoutCounts = 1 << 4,

    /// <summary>The stream is trimmed up to a snapshot that may not have been placed.</summary>
    TrimBeforeSnapshot = 1 << 5,

    /// <summary>Dead letters are appended without a name by which a repeat is known.</summary>
    LettersWithoutKey = 1 << 6,

    /// <summary>Entries read before deciding are delivered although somebody else was given them since.</summary>
    DeliverStale = 1 << 7,

    /// <summary>What is given up goes nowhere.</summary>
    LettersLost = 1 << 8,

    /// <summary>A claim is taken over before its lease is over.</summary>
    IgnoreLease = 1 << 9,

    /// <summary>An answer is given when the operation is sent, not when it is confirmed.</summary>
    AnswerUnconfirmed = 1 << 10,

    /// <summary>What rests on unconfirmed operations is also placed after the last confirmed one.</summary>
    RestOnAnyTail = 1 << 11,
}
