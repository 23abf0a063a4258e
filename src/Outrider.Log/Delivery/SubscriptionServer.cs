using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Serves the subscriptions of one node: newest positions from the merged tail, older ones from copies. On each
/// subscription a view's revocations come before any record or confirmation of that view.
/// </summary>
internal sealed class SubscriptionServer
{
    private const int RecordsPerPush = 256;
    private const int BytesPerPush = 1 << 20;
    private readonly LogContext _context;
    private readonly Fetcher _fetcher;
    private readonly Merger _merger;
    private readonly AheadReader _ahead;
    private readonly SortedTable<RequestId, Subscription> _subscriptions = [];

    public SubscriptionServer(LogContext context, Fetcher fetcher, Merger merger)
    {
        _context = context;
        _fetcher = fetcher;
        _merger = merger;
        _ahead = new(context, merger);
    }

    public int Count => _subscriptions.Count;

    public void Open(RequestId request, LogSubscribe ask)
    {
        if (ask.Credits < 0 || (ask.From is { } from && from.Value < 0))
        {
            _context.Effects.Reply(request, new LogReply.Refused(
                LogRefusal.Invalid, "a subscription needs a position of 0 or more and credits of 0 or more"));
            return;
        }

        if (ask is { Alone: true, Key: null })
        {
            _context.Effects.Reply(request, new LogReply.Refused(
                LogRefusal.Invalid, "one key's records can come alone, the whole log cannot: name a key"));
            return;
        }

        _subscriptions[request] = new(request, ask);
    }

    public void Credit(LogCredit credit)
    {
        if (credit.Credits > 0 && _subscriptions.TryGetValue(credit.Subscription, out var subscription))
            subscription.Credits = Math.Min(subscription.Credits + credit.Credits, int.MaxValue);
    }

    /// <summary>True if the request was a subscription.</summary>
    public bool Close(RequestId request)
    {
        if (!_subscriptions.Remove(request)) return false;
        if (_subscriptions.Count == 0) _merger.Stop();
        return true;
    }

    /// <summary>Sends what can be sent; once a step, after the merger has advanced.</summary>
    public void Advance()
    {
        if (_subscriptions.Count == 0) return;
        List<RequestId>? ended = null;
        foreach (var subscription in _subscriptions.Values)
        {
            if (subscription.Next is null && !Place(subscription)) continue;
            for (var i = 0; i < _merger.Revocations.Count; i++) Revoke(subscription, _merger.Revocations[i]);
            for (var i = 0; i < _merger.Ends.Count && !_context.Has(LogBugs.NoReturn); i++)
                Return(subscription, _merger.Ends[i]);
            if (subscription.Next < _context.State.Trimmed)
            {
                (ended ??= []).Add(subscription.Request);
                continue;
            }

            Pump(subscription);
        }

        if (ended is null) return;
        foreach (var request in ended)
        {
            _context.Effects.Reply(request, new LogReply.Ended(
                _context.State.Trimmed, "the log has been trimmed past this reader; subscribe again from there"));
            Close(request);
        }
    }

    /// <summary>A position means something only once this node's own tail has reached it.</summary>
    private bool Place(Subscription subscription)
    {
        var tail = _context.State.TailPosition;
        if (!_context.State.HasWindow) return false;
        if (subscription.Ask.From is { } from && from > tail) return false;
        _merger.Start();
        _merger.Advance();
        subscription.Next = subscription.Ask.From ?? _merger.Confirmed;
        subscription.ToldConfirmed = subscription.Next.Value;
        return true;
    }

