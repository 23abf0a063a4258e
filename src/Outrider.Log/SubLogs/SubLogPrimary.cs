using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// The one primary of a replica id: takes appends, gives them slots, completes rows, reports what every copy holds, and
/// acknowledges what the committed order covers. Ends with its node's life.
/// </summary>
/// <remarks>
///   append ──► slot ──► memory of all home copies ──► readers (speculative)
///                  └──► disk of all copies ──► Report ──► ordering leader ──► committed ──► acknowledged
/// </remarks>
internal sealed class SubLogPrimary
{
    private const long KeptBytes = 16 << 20;
    private readonly LogContext _context;
    private readonly RidState _rid;
    private readonly Group _group;
    private readonly ShardIndex _index;
    private readonly Deque<Placed> _placed = new();
    private readonly Dictionary<(ProducerId, long), long> _pendingBatches = [];
    private readonly Dictionary<string, Lsn> _pendingTails = [];
    private readonly CopyKeeper _copies;
    private readonly ChannelSender _channels;
    private readonly RowFiller _filler;
    private readonly Reporter _reporter;
    private readonly GroupTurns _turns;
    private long _memoryAt;
    private long _durableAt;
    private long _answeredAt;
    private long _settledAt;
    private long _shutMicros;
    private long _pendingBytes;
    private long _keptBytes;

    public SubLogPrimary(LogContext context, RidState rid, Group group, ShardIndex index)
    {
        _context = context;
        _rid = rid;
        _group = group;
        _index = index;
        _copies = new(context, rid, group);
        _channels = new(context, this);
        _filler = new(context, this);
        _reporter = new(context, this);
        _turns = new(context, this);
        _shutMicros = context.NowMicros;
    }

    public Rid Rid => _rid.Rid;
    public RidState State => _rid;
    public Deque<Placed> Placed => _placed;

    /// <summary>Slots taken.</summary>
    public Lsn Slots { get; private set; }

    /// <summary>Records among them.</summary>
    public long Records { get; private set; }

    /// <summary>Held by the memory of all home copies below here.</summary>
    public Lsn InMemory { get; private set; }

    /// <summary>Held by every copy below here, in the durability that the log is run with.</summary>
    public Lsn OnAllCopies { get; private set; }

    public bool IsOpen => _group.IsOpen;

    /// <summary>Failed, and everything kept is placed: all that waited have their answer.</summary>
    public bool IsOver => _rid.Keep is { } keep && _context.State.CommittedOf(Rid) >= keep;

    /// <summary>Slots that readers may see before they are committed.</summary>
    public Lsn Deliverable
    {
        get
        {
            var state = _context.State;
            if (!state.HasWindow || state.Parameters!.Mode == OrderingMode.Eager) return state.CommittedOf(Rid);
            var committed = state.CommittedOf(Rid);
            var memory = _context.Has(LogBugs.DeliverBeforeCopies) ? Slots : InMemory;
            if (!_copies.MaySpeculate || memory < committed) return committed;
            var bound = _context.Has(LogBugs.NoRunAheadBound)
                ? state.Windows.EndOf(Rid)
                : state.Windows.EndAtRow(Rid, state.TailRowNumber + state.Parameters.RunAheadRows - 1);
            return memory < bound ? memory : bound;
        }
    }

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

    /// <summary>Gives a batch its slots.</summary>
    public void Place(NodeId from, long number, LogAppend ask)
    {
        var payload = RecordBatch.Encode(ask.Producer, ask.Sequence, ask.Records);
        var placed = new Placed
        {
            Producer = ask.Producer,
            Sequence = ask.Sequence,
            Key = ask.Records[0].Key,
            Durability = ask.Durability,
            Waiters = [new(from, number, false)],
        };
        if (!Append(EntryKind.Records, ask.Records.Count, payload, placed, out var code))
        {
            if (code == AppendCode.Overloaded)
                Refuse(from, number, LogRefusal.Overloaded, "too many appends await confirmation; try again later");
            else _context.Send(from, new ForwardedReply(number, null));
            return;
        }

        Records += ask.Records.Count;
        if (GroupCodec.IsGroupStream(placed.Key)) _turns.Placed(ask, Slots);
    }

