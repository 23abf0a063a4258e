using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Merges the sub-logs into the one order at a node that has readers: positions come from the windows, contents from
/// the primaries as soon as all home copies have them, or from any copy once they are final.
/// </summary>
/// <remarks>
/// Nothing beyond the committed tail plus the run-ahead bound is merged. When a replica id fails, what was merged of it
/// at or above its kept length is revoked; no other position changes.
/// </remarks>
internal sealed class Merger
{
    private const int RevokedMax = 1 << 16;
    private readonly LogContext _context;
    private readonly Fetcher _fetcher;
    private readonly SortedTable<Rid, Channel> _channels = [];
    private View _view;
    private long _losses;

    private sealed class Channel
    {
        public readonly Queue<SubEntry> Entries = new();
        public readonly List<RecordDraft> Drafts = [];
        public Lsn Next;
        public Lsn Merged;
        public Lsn StuckAt = new(-1);
        public long StuckMicros;
        public long TakenBytes;
        public long AskedMicros = long.MinValue / 2;
        public bool Fetching;
    }

    public Merger(LogContext context, Fetcher fetcher)
    {
        _context = context;
        _fetcher = fetcher;
    }

    public TailBuffer Buffer { get; } = new();

    public bool Active { get; private set; }

    /// <summary>Everything below is final here.</summary>
    public Position Confirmed { get; private set; }

    /// <summary>Revocations of the last <see cref="Advance"/>, in the order of their views.</summary>
    public List<LogReply.Revoked> Revocations { get; } = [];

    public long RevokedTotal { get; private set; }

    /// <summary>
    /// Sub-logs that were found ended in the last <see cref="Advance"/>, and where their no-ops begin.
    /// </summary>
    public List<(Rid Rid, Position Dead)> Ends { get; } = [];

    public void Start()
    {
        if (Active) return;
        Active = true;
        _channels.Clear();
        (_view, _losses) = (_context.State.View, _context.State.Losses);
        Confirmed = _context.State.TailPosition;
        Buffer.Restart(Confirmed);
    }

    public void Stop()
    {
        Active = false;
        _channels.Clear();
        Buffer.Restart(Buffer.End);
    }

    public void OnData(NodeId from, ChannelData data)
    {
        if (!Active || !_channels.TryGetValue(data.Rid, out var channel)) return;
        if (_context.State.Find(data.Rid) is not { } rid || rid.Node != from) return;
        for (var i = 0; i < data.Entries.Count; i++)
        {
            var entry = data.Entries[i];
            if (entry.Slots == 0 || entry.End <= channel.Next) continue;
            if (entry.First > channel.Next && !_context.Has(LogBugs.AheadOverGap))
            {
                // Something was lost on the way, or has left the primary's memory.
                AskPrimary(rid, channel, restart: true);
                return;
            }

            channel.Entries.Enqueue(entry);
            channel.Next = entry.End;
        }
    }

    /// <summary>Entries of a sub-log that have arrived and are not merged yet, in order.</summary>
    public IReadOnlyCollection<SubEntry> Waiting(RidState rid)
    {
        if (!_channels.TryGetValue(rid.Rid, out var channel) || channel.Entries.Count == 0) return [];
        // After a restart the channel may begin beyond what is merged: whoever went on there would skip the gap.
        return channel.Entries.Peek().First <= channel.Merged || _context.Has(LogBugs.AheadOverGap)
            ? channel.Entries : [];
    }

    /// <summary>
    /// Whether all of a batch may be shown: it lies within the run-ahead bound, so no close can cut it.
    /// </summary>
    public static bool MayShow(LogContext context, RidState rid, in SubEntry entry)
    {
        var row = context.State.Windows.RowNumber(rid.Rid, new(entry.End.Value - 1));
        return row >= 0 && context.State.Ahead(row) <= context.State.Parameters!.RunAheadRows;
    }

    public void Tick()
    {
        if (!Active) return;
        foreach (var (id, channel) in _channels)
        {
            var rid = _context.State.Find(id)!;
            if (rid.Failed) continue;
            if (_context.NowMicros - channel.AskedMicros >= _context.Options.HeartbeatMicros)
                AskPrimary(rid, channel, restart: channel.Entries.Count == 0 && Behind(rid, channel));
        }
    }

    /// <summary>Takes in the newest state, then merges what can be merged. Views come before confirmations.</summary>
    public void Advance()
    {
        Revocations.Clear();
        Ends.Clear();
        if (!Active) return;
        var state = _context.State;
        if (_context.Has(LogBugs.ConfirmBeforeView)) Confirm(state);
        while (_view < state.View)
        {
            _view = _view.Next();
            if (state.FailedIn(_view) is { } failed) Revoke(state.Find(failed)!);
        }

        if (Buffer.End < state.Trimmed) Restart(state);
        if (_losses != state.Losses) Lose(state);
        while (MergeRun(state))
        {
        }

        Confirm(state);
        Buffer.Shrink(Confirmed, _context.Options.TailBytes);
    }

