using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>What other nodes ask of a primary.</summary>
internal sealed partial class SubLogPrimary
{
    public void OnForwarded(NodeId from, Forwarded forwarded)
    {
        var number = forwarded.Number;
        switch (forwarded.Ask)
        {
            case LogAppend append when Serves(append.Records[0].Key):
                OnAppend(from, number, append);
                break;
            case KeyTrim trim when Serves(trim.Key):
                OnTrim(from, number, trim);
                break;
            case GroupsBelow below when Serves(below.Shard, below.Seat):
                _context.Send(from, new ForwardedReply(number, _groups.Answer(below)));
                break;
            case GroupYield over when Serves(over.Key):
                _turns.Yield(from, number, over.Key);
                break;
            default:
                // Not an answer to the client: its node looks for the right owner and tries again.
                _context.Send(from, new ForwardedReply(number, null));
                break;
        }
    }

    private void OnAppend(NodeId from, long number, LogAppend ask)
    {
        if (!ask.Producer.IsNone && Known(from, number, ask)) return;
        var key = ask.Records[0].Key;
        if (_pendingBytes + _turns.Bytes >= _context.Options.PendingBytesMax
            || _placed.Count >= Limits.PendingAppendsMax)
            Refuse(from, number, LogRefusal.Overloaded, "too many appends await confirmation; try again later");
        else if (ask.ExpectedTail is null) Place(from, number, ask);
        else if (GroupCodec.IsGroupStream(key)) _turns.Open(from, number, ask);
        else if (TailIs(key, ask.ExpectedTail.Value)) Place(from, number, ask);
        else Refuse(from, number, LogRefusal.WrongTail, "the key's last record is another one");
    }

    /// <summary>Gives a batch its slots; from no node: nobody waits for the outcome.</summary>
    public void Place(NodeId from, long number, LogAppend ask)
    {
        RecordBatch.Encode(_writer, ask.Producer, ask.Sequence, ask.Records);
        var payload = _slab.Copy(_writer.Written);
        var placed = new Placed
        {
            Producer = ask.Producer,
            Sequence = ask.Sequence,
            Key = ask.Records[0].Key,
            Durability = ask.Durability,
            Waiters = from.IsNone ? null : [new(from, number, false)],
        };
        if (!Append(EntryKind.Records, ask.Records.Count, payload, placed, out var code))
        {
            if (from.IsNone) return;
            if (code == AppendCode.Overloaded)
                Refuse(from, number, LogRefusal.Overloaded, "too many appends await confirmation; try again later");
            else _context.Send(from, new ForwardedReply(number, null));
            return;
        }

        Records += ask.Records.Count;
        Bytes += payload.Length;
        if (GroupCodec.IsGroupStream(placed.Key)) _turns.Placed(ask, Slots);
    }

    private void OnTrim(NodeId from, long number, KeyTrim trim)
    {
        var below = _index.FloorFor(trim);
        string? holder = null;
        if (!trim.Force && !_index.Floors.TryFloor(trim.Key, ref below, ref holder))
        {
            // What its groups need is being read: its node tries again.
            _context.Send(from, new ForwardedReply(number, null));
            return;
        }

        // A floor has no slot, so no reader would know that it misses one. A hole after it gives the trim a position:
        // whoever has read up to that position has passed the floor.
        var placed = new Placed
        {
            Key = trim.Key,
            Floor = below,
            HeldBy = holder,
            Removes = _index.CountBelow(trim.Key, below),
            Waiters = [new(from, number, false)],
        };
        if (!Append(EntryKind.Control, 0, new KeyFloor(trim.Key, below).Encode(), default, out _)
            || !Append(EntryKind.Holes, 1, default, placed, out _))
            _context.Send(from, new ForwardedReply(number, null));
    }

    /// <summary>True if the batch is known and has been answered, or will be with the original.</summary>
    private bool Known(NodeId from, long number, LogAppend ask)
    {
        if (_context.Has(LogBugs.NoDedup)) return false;
        if (_pendingBatches.TryGetValue((ask.Producer, ask.Sequence), out var ordinal))
        {
            ref var placed = ref _placed[ordinal];
            if (_context.Has(LogBugs.DuplicateAnsweredEarly))
                Reply(new(from, number, true), placed, Positions(placed));
            else if (ordinal < _answeredAt) Reply(new(from, number, true), placed, Positions(placed));
            // Answered together with the original, once committed: below the kept length is not yet placed.
            else (placed.Waiters ??= []).Add(new(from, number, true));
            return true;
        }

        if (_context.Has(LogBugs.DedupLostAtRestart)) return false;
        if (!_index.FindBatch(ask.Producer, ask.Sequence, out var found)) return false;
        _context.Effects.Sometimes(true, "log.append.duplicate");
        _context.Send(from, new ForwardedReply(number, found is null
            ? PlacedAndTrimmed : new LogReply.Appended(found, _context.Options.Durability, Duplicate: true)));
        return true;
    }

    /// <summary>
    /// Judged against the tail that includes what is not committed yet: the outcome is that of its order.
    /// </summary>
    public bool TailIs(string key, long expected)
    {
        if (!_pendingTails.TryGetValue(key, out var lsn) || _context.Has(LogBugs.ExpectedTailCommittedOnly))
            return (_index.LastOf(key)?.Value ?? -1) == expected;
        return _context.State.Windows.TryPosition(Rid, lsn, out var position) && position.Value == expected;
    }

    /// <summary>Whether whoever reads now finds the key's last record.</summary>
    public bool IsTailRead(string key) =>
        !_pendingTails.TryGetValue(key, out var lsn) || lsn < _context.State.CommittedOf(Rid);

    /// <summary>Whether the shard's index, and what it feeds, knows the key's last record.</summary>
    public bool IsTailIndexed(string key) =>
        !_pendingTails.TryGetValue(key, out var lsn) || lsn < _index.ReadUpTo(Rid);

    private void Refuse(NodeId from, long number, LogRefusal code, string reason) =>
        _context.Send(from, new ForwardedReply(number, new LogReply.Refused(code, reason)));
}