    private void OnTrim(NodeId from, long number, KeyTrim trim)
    {
        var below = _index.FloorFor(trim);
        // A floor has no slot, so no reader would know that it misses one. A hole after it gives the trim a position:
        // whoever has read up to that position has passed the floor.
        var placed = new Placed
        {
            Key = trim.Key,
            Floor = below,
            Removes = _index.CountBelow(trim.Key, below),
            Waiters = [new(from, number, false)],
        };
        if (!Append(EntryKind.Control, 0, new KeyFloor(trim.Key, below).Encode(), default, out _)
            || !Append(EntryKind.Holes, 1, default, placed, out _))
            _context.Send(from, new ForwardedReply(number, null));
    }

    public void OnNudge(Nudge nudge) => _filler.OnNudge(nudge.RowNumber);

    public void OnFillTimer() => _filler.OnTimer();

    public void OnReportTimer() => _reporter.Send(timer: true);

    public void OnChannelAsk(NodeId from, ChannelAsk ask) => _channels.OnAsk(from, ask);

    public void Tick()
    {
        if (_group.IsOpen || _rid.Failed) _shutMicros = _context.NowMicros;
        else if (_context.NowMicros - _shutMicros > 2 * _context.Options.DropCopyMicros && !_context.Leader.IsNone)
        {
            // Whatever keeps it shut, waiting longer has not helped: it ends, and its node begins anew.
            _shutMicros = _context.NowMicros - _context.Options.DropCopyMicros;
            _context.Send(_context.Leader, new GiveUp(Rid));
        }

        _copies.Tick();
        _channels.Tick();
        _reporter.Tick();
    }

    /// <summary>Moves everything forward that can move; once a step.</summary>
    public void Advance()
    {
        if (_group.IsOpen) TakeAcks();
        Answer();
        _turns.Advance();
        if (_rid.Failed)
        {
            GiveUp();
            return;
        }

        _filler.Advance();
        _reporter.Send(timer: false);
        _channels.Advance();
        Forget();
    }

    /// <summary>Gives up slots so that a row completes; false if the group did not take them.</summary>
    public bool AppendHoles(int slots)
    {
        Check.That(slots > 0);
        return Append(EntryKind.Holes, slots, default, default, out _);
    }

    private bool Append(
        EntryKind kind, int slots, ReadOnlyMemory<byte> payload, Placed placed, out AppendCode code)
    {
        var outcome = _group.Append(LogContext.Stream, new(kind, slots, ProducerId.None, 0, payload));
        code = outcome.Code;
        if (code != AppendCode.Appended) return false;
        placed.Index = outcome.Index;
        placed.Entry = new(kind, Slots, slots, payload);
        Check.That(_group.Stream(LogContext.Stream).EndSlot == Slots.Value + slots);
        if (!placed.Producer.IsNone) _pendingBatches[(placed.Producer, placed.Sequence)] = _placed.End;
        Slots = Slots.Plus(slots);
        if (kind == EntryKind.Records) _pendingTails[placed.Key!] = new(Slots.Value - 1);
        _pendingBytes += placed.Entry.SizeBytes;
        _keptBytes += placed.Entry.SizeBytes;
        _placed.Add(placed);
        return true;
    }