    /// <summary>The order has moved on by a snapshot, past all that readers here could still be sent.</summary>
    private void Restart(OrderingState state)
    {
        _context.Effects.Sometimes(true, "log.merger.trimmed-past");
        _channels.Clear();
        Confirmed = state.TailPosition;
        Buffer.Restart(Confirmed);
    }

    /// <summary>
    /// All of it was committed before it was declared lost. So nothing is revoked: who has been shown a record keeps it
    /// as confirmed, and nobody is shown one any more.
    /// </summary>
    private void Lose(OrderingState state)
    {
        _losses = state.Losses;
        for (var p = Buffer.First; p < Buffer.End; p = p.Next())
        {
            ref var item = ref Buffer[p];
            if (!item.IsLost && state.Find(item.Rid)!.IsLost(item.Lsn)) Buffer.Lose(p);
        }

        foreach (var (id, channel) in _channels)
            if (state.Find(id)!.Lost is { } lost) DropDead(channel, lost);
    }

    private void Confirm(OrderingState state)
    {
        var tail = _context.Has(LogBugs.ConfirmOnDelivery) ? Buffer.End : state.TailPosition;
        var upTo = tail < Buffer.End ? tail : Buffer.End;
        if (_context.Has(LogBugs.ConfirmOnDelivery) && upTo > Confirmed) Confirmed = upTo;
        while (Confirmed < upTo)
        {
            ref var item = ref Buffer[Confirmed];
            // A batch is final as a whole: an abandoned sub-log may keep a part of its last one, which then is nothing.
            if (item.Record is not null && item.EntryEnd > state.CommittedOf(item.Rid)) return;
            Confirmed = Confirmed.Next();
        }
    }

    private void Revoke(RidState rid)
    {
        if (_context.Has(LogBugs.NoRevocation)) return;
        var positions = new List<Position>();
        var keep = rid.Keep!.Value;
        for (var p = Confirmed; p < Buffer.End; p = p.Next())
        {
            ref var item = ref Buffer[p];
            // A batch that is kept in part is nothing, so what of it lies below the kept length goes too.
            if (item.Rid != rid.Rid || item.EntryEnd <= keep || item.Record is null) continue;
            positions.Add(p);
            Buffer.Revoke(p);
            Check.That(positions.Count <= RevokedMax);
        }

        if (_channels.TryGetValue(rid.Rid, out var channel))
        {
            // Readers of one key may have been sent what is not merged yet.
            if (!_context.Has(LogBugs.AheadNotRevoked))
                AheadReader.AddDead(_context, rid, channel.Entries, Buffer.End, positions);
            if (!_context.Has(LogBugs.ServeDeadSlots)) DropDead(channel, keep);
        }

        if (_context.State.Windows.TryPosition(rid.Rid, keep, out var dead)) Ends.Add((rid.Rid, dead));
        _context.Effects.Sometimes(positions.Count > 0, "log.revoked");
        RevokedTotal += positions.Count;
        if (positions.Count > 0) Revocations.Add(new(positions[0], positions, _view));
    }

    private void DropDead(Channel channel, Lsn keep)
    {
        for (var left = channel.Entries.Count; left > 0; left--)
        {
            var entry = channel.Entries.Dequeue();
            if (entry.First < keep) channel.Entries.Enqueue(entry);
        }

        if (channel.Next > keep) channel.Next = keep;
    }

    /// <summary>Merges slots of one participant of one row; false when it has to wait.</summary>
    private bool MergeRun(OrderingState state)
    {
        if (!state.Windows.TryLocate(Buffer.End, out var slot)) return false;
        var window = state.Windows[slot.Window];
        var committed = Buffer.End < state.TailPosition;
        if (!committed && state.Parameters!.Mode == OrderingMode.Eager) return false;
        if (!committed && state.Ahead(window.FirstRow + slot.Row) > state.Parameters!.RunAheadRows
            && !_context.Has(LogBugs.NoRunAheadBound)
            && !(_context.Has(LogBugs.DeadRowsUnbounded) && state.Find(slot.Rid)!.Failed)) return false;
        var place = window.PlaceOf(slot.Rid);
        var rowEnd = window.FirstLsnAt(place).Plus((slot.Row + 1) * window.QuotaAt(place));
        var rid = state.Find(slot.Rid)!;
        var lsn = slot.Lsn;
        while (lsn < rowEnd)
        {
            if (!TakeSlot(rid, lsn)) break;
            lsn = lsn.Next();
        }

        if (_channels.TryGetValue(rid.Rid, out var channel)) channel.Merged = lsn;
        return lsn >= rowEnd;
    }

