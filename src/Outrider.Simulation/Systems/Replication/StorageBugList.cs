using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Simulation;

/// <summary>The planted bugs of the journal, with what each one does.</summary>
internal static class StorageBugList
{
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        Of(nameof(StorageBugs.ChecksumWithoutGeneration),
            "neither checksums nor numbers name the use of a segment: batches of an earlier use pass for new"),
        Of(nameof(StorageBugs.FirstStateWins),
            "the first saved state of a group is kept and later ones are ignored: a promise is forgotten"),
        Of(nameof(StorageBugs.CutBelowSynced),
            "recovery forgets what was synced, so that damage in the middle is cut like a torn tail"),
        Of(nameof(StorageBugs.TornTailServed),
            "checksums of records are not looked at: what a torn write left behind is handed out"),
        Of(nameof(StorageBugs.AckBeforeSync), "a group commit reports success without having synced anything"),
        Of(nameof(StorageBugs.CleanMarkKept),
            "one clean end counts for all later starts: a crash after it leaves no taint"),
        Of(nameof(StorageBugs.ReadOffByOne), "a read from disk begins one entry too late"),
        Of(nameof(StorageBugs.CleanerForgetsState),
            "the cleaner frees a segment without copying the saved states that stand in it", Workload.Recycling),
        Of(nameof(StorageBugs.MisdirectedAccepted),
            "a batch is taken wherever a misdirected write has put it, and whatever its number", Workload.Rot),
        Of(nameof(StorageBugs.SyncCoversLater),
            "a sync reports as durable also what was written after it had begun"),
        Of(nameof(StorageBugs.NameNotSynced),
            "a start does not sync the directory: the name of a new segment goes with the next power loss",
            Workload.Recycling),
        Of(nameof(StorageBugs.LossNotNoted),
            "damage is told once and not noted down: half repaired, the stream looks whole at the next start",
            Workload.Rot),
    ];

    private static PlantedBug Of(string property, string what, string? workload = null)
    {
        Check.That(typeof(StorageBugs).GetProperty(property) is not null);
        return new(BugNames.ToKebab(property), "storage", what, workload);
    }
}