    private void Pump(Subscription subscription)
    {
        while (!subscription.Reading && subscription.Credits > 0)
        {
            var next = subscription.Next!.Value;
            var limit = subscription.Ask.Speculative ? _merger.Buffer.End : _merger.Confirmed;
            if (next >= limit) break;
            if (next < _merger.Buffer.First)
            {
                ReadOlder(subscription);
                return;
            }

            var room = next < _merger.Confirmed ? int.MaxValue : subscription.RoomAhead(_context.NowMicros);
            if (room == 0) break;
            PushTail(subscription, limit, room);
        }

        if (subscription.Ask is { Alone: true, Speculative: true } && !subscription.Reading) PushAhead(subscription);
        Confirm(subscription);
    }

    private void PushTail(Subscription subscription, Position limit, int room)
    {
        var records = new List<LogRecord>();
        List<Position>? lost = null;
        var next = subscription.Next!.Value;
        var confirmed = next < _merger.Confirmed;
        // One push is all confirmed or all speculative.
        if (confirmed && _merger.Confirmed < limit) limit = _merger.Confirmed;
        var bytes = 0;
        while (next < limit && records.Count < Math.Min(room, RecordsPerPush) && records.Count < subscription.Credits
            && bytes < BytesPerPush)
        {
            ref var item = ref _merger.Buffer[next];
            if (item.Record is { } record && subscription.Wants(record))
            {
                if (lost is not null) break;
                records.Add(record);
                bytes += record.Payload.Length;
            }
            else if (item.IsLost && Misses(subscription, item.Rid))
            {
                if (records.Count > 0 || lost?.Count >= ReadJob.LostMax) break;
                (lost ??= []).Add(next);
            }

            next = next.Next();
        }

        subscription.Next = next;
        if (lost is null) Push(subscription, records, confirmed);
        else PushLost(subscription, lost);
    }

    /// <summary>
    /// Whether what is lost may have been for a reader: what it was is not known, only whose keys its sub-log served.
    /// </summary>
    private bool Misses(Subscription subscription, Rid rid) => !_context.Has(LogBugs.PassLostSilently)
        && (subscription.Ask.Key is not { } key
            || _context.Topology.Home(key).Shard == _context.State.Find(rid)!.Shard);

    private void PushLost(Subscription subscription, List<Position> lost)
    {
        Check.That(lost.Count > 0 && lost[^1] < subscription.Next);
        _context.Effects.Sometimes(true, "log.reader.told-lost");
        _context.Effects.Push(
            subscription.Request, new LogReply.Lost(lost, subscription.Next!.Value, _context.State.View));
    }

    /// <summary>
    /// The key's next home may fill positions that lie before what its last one had gone ahead to: back to where the
    /// no-ops begin.
    /// </summary>
    private void Return(Subscription subscription, (Rid Rid, Position Dead) end)
    {
        if (subscription.AheadIn != end.Rid || subscription.Next <= end.Dead) return;
        _context.Effects.Sometimes(true, "log.reader.returned");
        subscription.Next = end.Dead > subscription.ToldConfirmed ? end.Dead : subscription.ToldConfirmed;
    }

    /// <summary>What the key's own sub-log has beyond the merged end.</summary>
    private void PushAhead(Subscription subscription)
    {
        var next = subscription.Next!.Value;
        if (next < _merger.Buffer.End) return;
        while (subscription.Credits > 0)
        {
            var records = new List<LogRecord>();
            var room = Math.Min(RecordsPerPush, subscription.RoomAhead(_context.NowMicros));
            if (room == 0) break;
            var most = (int)Math.Min(room, subscription.Credits);
            var end = _ahead.Collect(subscription.Ask.Key!, next, most, records, out var home);
            Check.That(end >= next);
            if (end == next) break;
            subscription.Next = next = end;
            subscription.AheadIn = home;
            Push(subscription, records, confirmed: false);
        }
    }

