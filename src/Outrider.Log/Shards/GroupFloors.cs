namespace Outrider.Log;

/// <summary>
/// What consumer groups still need of their keys and of their own streams, at a node that serves the keys. Their
/// streams are read when somebody wants to trim, not before.
/// </summary>
internal sealed class GroupFloors(LogContext context, Fetcher fetcher, KeyIndex keys)
{
    private const int PageRecords = 1024;
    private const int PageBytes = 8 << 20;
    // What groups need only rises, but for a group that is moved back: a little late is on the safe side.
    private const long FreshMicros = 2_000_000;
    private readonly SortedDictionary<string, Known> _known = new(StringComparer.Ordinal);

    private sealed class Known
    {
        public GroupFold Fold = new();
        public bool Busy;
        public long BegunMicros;
        public long ReadMicros = long.MinValue / 2;
    }

    /// <summary>The streams that hold anything.</summary>
    public IReadOnlyCollection<string> Streams => keys.GroupStreams;

    /// <summary>Streams are read again: some of their records are there no more.</summary>
    public void Forget() => _known.Clear();

    /// <summary>Where the first thing that a key's groups need lies, if below a position, and whose it is.</summary>
    /// <returns>False: it is being read; ask again.</returns>
    public bool TryFloor(string key, ref Position below, ref string? holder)
    {
        var stream = GroupCodec.StreamOf(key);
        if (keys.Info(stream).Last is not { } last) return true;
        if (FoldOf(stream, last) is not { } fold) return false;
        if (fold.State is not { } state) return true;
        foreach (var (name, group) in state.Groups)
        {
            if (NeededBy(key, group, below) is not { } needed) continue;
            (below, holder) = (needed, $"group '{name}' of '{key}'");
        }

        return true;
    }

    /// <summary>
    /// Whether a stream's state stands at or above a position. If not and it can be told now, it is to be written.
    /// </summary>
    public bool StandsAbove(string stream, Position below, out ConsumerGroups? write)
    {
        write = null;
        if (keys.Info(stream) is not { First: { } first, Last: { } last } || first >= below) return true;
        if (FoldOf(stream, last) is not { } fold) return false;
        // Nothing is left to save.
        if (fold.Lost || fold.State is null || fold.SnapshotAt >= below) return true;
        if (fold.Tail >= last) write = fold.State;
        return false;
    }

    private Position? NeededBy(string key, ConsumerGroup group, Position below)
    {
        Position? needed = keys.FirstFrom(key, group.Next) is { } next && next < below ? next : null;
        foreach (var (position, _) in group.Pending)
        {
            if (position >= (needed ?? below)) break;
            if (keys.FirstFrom(key, position) == position) needed = position;
        }

        foreach (var (_, letter) in group.Dead)
            if (letter.Position < (needed ?? below) && keys.FirstFrom(key, letter.Position) == letter.Position)
                needed = letter.Position;
        return needed;
    }

    private GroupFold? FoldOf(string stream, Position last)
    {
        if (!_known.TryGetValue(stream, out var known)) _known.Add(stream, known = new());
        if (known.Fold.Tail is not { } tail || tail < last)
        {
            if (known.Busy) return null;
            known.Busy = true;
            known.BegunMicros = context.NowMicros;
            Read(stream, known);
        }

        var isFresh = known.Fold.Tail >= last || context.NowMicros - known.ReadMicros < FreshMicros;
        return isFresh ? known.Fold : null;
    }

    private void Read(string stream, Known known)
    {
        var page = keys.Range(stream, known.Fold.Next, new(long.MaxValue - 1), PageRecords, descending: false);
        var job = new Wanted(page, default, default);
        new ReadJob(context, fetcher, job, PageRecords, PageBytes, read =>
        {
            foreach (var record in read.Records) known.Fold.Add(record);
            if (read.Stuck || read.Records.Count == 0) known.Busy = false;
            else if (keys.Info(stream).Last is { } last && known.Fold.Tail < last) Read(stream, known);
            else (known.Busy, known.ReadMicros) = (false, known.BegunMicros);
        }).Run();
    }
}
