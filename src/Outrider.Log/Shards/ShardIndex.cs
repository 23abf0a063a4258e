using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// What a node that serves a shard knows of its confirmed records: positions by key, floors, and batches for duplicate
/// detection. Soft state, read again from copies after a restart.
/// </summary>
/// <remarks>
/// What copies no longer keep it learns from the memory that a sub-log wrote before they forgot: batches that were
/// placed, floors, and which ended sub-logs need not be read.
/// </remarks>
internal sealed partial class ShardIndex
{
    private readonly LogContext _context;
    private readonly Fetcher _fetcher;
    private readonly KeyIndex _keys = new();
    private readonly BatchMemory _batches;
    private readonly Dictionary<Rid, Cursor> _cursors = [];
    // Those that have, or may get, something to read; ascending.
    private readonly List<Cursor> _open = [];
    private int _ridsSeen;
    private bool _restRead;
    private long _losses;
    private Position _trimmed;

    private sealed class Cursor(RidState rid)
    {
        public RidState Rid => rid;
        public Action<IReadOnlyList<SubEntry>>? Taking;
        public bool Skipped;
        public int Parts;
        public Lsn Next;
        public Lsn WaitsFor;
        public long Holes;
        public bool Busy;
        public long RetryMicros;

        /// <summary>No copy answered, last time.</summary>
        public bool IsUnanswered;
    }

    public ShardIndex(LogContext context, Fetcher fetcher, ShardId shard)
    {
        _context = context;
        _fetcher = fetcher;
        Shard = shard;
        _batches = new(context.Options.DedupMax);
        Floors = new(context, fetcher, _keys);
    }

    public ShardId Shard { get; }

    /// <summary>What the consumer groups of its keys still need.</summary>
    public GroupFloors Floors { get; }

    /// <summary>Everything below this position that belongs to the shard is in the index.</summary>
    public Position Covered { get; private set; }

    /// <summary>
    /// All sub-logs of the shard that have ended are wholly placed and read: whoever serves the shard's keys now cannot
    /// give an older position, nor take a batch a second time.
    /// </summary>
    public bool Ready { get; private set; }

    public void Advance()
    {
        var state = _context.State;
        if (!state.Opened) return;
        var (complete, ready, rest) = (true, true, true);
        for (; _ridsSeen < state.Rids.Count; _ridsSeen++)
            if (state.Rids[_ridsSeen] is var seen && seen.Shard == Shard) _open.Add(_cursors[seen.Rid] = new(seen));
        if (_losses != state.Losses) ForgetLost();
        for (var i = 0; i < _open.Count; i++)
        {
            var cursor = _open[i];
            var rid = cursor.Rid;
            if (_carried.Contains(rid.Rid))
            {
                _open.RemoveAt(i--);
                continue;
            }

            if (!(rid.Joined || rid.Failed)) continue;
            var final = _context.FinalOf(rid);
            var over = rid.Failed || rid.Leaving;
            if (cursor.WaitsFor > final && !over) continue;
            // Of what is trimmed as a whole most is carried: first whatever may say so.
            var isLast = over && cursor.Next < final && state.IsGone(rid);
            if (cursor.Next < final && (!isLast || _restRead)) Pull(rid, cursor, final);
            if (cursor.Next < final && cursor.WaitsFor <= final) (complete, rest) = (false, rest && isLast);
            if (!over) continue;
            if (cursor.Next >= (_context.Has(LogBugs.ShutAfterLoss) ? state.EndOf(rid) : state.ReadableEndOf(rid)))
            {
                _open.RemoveAt(i--);
                if (!_released.Contains(rid.Rid)) _ended.Add(rid);
            }
            else if (!_context.Has(LogBugs.TakeOverUnread)
                && !(_context.Has(LogBugs.TakeOverFromLeaver) && rid.Leaving)) ready = false;
        }

        (Ready, _restRead) = (ready, rest);
        if (complete) Covered = state.TailPosition;
        if (state.Trimmed <= _trimmed) return;
        _trimmed = state.Trimmed;
        _keys.Trim(_trimmed);
    }

    /// <summary>Slots of a sub-log that are in the index.</summary>
    public Lsn ReadUpTo(Rid rid) => _cursors.TryGetValue(rid, out var cursor) ? cursor.Next : default;

    /// <summary>Of those, slots without a record; null: some are forgotten, and what they were.</summary>
    public long? HolesOf(Rid rid) =>
        !_cursors.TryGetValue(rid, out var cursor) ? 0 : cursor.Skipped ? null : cursor.Holes;

    public Position? LastOf(string key) => _keys.Info(key).Last;

    public LogReply.Key Info(string key)
    {
        var (count, first, last) = _keys.Info(key);
        return new(count, first, last);
    }