    private bool TakeSlot(RidState rid, Lsn lsn)
    {
        if (rid.Keep is { } keep && lsn >= keep && !_context.Has(LogBugs.ServeDeadSlots))
        {
            Buffer.Add(null, rid.Rid, lsn, lsn.Next());
            return true;
        }

        if (rid.IsLost(lsn) && !_context.Has(LogBugs.ServeLost))
        {
            Buffer.Add(null, rid.Rid, lsn, lsn.Next(), isLost: true);
            return true;
        }

        var channel = ChannelOf(rid, lsn);
        while (channel.Entries.TryPeek(out var old) && old.End <= lsn) Drop(rid, channel);
        if (!channel.Entries.TryPeek(out var entry))
        {
            Fetch(rid, channel, lsn);
            return false;
        }

        // The front can be ahead only after a restart of the channel; then the gap is fetched.
        if (entry.First > lsn)
        {
            Fetch(rid, channel, lsn);
            return false;
        }

        if (entry.Kind == EntryKind.Holes)
        {
            Buffer.Add(null, rid.Rid, lsn, lsn.Next());
            return true;
        }

        return TakeRecord(rid, channel, entry, lsn);
    }

    private bool TakeRecord(RidState rid, Channel channel, in SubEntry entry, Lsn lsn)
    {
        var fate = SlotFate.Of(_context, rid, entry.End);
        // Shown as a whole or not yet: within the bound no early close can cut it in two.
        if (fate == EntryFate.Undecided && !MayShow(_context, rid, entry)) return false;
        if (fate == EntryFate.Never)
        {
            Buffer.Add(null, rid.Rid, lsn, lsn.Next());
            return true;
        }

        if (channel.Drafts.Count == 0)
        {
            var ok = RecordBatch.TryOpen(entry.Payload, out var batch) && batch.TryRead(channel.Drafts);
            Check.That(ok);
        }

        var draft = channel.Drafts[(int)(lsn - entry.First)];
        Buffer.Add(
            new(Buffer.End, rid.Rid, lsn, draft.Key, draft.Payload, draft.Headers, draft.TimestampMs), rid.Rid, lsn,
            entry.End);
        return true;
    }

    private void Drop(RidState rid, Channel channel)
    {
        channel.TakenBytes += channel.Entries.Dequeue().SizeBytes;
        channel.Drafts.Clear();
        if (channel.TakenBytes < _context.Options.ChannelBytes / 4) return;
        if (!rid.Failed) AskPrimary(rid, channel, restart: false);
    }

    private Channel ChannelOf(RidState rid, Lsn lsn)
    {
        if (_channels.TryGetValue(rid.Rid, out var channel)) return channel;
        channel = new() { Next = lsn };
        _channels.Add(rid.Rid, channel);
        if (!rid.Failed) AskPrimary(rid, channel, restart: true);
        return channel;
    }

    private void AskPrimary(RidState rid, Channel channel, bool restart)
    {
        if (restart && _context.NowMicros - channel.AskedMicros < _context.Options.RetryMicros / 4) return;
        channel.AskedMicros = _context.NowMicros;
        channel.TakenBytes = 0;
        _context.Send(rid.Node, new ChannelAsk(rid.Rid, channel.Next, restart));
    }

    private bool Behind(RidState rid, Channel channel) => channel.Next < _context.FinalOf(rid);

    /// <summary>
    /// Final slots that the primary does not send, because it is gone or has moved on, come from any copy.
    /// </summary>
    private void Fetch(RidState rid, Channel channel, Lsn lsn)
    {
        if (channel.Fetching) return;
        var final = _context.FinalOf(rid);
        if (lsn >= final) return;
        if (channel.StuckAt != lsn) (channel.StuckAt, channel.StuckMicros) = (lsn, _context.NowMicros);
        if (!rid.Failed && _context.NowMicros - channel.StuckMicros < _context.Options.RetryMicros) return;
        channel.Fetching = true;
        AskCopies(rid, channel, lsn, final);
    }

    private void AskCopies(RidState rid, Channel channel, Lsn lsn, Lsn final) =>
        _fetcher.Ask(rid.Rid, lsn, final, entries => Fetched(rid, channel, lsn, entries));

    private void Fetched(RidState rid, Channel channel, Lsn lsn, IReadOnlyList<SubEntry> entries)
    {
        channel.Fetching = false;
        if (!_channels.TryGetValue(rid.Rid, out var now) || !ReferenceEquals(now, channel)) return;
        if (channel.Entries.Count > 0 && channel.Entries.Peek().First <= lsn) return;
        if (entries.Count == 0) return;
        channel.Entries.Clear();
        channel.Drafts.Clear();
        channel.Next = lsn;
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Slots == 0 || entries[i].End <= channel.Next) continue;
            channel.Entries.Enqueue(entries[i]);
            channel.Next = entries[i].End;
        }

        if (!rid.Failed) AskPrimary(rid, channel, restart: true);
    }
}
