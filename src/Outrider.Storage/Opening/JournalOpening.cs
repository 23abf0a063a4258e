using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// Brings a directory to life: reads it, judges it, counts the new life, and only then hands it out.
/// </summary>
internal sealed class JournalOpening(IDisk disk, JournalOptions options)
{
    private readonly Identity _owner = new(options.ClusterId, options.Node);
    private readonly FoundFiles _files = new();
    private readonly SegmentSet _segments = new();
    private readonly StreamTable _table = new(options);

    public JournalOpened Run()
    {
        // An earlier life may have been stopped between making a file and making its name durable.
        var outcome = options.Bugs.NameNotSynced ? DiskOutcome.Ok : disk.SyncDirectory();
        if (outcome != DiskOutcome.Ok) return Refusals.Io("syncing the directory", outcome);
        if (_files.Load(disk, _owner, options.Bugs) is { } refused) return refused;
        _segments.NoteSlot(_files.LastSlot);
        return _files.Headed.Any() ? Reopen() : Fresh();
    }

    private JournalOpened Fresh()
    {
        // The first segment is made before the first life is counted, so its absence later means loss.
        if (_files.Mark is not null) return _files.Missing(1);
        foreach (var blank in _files.Free) _segments.AddFree(blank);
        if (CreateNodeFile() is { } failed) return failed;
        if (_segments.Take(disk, options.SegmentBytes, out var outcome) is not { } first)
            return Refusals.Io("making the first segment", outcome);
        first.Generation = 1;
        first.FirstSequence = 1;
        first.FirstCommit = 1;
        first.Incarnation = 1;
        _segments.AddLive(first);
        outcome = JournalWriter.WriteHeader(disk, first, _owner, new(1), default, firstLive: 1);
        if (outcome == DiskOutcome.Ok) outcome = disk.Sync(first.Name);
        if (outcome != DiskOutcome.Ok) return Refusals.Io($"writing {first.Name}", outcome);
        var start = new JournalStart(new(1), 1, 0, new(1, Layouts.SegmentHeaderBytes));
        return Finish(start, null, unclean: false);
    }

    private JournalOpened Reopen()
    {
        foreach (var segment in _files.Headed)
        {
            // What the page cache holds and the disk does not must not be taken for durable.
            var outcome = disk.Sync(segment.Name);
            if (outcome != DiskOutcome.Ok) return Refusals.Io($"syncing {segment.Name} before reading it", outcome);
        }

        if (_files.Choose(disk, _owner, options.Bugs) is { } missing) return missing;
        var replay = new Replay(disk, options, _files.Chain, _files.Synced, _table);
        replay.Run();
        if (_files.Mark is null && replay.LastIncarnation > 0) return Refusals.LivesUnreadable();
        if (replay.Unattributed.Count > 0) return Refusals.Unattributable(replay.Damages);
        var end = replay.End.Generation == 0
            ? new(_files.Chain[0].Generation, Layouts.SegmentHeaderBytes)
            : replay.End;
        if (replay.UnreadableEnd)
            return Refusals.Unreadable(_files.Chain.Find(s => s.Generation == end.Generation)!.Name, end);
        if (!_files.HasNodeFile && CreateNodeFile() is { } failed) return failed;
        if (Settle(end) is { } io) return io;

        var counted = Math.Max(_files.Mark?.Incarnation.Value ?? 0, _files.LastIncarnation);
        if (_files.Mark is null) counted = 0;
        var clean = _files.Mark is null
            || (replay.Clean && (replay.LastIncarnation == counted || options.Bugs.CleanMarkKept));
        var sequence = Math.Max(1, replay.NextSequence);
        var start = new JournalStart(new(counted + 1), sequence, replay.LastCommit, end);
        return Finish(start, replay, unclean: !clean);
    }

    private JournalOpened.Refused? CreateNodeFile()
    {
        if (_files.HasNodeFile) return null;
        var outcome = disk.Create(NodeMark.FileName, NodeMark.FileBytes);
        if (outcome == DiskOutcome.Ok) outcome = disk.SyncDirectory();
        return outcome == DiskOutcome.Ok ? null : Refusals.Io($"making {NodeMark.FileName}", outcome);
    }

