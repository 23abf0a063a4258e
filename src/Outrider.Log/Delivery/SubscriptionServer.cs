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
    private readonly SortedDictionary<RequestId, Subscription> _subscriptions = [];

    public SubscriptionServer(LogContext context, Fetcher fetcher, Merger merger)
    {
        _context = context;
        _fetcher = fetcher;
        _merger = merger;
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

            PushTail(subscription, limit);
        }

        Confirm(subscription);
    }

    private void PushTail(Subscription subscription, Position limit)
    {
        var records = new List<LogRecord>();
        var next = subscription.Next!.Value;
        var confirmed = next < _merger.Confirmed;
        // One push is all confirmed or all speculative.
        if (confirmed && _merger.Confirmed < limit) limit = _merger.Confirmed;
        var bytes = 0;
        while (next < limit && records.Count < RecordsPerPush && records.Count < subscription.Credits
            && bytes < BytesPerPush)
        {
            if (_merger.Buffer[next].Record is { } record && subscription.Wants(record))
            {
                records.Add(record);
                bytes += record.Payload.Length;
            }

            next = next.Next();
        }

        subscription.Next = next;
        Push(subscription, records, confirmed);
    }

    private void Push(Subscription subscription, IReadOnlyList<LogRecord> records, bool confirmed)
    {
        if (records.Count == 0) return;
        subscription.Credits -= records.Count;
        var certainty = confirmed || _context.Has(LogBugs.SpeculativeShownFinal)
            ? Certainty.Confirmed : Certainty.Speculative;
        _context.Effects.Push(subscription.Request, new LogReply.Records(
            records, certainty, subscription.Next!.Value, _context.State.View));
    }

    private void Confirm(Subscription subscription)
    {
        if (!subscription.Ask.Speculative) return;
        var next = subscription.Next!.Value;
        var upTo = _merger.Confirmed < next ? _merger.Confirmed : next;
        if (upTo <= subscription.ToldConfirmed) return;
        subscription.ToldConfirmed = upTo;
        _context.Effects.Push(subscription.Request, new LogReply.Confirmed(upTo, _context.State.View));
    }

    private void Revoke(Subscription subscription, LogReply.Revoked revoked)
    {
        if (!subscription.Ask.Speculative) return;
        var seen = new List<Position>();
        for (var i = 0; i < revoked.Positions.Count; i++)
            if (revoked.Positions[i] < subscription.Next!.Value) seen.Add(revoked.Positions[i]);
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
        new ReadJob(_context, _fetcher, wanted, most, BytesPerPush, job => Older(subscription, job)).Run();
    }

    private void Older(Subscription subscription, ReadJob job)
    {
        subscription.Reading = false;
        if (!_subscriptions.TryGetValue(subscription.Request, out var now)
            || !ReferenceEquals(now, subscription)) return;
        subscription.Next = job.Next;
        var records = new List<LogRecord>();
        for (var i = 0; i < job.Records.Count; i++)
            if (subscription.Wants(job.Records[i])) records.Add(job.Records[i]);
        Push(subscription, records, confirmed: true);
    }
}
