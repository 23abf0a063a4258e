using Outrider.Core;

namespace Outrider.Storage;

/// <summary>What the directory holds: the node's count of lives and the segments, live ones in order.</summary>
internal sealed class FoundFiles
{
    private readonly List<(Segment Segment, SegmentHeader Header)> _headed = [];
    private readonly List<Segment> _blank = [];
    private (string Name, DiskOutcome Outcome)? _unread;

    public NodeMark? Mark { get; private set; }
    public bool HasNodeFile { get; private set; }
    public int LastSlot { get; private set; }

    public IEnumerable<Segment> Headed => _headed.Select(found => found.Segment);

    /// <summary>Live segments, contiguous generations, the oldest first.</summary>
    public List<Segment> Chain { get; } = [];

    /// <summary>Segments behind a gap: their group commit was never synced.</summary>
    public List<Segment> Beyond { get; } = [];

    /// <summary>Segments below the first live one; what says so may itself not be durable yet.</summary>
    public List<Segment> Dead { get; } = [];

    /// <summary>Segments that were never used.</summary>
    public List<Segment> Free { get; } = [];

    public JournalPosition Synced { get; private set; }
    public long FirstLive { get; private set; }
    public long LastIncarnation { get; private set; }

    /// <summary>Reads all headers; null if the directory may be opened, else why not.</summary>
    public JournalOpened.Refused? Load(IDisk disk, Identity owner, StorageBugs bugs)
    {
        foreach (var file in disk.List())
        {
            if (file.Name == NodeMark.FileName)
            {
                if (LoadMark(disk, owner) is { } refused) return refused;
            }
            else if (Segment.SlotOf(file.Name) is >= 0 and var slot)
            {
                LastSlot = Math.Max(LastSlot, slot);
                if (file.SizeBytes is < 2 * Layouts.BlockBytes or > int.MaxValue) continue;
                var segment = new Segment(file.Name, (int)file.SizeBytes);
                if (LoadSegment(disk, owner, segment, bugs) is { } refused) return refused;
            }
        }

        Arrange();
        Free.AddRange(_blank);
        return null;
    }

    private JournalOpened.Refused? LoadMark(IDisk disk, Identity owner)
    {
        HasNodeFile = true;
        var damaged = 0;
        for (var copy = 0; copy < 2; copy++)
        {
            var block = new byte[Layouts.BlockBytes];
            if (disk.Read(NodeMark.FileName, copy * Layouts.BlockBytes, block) != DiskOutcome.Ok)
            {
                damaged++;
                continue;
            }

            var outcome = NodeMark.Read(block, out var mark, out var version);
            if (outcome == HeaderOutcome.Newer) return Refusals.Newer(NodeMark.FileName, version);
            if (outcome == HeaderOutcome.Damaged) damaged++;
            if (outcome != HeaderOutcome.Ok) continue;
            if (mark.Owner != owner) return Refusals.Foreign(NodeMark.FileName, mark.Owner, owner);
            if (Mark is null || mark.Incarnation > Mark.Value.Incarnation) Mark = mark;
        }

        return damaged == 2 ? Refusals.LivesUnreadable() : null;
    }

    private JournalOpened.Refused? LoadSegment(IDisk disk, Identity owner, Segment segment, StorageBugs bugs)
    {
        var block = new byte[Layouts.SegmentHeaderBytes];
        var read = disk.Read(segment.Name, 0, block);
        var header = default(SegmentHeader);
        var outcome = read == DiskOutcome.Ok ? SegmentHeader.Read(block, out header) : HeaderOutcome.Damaged;
        switch (outcome)
        {
            case HeaderOutcome.Newer: return Refusals.Newer(segment.Name, header.Version);
            case HeaderOutcome.Ok when header.Owner != owner:
                return Refusals.Foreign(segment.Name, header.Owner, owner);
            case HeaderOutcome.Ok:
                _headed.Add((segment, header));
                return null;
            case HeaderOutcome.Damaged or HeaderOutcome.Blank when Rebuild(disk, owner, segment, bugs, out header):
                segment.HeaderLost = true;
                _headed.Add((segment, header));
                return null;
            default:
                if (read != DiskOutcome.Ok) _unread = (segment.Name, read);
                _blank.Add(segment);
                return null;
        }
    }

    /// <summary>
    /// A segment is not there. If a header could not be read it may be that one: a device that fails once is no
    /// reason to give up an id for good.
    /// </summary>
    public JournalOpened.Refused Missing(long generation) => _unread is var (name, outcome)
        ? Refusals.Io($"reading the header of {name}", outcome)
        : Refusals.SegmentMissing(generation);

    /// <summary>
    /// Takes a lost header's fields from the newest batch in the file, since batches carry them too.
    /// </summary>
    private static bool Rebuild(IDisk disk, Identity owner, Segment segment, StorageBugs bugs, out SegmentHeader header)
    {
        header = default;
        var newest = NewestIn(new BatchReader(new SegmentWindow(disk, 1 << 20), owner, bugs), segment);
        if (newest.Generation == 0) return false;
        header = HeaderOf(newest, owner, segment);
        return true;
    }

