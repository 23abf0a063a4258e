using Outrider.Core;

namespace Outrider.Storage;

public enum OpenRefusal : byte
{
    /// <summary>The files belong to another cluster or node.</summary>
    Foreign,
    /// <summary>The files were written by a later release.</summary>
    NewerFormat,
    /// <summary>
    /// Something that was durable is gone and it cannot be said whose it was, or it was the count of lives.
    /// </summary>
    Damaged,
    /// <summary>The disk did not answer; trying again may help.</summary>
    IoError,
    /// <summary>Not even the first files fit.</summary>
    DiskFull,
}

/// <summary>What came of opening a journal.</summary>
public abstract record JournalOpened
{
    private JournalOpened() { }

    /// <param name="Journal">Ready to write.</param>
    /// <param name="Recovered">What the machine starts from.</param>
    /// <param name="Report">What recovery met, for logs and inspection.</param>
    public sealed record Opened(Journal Journal, Recovered Recovered, RecoveryReport Report) : JournalOpened;

    /// <param name="Reason">For programs.</param>
    /// <param name="Message">For people: what happened, the likely cause, the next command.</param>
    public sealed record Refused(OpenRefusal Reason, string Message) : JournalOpened;
}

/// <summary>Bytes that were durable once and cannot be read.</summary>
public sealed record JournalDamage(string File, int OffsetBytes, string What);

/// <param name="Segments">Live segments.</param>
/// <param name="Records">Records replayed.</param>
/// <param name="Bytes">Bytes of batches replayed.</param>
/// <param name="Synced">Everything before it was known to be durable.</param>
/// <param name="End">Where the journal goes on.</param>
/// <param name="Cut">What was cut off the end as never synced; null if nothing.</param>
/// <param name="Damages">In the order of the journal.</param>
public sealed record RecoveryReport(
    int Segments, long Records, long Bytes, JournalPosition Synced, JournalPosition End, string? Cut,
    IReadOnlyList<JournalDamage> Damages);
