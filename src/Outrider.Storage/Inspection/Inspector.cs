using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// Looks at one file by itself, changing nothing: what it holds, the first damage, and what recovery would refuse or
/// cut. Other files may know a later synced position; then what this calls a torn tail is damage.
/// </summary>
public static class Inspector
{
    /// <summary>Null when the disk has no such file or it cannot be read at all.</summary>
    public static FileInspection? Inspect(IDisk disk, string file)
    {
        foreach (var found in disk.List())
        {
            if (!string.Equals(found.Name, file, StringComparison.Ordinal)) continue;
            if (file == NodeMark.FileName) return InspectMark(disk, found);
            if (found.SizeBytes is < 2 * Layouts.BlockBytes or > int.MaxValue)
                return Unknown(found, "too short or long");
            return InspectSegment(disk, new(found.Name, (int)found.SizeBytes));
        }

        return null;
    }

    private static FileInspection Unknown(DiskFile file, string why) => new(
        file.Name, file.SizeBytes, "unknown", why, 0, 0, 0, 0, 0, default, 0, [],
        [new(0, $"not a journal file: {why}", "ignored")]);

    private static FileInspection InspectMark(IDisk disk, DiskFile file)
    {
        var problems = new List<Problem>();
        NodeMark? newest = null;
        var newestVersion = 0;
        for (var copy = 0; copy < 2; copy++)
        {
            var at = copy * Layouts.BlockBytes;
            var block = new byte[Layouts.BlockBytes];
            var outcome = disk.Read(file.Name, at, block) == DiskOutcome.Ok
                ? NodeMark.Read(block, out var mark, out var version)
                : NodeMark.Read([.. Enumerable.Repeat((byte)1, Layouts.BlockBytes)], out mark, out version);
            if (outcome == HeaderOutcome.Newer) problems.Add(new(at, $"format {version} is newer", "refused"));
            if (outcome == HeaderOutcome.Damaged)
                problems.Add(new(at, "this copy is damaged", "the other copy is used; refused if both are"));
            if (outcome != HeaderOutcome.Ok) continue;
            newestVersion = version;
            if (newest is null || mark.Incarnation > newest.Value.Incarnation) newest = mark;
        }

        var owner = newest?.Owner ?? default;
        return new(
            file.Name, file.SizeBytes, "node", newest is null ? "no life counted" : "ok", owner.ClusterId,
            owner.Node.Value, newestVersion, 0, newest?.Incarnation.Value ?? 0, default, 0, [], problems);
    }

    private static FileInspection InspectSegment(IDisk disk, Segment segment)
    {
        var problems = new List<Problem>();
        var block = new byte[Layouts.SegmentHeaderBytes];
        var header = default(SegmentHeader);
        var outcome = disk.Read(segment.Name, 0, block) == DiskOutcome.Ok
            ? SegmentHeader.Read(block, out header)
            : HeaderOutcome.Damaged;
        if (outcome == HeaderOutcome.Newer)
            problems.Add(new(0, $"format {header.Version} is newer than {Layouts.FormatVersion}", "refused"));
        if (outcome == HeaderOutcome.Damaged)
            problems.Add(new(0, "both copies of the header are damaged", "rebuilt from the newest batch that holds"));
        if (outcome == HeaderOutcome.Ok && header.SizeBytes > segment.SizeBytes)
            problems.Add(new(
                segment.SizeBytes, $"the file ends here, but was made {header.SizeBytes} bytes long",
                "refused, unless nothing in it was ever synced"));
        var batches = new List<BatchFound>();
        var walk = new InspectionWalk(disk, segment, header, outcome);
        if (outcome != HeaderOutcome.Newer) walk.Run(batches, problems);
        return new(
            segment.Name, segment.SizeBytes, "segment", outcome.ToString(), walk.Owner.ClusterId,
            walk.Owner.Node.Value, header.Version == 0 ? Layouts.FormatVersion : header.Version, walk.Generation,
            header.Incarnation, walk.Synced, walk.EndOffset, batches, problems);
    }
}