    private static SegmentHeader HeaderOf(in BatchHeader newest, Identity owner, Segment segment)
    {
        var isFirst = newest.Offset == Layouts.SegmentHeaderBytes;
        return new SegmentHeader
        {
            Version = Layouts.FormatVersion,
            Owner = owner,
            Generation = newest.Generation,
            FirstSequence = isFirst ? newest.Sequence : 0,
            FirstCommit = isFirst ? newest.Commit : 0,
            FirstLive = newest.FirstLive,
            Synced = newest.Synced,
            SizeBytes = segment.SizeBytes,
        };
    }

    private static BatchHeader NewestIn(BatchReader batches, Segment segment)
    {
        batches.Open(segment);
        var newest = default(BatchHeader);
        for (var at = Layouts.SegmentHeaderBytes; at <= segment.SizeBytes - BatchHeader.Bytes;)
        {
            var found = batches.TryAnyGeneration(at, out var batch);
            if (found && batch.Generation > newest.Generation) newest = batch;
            at = found ? batches.Beyond(batch) : at + Layouts.BatchAlignBytes;
        }

        return newest;
    }

    private void Arrange()
    {
        _headed.Sort((a, b) => a.Header.Generation.CompareTo(b.Header.Generation));
        foreach (var (segment, header) in _headed)
        {
            segment.Generation = header.Generation;
            segment.FirstSequence = header.FirstSequence;
            segment.FirstCommit = header.FirstCommit;
            segment.Incarnation = header.Incarnation;
            Note(header.Synced, header.FirstLive, header.Incarnation);
        }
    }

    /// <summary>
    /// Takes the newer knowledge of the newest batches, then sorts the segments: below the first live one they are
    /// free, from there on they are the chain, and behind a gap stands what was never synced.
    /// </summary>
    public JournalOpened.Refused? Choose(IDisk disk, Identity owner, StorageBugs bugs)
    {
        var batches = new BatchReader(new SegmentWindow(disk, 1 << 20), owner, bugs);
        for (var i = _headed.Count - 1; i >= 0; i--)
        {
            batches.Open(_headed[i].Segment);
            var found = batches.Scan(Layouts.SegmentHeaderBytes);
            foreach (var batch in found) Note(batch.Synced, batch.FirstLive, batch.Incarnation);
            if (found.Count > 0) break;
        }

        if (FindOverwritten(batches)) return Choose(disk, owner, bugs);
        foreach (var (segment, header) in _headed)
        {
            // A power loss can take the header of a segment's next use and leave its batches, which would speak for
            // that generation again if the old header were ever lost.
            if (segment.Generation < FirstLive)
                (NewestIn(batches, segment).Generation > segment.Generation ? Beyond : Dead).Add(segment);
            else if (Chain.Count > 0 && segment.Generation == Chain[^1].Generation)
                return Refusals.SegmentTwice(Chain[^1].Name, segment.Name, segment.Generation);
            // Never synced and without its end: used on, it would look cut short once something in it is.
            else if (Chain.Count > 0 && segment.Generation > Synced.Generation && header.SizeBytes > segment.SizeBytes)
                Beyond.Add(segment);
            else if (segment.Generation == FirstLive + Chain.Count) Chain.Add(segment);
            else Beyond.Add(segment);
        }

        if (Chain.Count == 0 || Synced.Generation > Chain[^1].Generation)
            return Missing(FirstLive + Chain.Count);
        foreach (var (segment, header) in _headed)
        {
            // What was never synced may lack its end for good reasons; what was cannot.
            if (segment.Generation >= FirstLive && segment.Generation <= Synced.Generation
                && header.SizeBytes > segment.SizeBytes)
                return Refusals.CutShort(segment.Name, segment.SizeBytes, header.SizeBytes);
        }

        if (bugs.CutBelowSynced) Synced = default;
        return null;
    }

    /// <summary>
    /// Looks behind headers for batches of a later use which say that this use was synced. The write of its header
    /// went astray: without this, all that was acknowledged in it would pass for never synced.
    /// </summary>
    private bool FindOverwritten(BatchReader batches)
    {
        for (var i = 0; i < _headed.Count; i++)
        {
            var (segment, header) = _headed[i];
            batches.Open(segment);
            if (batches.TryHeader(Layouts.SegmentHeaderBytes, out _)) continue;
            var newest = NewestIn(batches, segment);
            // A later batch tells more; a lone one could be what a power loss left of a use that never was synced.
            segment.Generation = newest.Generation;
            var synced = batches.Scan(newest.Offset).Select(batch => batch.Synced).DefaultIfEmpty().Max();
            segment.Generation = header.Generation;
            if (newest.Generation <= header.Generation || synced.Generation < newest.Generation) continue;
            _headed[i] = (segment, HeaderOf(newest, batches.Owner, segment));
            segment.HeaderLost = true;
            Arrange();
            return true;
        }

        return false;
    }

    private void Note(JournalPosition synced, long firstLive, long incarnation)
    {
        Synced = JournalPosition.Max(Synced, synced);
        FirstLive = Math.Max(FirstLive, firstLive);
        LastIncarnation = Math.Max(LastIncarnation, incarnation);
    }
}