    /// <summary>
    /// Keeps the segments up to the end and blanks those behind it before their generations are used anew.
    /// </summary>
    private JournalOpened.Refused? Settle(JournalPosition end)
    {
        foreach (var segment in _files.Chain)
        {
            if (segment.Generation <= end.Generation) _segments.AddLive(segment);
            else _files.Beyond.Add(segment);
        }

        foreach (var segment in _files.Beyond)
        {
            var outcome = Clear(segment);
            if (outcome != DiskOutcome.Ok) return Refusals.Io($"clearing the never synced {segment.Name}", outcome);
            _files.Free.Add(segment);
        }

        foreach (var segment in _files.Free) _segments.AddFree(segment);
        foreach (var segment in _files.Dead) _segments.AddLeaving(segment, new(end.Generation, end.Offset + 1));
        return null;
    }

    /// <summary>
    /// Zeroes a segment whole: a batch left in it would speak for its generation once more if the header that is
    /// written over it were ever lost.
    /// </summary>
    private DiskOutcome Clear(Segment segment)
    {
        var zeroes = new byte[Math.Min(segment.SizeBytes, 1 << 20)];
        for (var at = 0; at < segment.SizeBytes; at += zeroes.Length)
        {
            var piece = zeroes.AsSpan(0, Math.Min(zeroes.Length, segment.SizeBytes - at));
            var outcome = disk.Write(segment.Name, at, piece);
            if (outcome != DiskOutcome.Ok) return outcome;
        }

        return disk.Sync(segment.Name);
    }

    /// <summary>
    /// Writes lost headers again, once what was lost with them is noted durably: when the segments before are freed,
    /// nothing else says where the sequence of one begins.
    /// </summary>
    private JournalOpened.Refused? RestoreHeaders()
    {
        foreach (var segment in _segments.Live)
        {
            if (!segment.HeaderLost || segment.FirstSequence == 0) continue;
            var outcome = JournalWriter.WriteHeader(
                disk, segment, _owner, new(segment.Incarnation), _files.Synced, _files.FirstLive);
            if (outcome == DiskOutcome.Ok) outcome = disk.Sync(segment.Name);
            if (outcome != DiskOutcome.Ok) return Refusals.Io($"writing the header of {segment.Name} again", outcome);
            segment.HeaderLost = false;
        }

        return null;
    }

    private JournalOpened Finish(JournalStart start, Replay? replay, bool unclean)
    {
        var block = new byte[Layouts.BlockBytes];
        new NodeMark(_owner, start.Incarnation).Write(block);
        for (var copy = 0; copy < 2; copy++)
        {
            var outcome = disk.Write(NodeMark.FileName, copy * Layouts.BlockBytes, block);
            if (outcome == DiskOutcome.Ok) outcome = disk.Sync(NodeMark.FileName);
            if (outcome != DiskOutcome.Ok) return Refusals.Io("counting this node's life", outcome);
        }

        var journal = new Journal(disk, options, _segments, _table, start);
        if (replay is { Damages.Count: > 0 }) journal.FindUnreadable();
        if (journal.NoteLost() is var noted && noted != DiskOutcome.Ok && noted != DiskOutcome.Full)
            return Refusals.Io("noting what is damaged", noted);
        if (noted == DiskOutcome.Ok && RestoreHeaders() is { } unwritten) return unwritten;
        var groups = new List<RecoveredGroup>(_table.Groups.Count);
        foreach (var (id, group) in _table.Groups)
        {
            var streams = new List<RecoveredStream>(group.Streams.Count);
            foreach (var (_, stream) in group.Streams)
            {
                if (journal.Recover(stream) is not { } recovered)
                    return Refusals.Io($"reading the base of {stream.Key}", DiskOutcome.IoError);
                streams.Add(recovered);
            }

            groups.Add(new(id, group.State, streams));
        }

        var report = new RecoveryReport(
            _segments.Live.Count, replay?.Records ?? 0, replay?.Bytes ?? 0, _files.Synced, start.End,
            replay?.Cut, replay?.Damages ?? []);
        return new JournalOpened.Opened(journal, new(start.Incarnation, unclean, groups), report);
    }
}

/// <summary>Where a life of the journal begins.</summary>
internal readonly record struct JournalStart(
    Incarnation Incarnation, long NextSequence, long LastCommit, JournalPosition End);
