using Outrider.Core;

namespace Outrider.Log;

/// <summary>What of the shard is known without its entries.</summary>
internal sealed partial class ShardIndex
{
    // What these placed is in the memory of a sub-log that goes on, or ended later.
    private readonly SortedSet<Rid> _carried = [];
    private readonly SortedSet<Rid> _released = [];
    // Read to their end, or carried, and not released yet.
    private readonly List<RidState> _ended = [];

    /// <summary>Whether nobody has to read anything of an ended sub-log any more.</summary>
    public bool IsCarried(Rid rid) => _carried.Contains(rid);

    /// <summary>Whether the copies of an ended sub-log may be dropped.</summary>
    public bool IsReleased(RidState rid) =>
        _context.State.IsGone(rid) && (_released.Contains(rid.Rid) || _context.Has(LogBugs.DropUncarried));

    /// <summary>Ended sub-logs wait to be carried and released by one that goes on.</summary>
    public bool HasGone
    {
        get
        {
            for (var i = 0; i < _ended.Count; i++)
                if (_context.State.IsGone(_ended[i])) return true;
            return false;
        }
    }

    /// <summary>
    /// What must be known of entries that are to be forgotten: those of a sub-log below a slot, all of ended ones that
    /// lie below the trim, and what was forgotten before.
    /// </summary>
    public List<byte[]> Remember(Rid own, Lsn below, out IReadOnlyList<Rid> carried)
    {
        Check.That(ReadUpTo(own) >= below);
        var gone = new SortedSet<Rid>(_carried);
        for (var i = 0; i < _ended.Count; i++)
            if (_context.State.IsGone(_ended[i])) gone.Add(_ended[i].Rid);
        carried = [.. gone];
        var batches = _batches.Where(place =>
            place.IsGone || gone.Contains(place.Rid) || (place.Rid == own && place.First < below));
        return ShardMemory.Split(
            _context.Has(LogBugs.ForgetBatches) ? [] : batches, _keys.FloorsAbove(_context.State.Trimmed), carried);
    }

    /// <summary>Whether an ended sub-log cannot be read on: nobody has what follows, as far as is known here.</summary>
    public bool IsMissing(RidState rid) => _cursors.TryGetValue(rid.Rid, out var cursor) && cursor.IsUnanswered
        && !_carried.Contains(rid.Rid) && cursor.Next < _context.State.ReadableEndOf(rid);

    /// <summary>
    /// What was read here before it was declared lost is not known any more either: all nodes answer alike.
    /// </summary>
    private void ForgetLost()
    {
        var state = _context.State;
        _losses = state.Losses;
        for (var i = 0; i < _ridsSeen; i++)
        {
            if (!_cursors.TryGetValue(state.Rids[i].Rid, out var cursor)) continue;
            if (cursor.Rid.Lost is not { } lost || cursor.Next <= lost) continue;
            var positions = new List<Position>();
            for (var lsn = lost; lsn < cursor.Next; lsn = lsn.Next())
                if (state.Windows.TryPosition(cursor.Rid.Rid, lsn, out var position)) positions.Add(position);
            _keys.Remove(positions);
            _batches.Forget(cursor.Rid.Rid, lost);
            Floors.Forget();
            // Its slots without a record below that are not counted apart.
            (cursor.Next, cursor.Skipped) = (lost, true);
            _context.Effects.Sometimes(true, "log.index.forgets-lost");
        }
    }

    /// <summary>
    /// Goes on where the copies begin, once all that they wrote down of what stood before is final here: false if not.
    /// </summary>
    private bool Skip(RidState rid, Cursor cursor)
    {
        if (_fetcher.BeginOf(rid.Rid) is not { } begin || begin.At <= cursor.Next) return false;
        if (_context.FinalOf(rid) < begin.Remembered) return false;
        _context.Effects.Sometimes(true, "log.index.skips-trimmed");
        (cursor.Next, cursor.WaitsFor, cursor.Skipped, cursor.Parts) = (begin.At, default, true, -1);
        return true;
    }

    private void Learn(Cursor cursor, ShardMemory memory)
    {
        if (memory.Released)
        {
            for (var i = 0; i < memory.Carried.Count; i++) _released.Add(memory.Carried[i]);
            _ended.RemoveAll(rid => _released.Contains(rid.Rid));
            return;
        }

        for (var i = 0; i < memory.Batches.Count; i++) _batches.Add(memory.Batches[i], BatchMemory.Place.Gone);
        for (var i = 0; i < memory.Floors.Count; i++) _keys.Raise(memory.Floors[i].Key, memory.Floors[i].Below);
        // A part may come twice in a row: what has no slot is read again with what follows it.
        if (memory.Part != 0 && memory.Part != cursor.Parts && memory.Part != cursor.Parts - 1)
        {
            // The parts before it are forgotten already; a newer memory follows.
            cursor.Parts = -1;
            return;
        }

        cursor.Parts = memory.Part + 1;
        for (var i = 0; i < memory.Carried.Count; i++) Carry(memory.Carried[i]);
    }

    private void Carry(Rid rid)
    {
        var state = _context.State.Find(rid)!;
        Check.That(state.Shard == Shard && _context.State.IsGone(state));
        if (!_carried.Add(rid)) return;
        _context.Effects.Sometimes(true, "log.index.carried");
        if (!_released.Contains(rid) && !_ended.Contains(state)) _ended.Add(state);
    }
}
