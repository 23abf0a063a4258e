using System.Globalization;
using Outrider.Core;

namespace Outrider.Storage;

/// <summary>Why a journal is not opened: what happened, the likely cause, the next command.</summary>
internal static class Refusals
{
    public static JournalOpened.Refused Foreign(string file, Identity found, Identity ours) => new(
        OpenRefusal.Foreign,
        $"{file} belongs to cluster {Hex(found.ClusterId)}, node {found.Node}; this is cluster {Hex(ours.ClusterId)}, "
        + $"node {ours.Node}. Likely the data directory of another node was given. "
        + $"Start with this node's own directory, or look at the file: outrider inspect {file}");

    public static JournalOpened.Refused Newer(string file, int version) => new(
        OpenRefusal.NewerFormat,
        $"{file} has format {version}; this release reads up to {Layouts.FormatVersion}. Likely a newer release ran on "
        + "this directory. Start that release again; see which one this is with: outrider version");

    public static JournalOpened.Refused LivesUnreadable() => new(
        OpenRefusal.Damaged,
        $"both copies of this node's count of lives in {NodeMark.FileName} are unreadable. Without it an answer of an "
        + "earlier life could be taken for one of this life. The node must join again under a new id: "
        + "outrider node remove NAME, then outrider node add");

    public static JournalOpened.Refused SegmentMissing(long generation) => new(
        OpenRefusal.Damaged,
        $"segment generation {generation} is missing though it still holds live records. Likely a file was deleted or "
        + "its disk lost. Put the file back, or let the node join again under a new id: outrider node remove NAME, "
        + "then outrider node add");

    public static JournalOpened.Refused CutShort(string file, long found, long made) => new(
        OpenRefusal.Damaged,
        $"{file} ends at offset {found}; it was made {made} bytes long. Likely it was copied in part or its file "
        + $"system was damaged. Put the whole file back, or see what is left with: outrider inspect {file}; then join "
        + "again under a new id: outrider node remove NAME, outrider node add");

    public static JournalOpened.Refused SegmentTwice(string first, string second, long generation) => new(
        OpenRefusal.Damaged,
        $"{first} and {second} both claim to be generation {generation}. Likely a file was copied or restored by hand. "
        + $"See which one goes on with the others: outrider inspect {first}, outrider inspect {second}; then move the "
        + "other out of the directory");

    public static JournalOpened.Refused Unattributable(IReadOnlyList<JournalDamage> damages)
    {
        var first = damages.Count > 0 ? damages[0] : new JournalDamage("?", 0, "damage");
        return new(
            OpenRefusal.Damaged,
            $"{first.File} at offset {first.OffsetBytes}: {first.What}, and the ledgers that would say whose records "
            + "these were are unreadable too. A promise may be among them, so this node must not answer. See what is "
            + $"left with: outrider inspect {first.File}; then join again under a new id: outrider node remove NAME, "
            + "outrider node add");
    }

    public static JournalOpened.Refused Unreadable(string file, JournalPosition at) => new(
        OpenRefusal.IoError,
        $"{file} cannot be read near offset {at.Offset}: the device reports an error, which a torn write does not "
        + "cause, so nothing was cut. Try again; if it persists, replace the disk and join under a new id: "
        + "outrider node remove NAME, outrider node add");

    public static JournalOpened.Refused Io(string what, DiskOutcome outcome) => outcome == DiskOutcome.Full
        ? new(OpenRefusal.DiskFull, $"no space left: {what}. Free some, then start the node again; df shows where")
        : new(OpenRefusal.IoError, $"the disk failed: {what} ({outcome}). Check the device and its permissions, then "
            + "start the node again; dmesg shows what the kernel met");

    private static string Hex(ulong value) => value.ToString("x16", CultureInfo.InvariantCulture);
}