    /// <summary>
    /// Whether a key is this primary's, by its own prefix of the order. The asking node may be ahead: it then knows of
    /// a failure that made this one the owner, while here the kept batches of the failed one have not been looked for.
    /// </summary>
    public bool Serves(string key)
    {
        if (!_rid.Live || !_group.IsOpen || !_index.Ready) return false;
        var (shard, seat) = _context.Topology.Home(key);
        return _context.State.OwnerOf(shard, seat) == Rid || _context.Has(LogBugs.TakeOverUnread);
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

    private void TakeAcks()
    {
        var (memory, disk) = _copies.Acked();
        while (_memoryAt < _placed.End && _placed[_memoryAt].Index <= memory)
            InMemory = _placed[_memoryAt++].Entry.End;
        while (_durableAt < _placed.End && _placed[_durableAt].Index <= disk)
            OnAllCopies = _placed[_durableAt++].Entry.End;
    }

    /// <summary>Answers what the committed order covers, and what never will be placed.</summary>
    private void Answer()
    {
        var state = _context.State;
        var committed = state.CommittedOf(Rid);
        if (_context.Has(LogBugs.AckWhenReported) && OnAllCopies > committed) committed = OnAllCopies;
        if (_context.Has(LogBugs.AckWhenTaken)) committed = Slots;
        if (_rid.Keep is { } keep && keep < committed && !_context.Has(LogBugs.ZombieAck)) committed = keep;
        if (_context.Has(LogBugs.AckWhenKept) && _rid.Keep > committed) committed = _rid.Keep.Value;
        while (_answeredAt < _placed.End)
        {
            ref var placed = ref _placed[_answeredAt];
            if (placed.Entry.End > committed) break;
            if (placed.Waiters is { } waiters)
            {
                var positions = Positions(placed);
                // Not yet in a window; or, after a jump to a snapshot, in one that is trimmed already.
                if (positions is null && placed.Entry.End > state.CommittedOf(Rid)) break;
                for (var i = 0; i < waiters.Count; i++) Reply(waiters[i], placed, positions);
                placed.Waiters = null;
            }

            _answeredAt++;
        }

        // Known here until the index knows it: in between, a repeat would be taken for a new batch.
        while (_settledAt < _answeredAt
            && (_placed[_settledAt].Entry.End <= _index.ReadUpTo(Rid) || _context.Has(LogBugs.DedupGap)))
            Settle(_placed[_settledAt++]);
    }

    private Position[]? Positions(in Placed placed)
    {
        var positions = new Position[placed.Entry.Slots];
        for (var i = 0; i < positions.Length; i++)
            if (!_context.State.Windows.TryPosition(Rid, placed.Entry.First.Plus(i), out positions[i])) return null;
        return positions;
    }

    private static readonly LogReply PlacedAndTrimmed =
        new LogReply.Refused(LogRefusal.Trimmed, "the batch was placed, and the log has been trimmed past it since");

    private void Reply(Waiter waiter, in Placed placed, Position[]? positions)
    {
        LogReply reply = placed.Entry.Kind == EntryKind.Holes
            ? new LogReply.Trimmed(placed.Floor, placed.Removes)
            : positions is null ? PlacedAndTrimmed
            : new LogReply.Appended(positions, _context.Options.Durability, waiter.Duplicate);
        _context.Send(waiter.Node, new ForwardedReply(waiter.Number, reply));
    }

    private void Settle(in Placed placed)
    {
        _pendingBytes -= placed.Entry.SizeBytes;
        if (!placed.Producer.IsNone) _pendingBatches.Remove((placed.Producer, placed.Sequence));
        if (placed.Key is { } key && _pendingTails.TryGetValue(key, out var tail)
            && tail.Value == placed.Entry.End.Value - 1)
            _pendingTails.Remove(key);
    }

    /// <summary>The rid is over: what lies at or above its kept length goes elsewhere.</summary>
    private void GiveUp()
    {
        var keep = _rid.Keep!.Value;
        for (var i = _answeredAt; i < _placed.End; i++)
        {
            ref var placed = ref _placed[i];
            // Below the kept length it is still to be placed, and answered by the loop above when it is.
            if (placed.Entry.End <= keep || placed.Waiters is null) continue;
            for (var w = 0; w < placed.Waiters.Count; w++)
                _context.Send(placed.Waiters[w].Node, new ForwardedReply(placed.Waiters[w].Number, null));
            placed.Waiters = null;
        }
    }

    /// <summary>Drops what is answered and what no reader of the tail can still want from memory.</summary>
    private void Forget()
    {
        while (_placed.Count > 0 && _placed.First < Math.Min(_settledAt, Math.Min(_memoryAt, _durableAt)))
        {
            if (_keptBytes <= KeptBytes && _placed.Count < 1 << 16) break;
            _keptBytes -= _placed[_placed.First].Entry.SizeBytes;
            _placed.RemoveFirst();
        }
    }

    private void Refuse(NodeId from, long number, LogRefusal code, string reason) =>
        _context.Send(from, new ForwardedReply(number, new LogReply.Refused(code, reason)));

    public override string ToString() =>
        $"{Rid} of {_rid.Shard} {_group.Role} {_group.Term}{(IsOpen ? " open" : " not open")}"
        + $"{(_index.Ready ? "" : " not ready")} joined {_rid.Joined} slots {Slots} copied {OnAllCopies} "
            + $"of {_group.Config}" + string.Concat((_group.Config?.Members ?? []).Select(node =>
                $" {node}:{_group.AckedBy(node, LogContext.Stream).Fsync}"));

    public void CheckInvariants()
    {
        Check.That(OnAllCopies <= Slots);
        Check.That(InMemory <= Slots);
        Check.That(_answeredAt <= _placed.End);
        Check.That(_group.Stream(LogContext.Stream).EndSlot >= Slots.Value);
    }
}