    public List<Position> Range(KeyRead read, int max) =>
        _keys.Range(read.Key, read.From, read.To, max, read.Descending);

    /// <summary>How many confirmed records of a key stand below a position.</summary>
    public long CountBelow(string key, Position below) => _keys.CountBelow(key, below);

    /// <summary>The floor that a trim asks for.</summary>
    public Position FloorFor(KeyTrim trim)
    {
        var floor = trim.Below ?? default;
        if (trim.KeepLast is not { } keep) return floor;
        var (count, _, last) = _keys.Info(trim.Key);
        if (count <= keep || last is null) return floor;
        var kept = _keys.Range(trim.Key, default, last.Value, (int)Math.Clamp(keep, 1, int.MaxValue), descending: true);
        var byCount = keep <= 0 ? last.Value.Next() : kept[^1];
        return byCount > floor ? byCount : floor;
    }

    /// <summary>
    /// Whether a batch is confirmed already, and where; the positions are null when they were trimmed and forgotten.
    /// </summary>
    public bool FindBatch(ProducerId producer, long sequence, out IReadOnlyList<Position>? positions)
    {
        positions = null;
        if (_batches.Find(new(producer, sequence)) is not { } place) return false;
        if (place.IsGone) return true;
        var found = new Position[place.Count];
        for (var i = 0; i < place.Count; i++)
            if (!_context.State.Windows.TryPosition(place.Rid, place.First.Plus(i), out found[i])) return true;
        positions = found;
        return true;
    }

    /// <summary>What of ended sub-logs is still to be placed or read.</summary>
    public override string ToString() => $"{Shard} awaits " + string.Join(", ", _open
        .Where(cursor => cursor.Rid.Failed)
        .Select(cursor => $"{cursor.Rid.Rid} {cursor.Next} of {cursor.Rid.Keep} on "
            + string.Join(' ', cursor.Rid.Origin.Copies.Select(copy => copy.Node))));

    private void Pull(RidState rid, Cursor cursor, Lsn final)
    {
        // One a cursor: it is asked for in nearly every step.
        cursor.Taking ??= entries => Take(rid, cursor, entries);
        while (!cursor.Busy && cursor.Next < final && _context.NowMicros >= cursor.RetryMicros)
        {
            cursor.Busy = true;
            var from = cursor.Next;
            _fetcher.Ask(rid.Rid, from, final, cursor.Taking);
            if (cursor.Next == from) return;
        }
    }

    private void Take(RidState rid, Cursor cursor, IReadOnlyList<SubEntry> entries)
    {
        cursor.Busy = false;
        // No copy could answer: not in a loop, but again.
        cursor.IsUnanswered = entries.Count == 0 && !Skip(rid, cursor);
        if (cursor.IsUnanswered)
            cursor.RetryMicros = _context.NowMicros + _context.Options.RetryMicros;
        for (var i = 0; i < entries.Count; i++) Take(rid, cursor, entries[i]);
    }

    private void Take(RidState rid, Cursor cursor, in SubEntry entry)
    {
        // Asked for before it was declared lost.
        if (rid.IsLost(entry.First) && !_context.Has(LogBugs.ServeLost)) return;
        if (entry.Kind == EntryKind.Control)
        {
            if (ShardMemory.TryRead(entry.Payload) is { } memory) Learn(cursor, memory);
            else if (KeyFloor.TryRead(entry.Payload, out var floor)) _keys.Raise(floor.Key, floor.Below);
            return;
        }

        if (entry.End <= cursor.Next) return;
        Check.That(entry.First <= cursor.Next);
        var fate = SlotFate.Of(_context, rid, entry.End);
        if (fate == EntryFate.Undecided)
        {
            // The batch is committed in part: it counts as a whole or not at all.
            cursor.WaitsFor = entry.End;
            return;
        }

        if (entry.Kind == EntryKind.Records && fate == EntryFate.Happened) Index(rid, entry);
        var final = _context.FinalOf(rid);
        var next = entry.End < final ? entry.End : final;
        if (entry.Kind == EntryKind.Holes || fate == EntryFate.Never) cursor.Holes += next - cursor.Next;
        cursor.Next = next;
        cursor.WaitsFor = default;
    }

    private void Index(RidState rid, in SubEntry entry)
    {
        var opened = RecordBatch.TryOpen(entry.Payload, out var batch);
        Check.That(opened);
        Check.That(batch.Count == entry.Slots);
        for (var lsn = entry.First; lsn < entry.End; lsn = lsn.Next())
        {
            if (!_context.State.Windows.TryPosition(rid.Rid, lsn, out var position)) continue;
            if (position >= _trimmed) _keys.Add(batch.Key, position);
        }

        _batches.Add(new(batch.Producer, batch.Sequence), new(rid.Rid, entry.First, entry.Slots));
    }
}
