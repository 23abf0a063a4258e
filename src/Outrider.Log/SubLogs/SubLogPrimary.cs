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
internal sealed partial class SubLogPrimary
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
    private readonly GroupKeeper _groups;
    private readonly SubLogTrimmer _trimmer;
    private readonly WireWriter _writer = new(8 << 10);
    private readonly ByteSlab _slab = new();
    private long _memoryAt;
    private long _durableAt;
    private long _answeredAt;
    private long _settledAt;
    private long _shutMicros;
    private long _pendingBytes;
    private long _keptBytes;

    public SubLogPrimary(LogContext context, RidState rid, SubLogStore store, ShardIndex index)
    {
        _context = context;
        _rid = rid;
        var group = _group = store.Group;
        _index = index;
        _copies = new(context, rid, group);
        _channels = new(context, this);
        _filler = new(context, this);
        _reporter = new(context, this);
        _turns = new(context, this);
        _groups = new(context, this, index);
        _trimmer = new(context, this, store, index);
        _shutMicros = context.NowMicros;
    }

    public Rid Rid => _rid.Rid;
    public RidState State => _rid;
    public Deque<Placed> Placed => _placed;

    /// <summary>Slots taken.</summary>
    public Lsn Slots { get; private set; }

    /// <summary>Records among them.</summary>
    public long Records { get; private set; }

    /// <summary>Of their batches.</summary>
    public long Bytes { get; private set; }

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

    public void OnNudge(Nudge nudge) => _filler.OnNudge(nudge.RowNumber);

    public void OnFillTimer() => _filler.OnTimer();

    public void OnReportTimer() => _reporter.Send(timer: true);

    public void OnChannelAsk(NodeId from, ChannelAsk ask) => _channels.OnAsk(from, ask);

    public void Tick()
    {
        if (_group.IsOpen || _context.State.Ended(_rid)) _shutMicros = _context.NowMicros;
        else if (_context.NowMicros - _shutMicros > 2 * _context.Options.DropCopyMicros && !_context.Leader.IsNone)
        {
            // Whatever keeps it shut, waiting longer has not helped: it ends, and its node begins anew.
            _shutMicros = _context.NowMicros - _context.Options.DropCopyMicros;
            _context.Send(_context.Leader, new GiveUp(Rid));
        }

        _copies.Tick();
        _channels.Tick();
        _reporter.Tick();
        _trimmer.Tick();
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

    /// <summary>
    /// Writes an entry without slots, and behind it a hole that gives it a position: false if not (all of) it was.
    /// </summary>
    public bool Say(ReadOnlyMemory<byte> payload) =>
        Append(EntryKind.Control, 0, payload, default, out _) && AppendHoles(1);

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
        _trimmer.Note(Slots, payload.Length);
        return true;
    }

    /// <summary>
    /// Whether a key is this primary's, by its own prefix of the order. The asking node may be ahead: it then knows of
    /// a failure that made this one the owner, while here the kept batches of the failed one have not been looked for.
    /// </summary>
    public bool Serves(string key)
    {
        var (shard, seat) = _context.Topology.Home(key);
        return Serves(shard, seat);
    }

    private bool Serves(ShardId shard, int seat)
    {
        if (!_rid.Live || !_group.IsOpen || !_index.Ready) return false;
        return _context.State.OwnerOf(shard, seat) == Rid || _context.Has(LogBugs.TakeOverUnread);
    }

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
            ? new LogReply.Trimmed(placed.Floor, placed.Removes, placed.HeldBy)
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
