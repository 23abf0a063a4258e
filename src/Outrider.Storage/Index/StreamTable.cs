using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// All groups and streams of the journal. Live writes and replay both go through <see cref="Apply"/>.
/// </summary>
internal sealed class StreamTable(JournalOptions options)
{
    private readonly SortedDictionary<GroupId, GroupIndex> _groups = [];
    private readonly List<(long Commit, StreamIndex Stream)> _touchedStreams = [];
    private readonly List<(long Commit, GroupIndex Group)> _touchedGroups = [];
    private StreamIndex? _lastStream;
    private int _pointCount;
    private long _chapter;
    private int _spacingBytes = options.PointSpacingBytes;

    public SortedDictionary<GroupId, GroupIndex> Groups => _groups;
    public int PointCount => _pointCount;

    public StreamIndex? Find(StreamKey key)
    {
        if (_lastStream is { } last && last.Key == key) return last;
        if (!_groups.TryGetValue(key.Group, out var group)) return null;
        if (!group.Streams.TryGetValue(key.Stream, out var stream)) return null;
        return _lastStream = stream;
    }

    public StreamIndex Ensure(StreamKey key)
    {
        if (Find(key) is { } found) return found;
        var stream = new StreamIndex(key);
        EnsureGroup(key.Group).Streams.Add(key.Stream, stream);
        return _lastStream = stream;
    }

    public GroupIndex EnsureGroup(GroupId id)
    {
        if (!_groups.TryGetValue(id, out var group)) _groups.Add(id, group = new(id));
        return group;
    }

    /// <summary>Batches are missing here: from what stands before, nothing behind can be reached by walking.</summary>
    public void Break() => _chapter++;

    /// <summary>Copies whose end has not come will have none: the life that made them is over.</summary>
    public void AbandonMoves()
    {
        foreach (var (_, group) in _groups)
            foreach (var (_, stream) in group.Streams) stream.AbandonMove();
    }

    /// <summary>Follows one record of the journal, in its order.</summary>
    public void Apply(in RecordHeader record, ReadOnlySpan<byte> payload, Place at, long commit)
    {
        switch (record.Type)
        {
            case RecordType.SaveState:
                var group = EnsureGroup(record.Stream.Group);
                if (!(options.Bugs.FirstStateWins && group.HasState)) group.SetState(payload, at);
                TouchGroup(group, commit);
                return;
            case RecordType.DropGroup:
                Drop(record.Stream.Group, commit);
                return;
            default:
                ApplyToStream(Ensure(record.Stream), record, at, commit);
                return;
        }
    }

    private void ApplyToStream(StreamIndex stream, in RecordHeader record, Place at, long commit)
    {
        var lowest = record.Index;
        switch (record.Type)
        {
            case RecordType.Entry:
                _pointCount += stream.Append(record.Index, at, record.TotalBytes, _spacingBytes, _chapter);
                break;
            case RecordType.MovedEntry:
                stream.Moved(record.Index, at, record.TotalBytes, _spacingBytes, _chapter);
                lowest = stream.End + 1;
                break;
            case RecordType.MoveDone:
                _pointCount += stream.MoveDone(record.Index, record.FirstSlot, record.NextPlace);
                lowest = stream.End + 1;
                break;
            case RecordType.Truncate:
                stream.Truncate(record.Index);
                break;
            case RecordType.SetBase:
                var keep = record.Kind == 1;
                stream.SetBase(record.Index, keep, at, record.TotalBytes);
                lowest = keep ? stream.End + 1 : 0;
                break;
            case RecordType.Lost:
                stream.SetLost(record.Index, record.FirstSlot, at);
                break;
            default: throw Check.Unreachable(record.Type);
        }

        if (stream.Touch(commit, lowest)) _touchedStreams.Add((commit, stream));
        if (_pointCount > options.PointsMax) ThinOut();
    }

    /// <summary>Takes a state that a ledger repeats, for a record that could not be read.</summary>
    public void ApplyState(LedgerState state, long commit)
    {
        if (state.Dropped)
        {
            Drop(state.Group, commit);
            return;
        }

        var group = EnsureGroup(state.Group);
        group.SetState(state.State.Span, Place.None);
        TouchGroup(group, commit);
    }

    /// <summary>The ledger that the first batch of <paramref name="commit"/> carries.</summary>
    public Ledger LedgerFor(long commit)
    {
        var oldest = commit - Layouts.LedgerCommits;
        _touchedStreams.RemoveAll(touched => touched.Commit < oldest);
        _touchedGroups.RemoveAll(touched => touched.Commit < oldest);
        if (_touchedStreams.Count == 0 && _touchedGroups.Count == 0) return Ledger.Empty;
        var lines = new List<LedgerLine>(_touchedStreams.Count);
        foreach (var (touchedIn, stream) in _touchedStreams)
            if (ReferenceEquals(Find(stream.Key), stream)) lines.Add(stream.Counted(touchedIn));
        var states = new List<LedgerState>(_touchedGroups.Count);
        foreach (var (touchedIn, group) in _touchedGroups)
            if (group.TouchedIn == touchedIn)
                states.Add(new(touchedIn, group.Id, group.Dropped, group.Dropped ? default : group.State));
        return new(lines, states);
    }

    private void Drop(GroupId id, long commit)
    {
        var group = EnsureGroup(id);
        group.Dropped = true;
        TouchGroup(group, commit);
        _groups.Remove(id);
        _lastStream = null;
    }

    private void TouchGroup(GroupIndex group, long commit)
    {
        if (group.TouchedIn == commit) return;
        group.TouchedIn = commit;
        _touchedGroups.Add((commit, group));
    }

    private void ThinOut()
    {
        if (CountPoints() <= options.PointsMax) return;
        _spacingBytes = (int)Math.Min((long)_spacingBytes * 2, int.MaxValue);
        foreach (var (_, group) in _groups)
            foreach (var (_, stream) in group.Streams) stream.Thin();
        CountPoints();
    }

    // The running count does not see removals; this one is exact.
    private int CountPoints()
    {
        _pointCount = 0;
        foreach (var (_, group) in _groups)
            foreach (var (_, stream) in group.Streams) _pointCount += stream.Points.Count;
        return _pointCount;
    }
}