    private void Push(Subscription subscription, IReadOnlyList<LogRecord> records, bool confirmed)
    {
        if (records.Count == 0) return;
        subscription.Credits -= records.Count;
        var certainty = confirmed || _context.Has(LogBugs.SpeculativeShownFinal)
            ? Certainty.Confirmed : Certainty.Speculative;
        if (!confirmed)
        {
            for (var i = 0; i < records.Count; i++) subscription.Unconfirmed.Add(records[i].Position);
            subscription.Pushes.Add((records[^1].Position, _context.NowMicros));
        }

        _context.Effects.Push(subscription.Request, new LogReply.Records(
            records, certainty, subscription.Next!.Value, _context.State.View));
    }

    private void Confirm(Subscription subscription)
    {
        var ask = subscription.Ask;
        // Whoever reads everything confirmed has the records themselves as its watermark; of one key they may be rare.
        if (!ask.Speculative && ask is { Key: null, Filter: null }) return;
        var next = subscription.Next!.Value;
        var final = ask.Alone ? _ahead.ConfirmedOf(ask.Key!) : _merger.Confirmed;
        var upTo = (!ask.Speculative || next < final) && !_context.Has(LogBugs.ConfirmUnsent) ? next : final;
        if (upTo <= subscription.ToldConfirmed) return;
        if (!ask.Speculative)
        {
            if (_context.NowMicros - subscription.ToldMicros < _context.Options.HeartbeatMicros) return;
            subscription.ToldMicros = _context.NowMicros;
        }

        subscription.ToldConfirmed = upTo;
        var waiting = subscription.Unconfirmed;
        while (waiting.Count > 0 && waiting[waiting.First] < upTo) waiting.RemoveFirst();
        var pushes = subscription.Pushes;
        while (pushes.Count > 0 && pushes[pushes.First].Last < upTo) pushes.RemoveFirst();
        _context.Effects.Push(subscription.Request, new LogReply.Confirmed(upTo, _context.State.View));
    }

    private void Revoke(Subscription subscription, LogReply.Revoked revoked)
    {
        if (!subscription.Ask.Speculative) return;
        var seen = new List<Position>();
        var waiting = subscription.Unconfirmed;
        var at = 0;
        var kept = 0;
        for (var left = waiting.Count; left > 0; left--)
        {
            var position = waiting[waiting.First];
            waiting.RemoveFirst();
            while (at < revoked.Positions.Count && revoked.Positions[at] < position) at++;
            if (at < revoked.Positions.Count && revoked.Positions[at] == position) seen.Add(position);
            else
            {
                waiting.Add(position);
                kept++;
            }
        }

        Check.That(kept == waiting.Count);
        if (seen.Count == 0) return;
        Check.That(seen[0] >= subscription.ToldConfirmed);
        _context.Effects.Push(subscription.Request, revoked with { From = seen[0], Positions = seen });
    }

    private void ReadOlder(Subscription subscription)
    {
        subscription.Reading = true;
        var from = subscription.Next!.Value;
        var to = _merger.Buffer.First < _merger.Confirmed ? _merger.Buffer.First : _merger.Confirmed;
        var wanted = new Wanted(null, from, to);
        var most = (int)Math.Min(RecordsPerPush, subscription.Credits);
        new ReadJob(_context, _fetcher, wanted, most, BytesPerPush, job => Older(subscription, job))
        {
            KeepsLostApart = true,
        }.Run();
    }

    private void Older(Subscription subscription, ReadJob job)
    {
        subscription.Reading = false;
        if (!_subscriptions.TryGetValue(subscription.Request, out var now)
            || !ReferenceEquals(now, subscription)) return;
        subscription.Next = job.Next;
        if (job.Lost.Count > 0)
        {
            Check.That(job.Records.Count == 0);
            var lost = job.Lost.Where(slot => Misses(subscription, slot.Rid)).Select(slot => slot.Position).ToList();
            if (lost.Count > 0) PushLost(subscription, lost);
            return;
        }

        var records = new List<LogRecord>();
        for (var i = 0; i < job.Records.Count; i++)
            if (subscription.Wants(job.Records[i])) records.Add(job.Records[i]);
        Push(subscription, records, confirmed: true);
    }
}
