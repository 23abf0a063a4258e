using System.Text;
using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// The front of every node: carries a request to whoever can serve it, repeats it while the cluster changes, and
/// answers
/// its client once: with the outcome, a refusal, or Unknown when the deadline passes first.
/// </summary>
/// <remarks>
/// Appends without a producer get one of this node's life, so that they can be repeated without being placed twice.
/// </remarks>
internal sealed class Gateway
{
    private readonly LogContext _context;
    private readonly Fetcher _fetcher;
    private readonly Dictionary<long, Pending> _pending = [];
    private readonly Dictionary<RequestId, long> _byRequest = [];
    // Those of the table by number, with some that are over: what is walked must not depend on hashes.
    private readonly List<Pending> _order = [];
    // Whose answer is known and for which only this node's own tail is too short.
    private readonly List<Pending> _waiting = [];
    private readonly List<Pending> _ready = [];
    private readonly ProducerId _producer;
    private View _view;
    private NodeId _leader;
    private long _number;
    private long _sequence;

    private sealed class Pending
    {
        public required long Number;
        public required RequestId Request;
        public required Request Ask;
        public required Action<LogReply>? Then;
        public required long DeadlineMicros;
        public long SentMicros = long.MinValue / 2;
        public (Rid Rid, NodeId Node) SentTo = (new(-1), NodeId.None);
        public int Attempts;
        public bool RetryAtOnce;

        /// <summary>Whoever was reached last does not serve the key, or not yet.</summary>
        public bool TurnedAway;
        public bool Waits;
        public bool Over;
        public LogReply? Reply;
        public Position NeedTail;

        /// <summary>For reads: the tail as the ordering leader has proven it since the request came.</summary>
        public Position? ProvenTail;

        public bool IsRead => Ask is LogRead or KeyRead or KeyInfo;
    }

    public Gateway(LogContext context, Fetcher fetcher)
    {
        _context = context;
        _fetcher = fetcher;
        _number = context.Life.Value << 32;
        // A name that no other life of any node draws; the top bit keeps it apart from those that clients draw.
        _producer = new((1UL << 63) | ((ulong)context.Self.Value << 40) | (ulong)context.Life.Value);
    }

    public int Count => _pending.Count;

    public void Open(RequestId request, Request ask)
    {
        switch (ask)
        {
            case LogAppend append when Invalid(append) is { } why:
                _context.Effects.Reply(request, new LogReply.Refused(LogRefusal.Invalid, why));
                return;
            case LogAppend { Producer.IsNone: true } append:
                ask = append with { Producer = _producer, Sequence = ++_sequence };
                break;
            case LogTrim trim:
                new TrimJob(_context, this, trim, reply => _context.Effects.Reply(request, reply)).Run();
                return;
            case LogMissing:
                new MissingJob(_context, this, found =>
                    _context.Effects.Reply(request, new LogReply.Missing(found))).Run();
                return;
            case LogGiveUp over:
                new GiveUpJob(_context, this, over, reply => _context.Effects.Reply(request, reply)).Run();
                return;
            case LogRead read when Unreadable(read) is { } refused:
                _context.Effects.Reply(request, refused);
                return;
        }

        if (_pending.Count >= Limits.PendingAppendsMax)
            _context.Effects.Reply(request, new LogReply.Refused(
                LogRefusal.Overloaded, "too many requests are under way at this node; try again later"));
        else Open(request, ask, null);
    }

    /// <summary>A question of this node's own.</summary>
    public void Ask(Request ask, Action<LogReply> then) => Open(default, ask, then);

    private void Open(RequestId request, Request ask, Action<LogReply>? then)
    {
        var pending = new Pending
        {
            Number = ++_number,
            Request = request,
            Ask = ask,
            Then = then,
            DeadlineMicros = _context.NowMicros + PatienceFor(ask),
        };
        _pending.Add(pending.Number, pending);
        if (then is null) _byRequest[request] = pending.Number;
        _order.Add(pending);
        Route(pending);
    }

    /// <summary>Whoever is asked what it holds answers at once, or is not there.</summary>
    private long PatienceFor(Request ask) => ask is HeldAsk
        ? Math.Min(_context.Options.DeadlineMicros, 8 * _context.Options.RetryMicros) : _context.Options.DeadlineMicros;

    /// <summary>The client has gone: the outcome interests nobody.</summary>
    public void Cancel(RequestId request)
    {
        if (_byRequest.TryGetValue(request, out var number)) Remove(_pending[number]);
    }

    public void OnReply(ForwardedReply answer)
    {
        if (!_pending.TryGetValue(answer.Number, out var pending) || pending.Reply is not null) return;
        if (pending.IsRead && answer.Reply is LogReply.Tail tail)
        {
            if (pending.ProvenTail is not null) return;
            pending.ProvenTail = tail.ConfirmedEnd;
            pending.Attempts = 0;
            Route(pending);
            return;
        }

        if (answer.Reply is null)
        {
            pending.RetryAtOnce = true;
            pending.TurnedAway = true;
            return;
        }

        // With the next tick that finds it unanswered.
        if (answer.Reply is LogReply.Refused { Code: LogRefusal.Overloaded }
            && pending.Ask is LogAppend { WaitsForRoom: true }) return;
        pending.Reply = answer.Reply;
        // A read that follows at this node must see it: answer only once this node has read the order as far.
        if (answer.Reply is LogReply.Appended { Positions.Count: > 0 } appended) pending.NeedTail =
            appended.Positions[^1].Next();
        if (_context.State.TailPosition >= pending.NeedTail) Finish(pending, pending.Reply);
        else Wait(pending);
    }

    /// <summary>
    /// Answers what this node's tail has come up to. Walks only those that wait for nothing else: with thousands of
    /// appends under way, looking at each in every step would take most of the processor.
    /// </summary>
    public void Advance()
    {
        if (_pending.Count == 0) return;
        Redirect();
        if (_waiting.Count == 0) return;
        var tail = _context.State.TailPosition;
        var kept = 0;
        for (var i = 0; i < _waiting.Count; i++)
        {
            var pending = _waiting[i];
            if (pending.Over) continue;
            if (tail >= (pending.Reply is null ? pending.ProvenTail! : pending.NeedTail)) _ready.Add(pending);
            else _waiting[kept++] = pending;
        }

        _waiting.RemoveRange(kept, _waiting.Count - kept);
        foreach (var pending in _ready)
        {
            if (pending.Reply is { } reply) Finish(pending, reply);
            else Read(pending, (LogRead)pending.Ask);
        }

        _ready.Clear();
    }

    public void Tick()
    {
        _order.RemoveAll(pending => pending.Over);
        List<Pending>? late = null;
        foreach (var pending in _order)
        {
            if (pending.Reply is null && pending.Ask is LogTrim trim && _context.State.Trimmed >= trim.Below)
            {
                pending.Reply = new LogReply.Trimmed(_context.State.Trimmed, 0);
                Wait(pending);
            }

            if (pending.Reply is null && pending.Ask is LogLose lose
                && _context.State.Find(lose.Rid)?.Lost <= lose.From)
            {
                pending.Reply = new LogReply.Done();
                Wait(pending);
            }

            if (_context.NowMicros >= pending.DeadlineMicros) (late ??= []).Add(pending);
            else if (pending.Reply is null
                && (pending.RetryAtOnce || _context.NowMicros - pending.SentMicros >= 2 * _context.Options.RetryMicros))
                Route(pending);
        }

        if (late is null) return;
        foreach (var pending in late) Finish(pending, Expired(pending));
    }

    /// <summary>
    /// Whoever was asked may have ended with the newest view, or leads no more: the next one is asked at once, without
    /// waiting for an answer that will not come.
    /// </summary>
    private void Redirect()
    {
        if (_view == _context.State.View && _leader == _context.Leader) return;
        (_view, _leader) = (_context.State.View, _context.Leader);
        List<Pending>? moved = null;
        foreach (var pending in _order)
        {
            if (pending.Over || pending.Reply is not null) continue;
            if (pending.ProvenTail is not null && pending.IsRead) continue;
            (Rid Rid, NodeId Node) target = pending.IsRead ? (new(-1), _leader) : Target(pending);
            if (!target.Node.IsNone && target != pending.SentTo) (moved ??= []).Add(pending);
        }

        if (moved is null) return;
        foreach (var pending in moved) Route(pending);
    }

    private static LogReply Expired(Pending pending)
    {
        if (pending.Ask is not LogAppend)
            return new LogReply.Refused(LogRefusal.Unavailable, "no node that could answer was reached in time");
        return pending.Attempts == 0
            ? new LogReply.Refused(LogRefusal.Unavailable,
                "no primary for this key was known in time; nothing was appended")
            : new LogReply.Unknown("no outcome in time; retry with the same producer and sequence to find out"
                + (pending.TurnedAway
                    ? "; the key's primary takes no appends: `outrider log missing` tells whether it waits for a copy"
                    : ""));
    }

    private void Wait(Pending pending)
    {
        Check.That(!pending.Over && (pending.Reply is not null || pending.ProvenTail is not null));
        if (pending.Waits) return;
        pending.Waits = true;
        _waiting.Add(pending);
    }

    private void Remove(Pending pending)
    {
        Check.That(!pending.Over);
        pending.Over = true;
        _pending.Remove(pending.Number);
        if (pending.Then is null) _byRequest.Remove(pending.Request);
        // Most are answered in the order in which they came.
        if (_order.Count > 64 && _pending.Count < _order.Count / 2) _order.RemoveAll(other => other.Over);
    }

    private void Finish(Pending pending, LogReply reply)
    {
        Remove(pending);
        // Its own repeats are no news to the client; a repeat of the client's is.
        if (reply is LogReply.Appended { Duplicate: true } appended && pending.Attempts > 1)
            reply = appended with { Duplicate = false };
        if (pending.Then is { } then) then(reply);
        else _context.Effects.Reply(pending.Request, reply);
    }

    private void Route(Pending pending)
    {
        pending.RetryAtOnce = false;
        pending.SentMicros = _context.NowMicros;
        if (_context.Has(LogBugs.ReadFromAnyTail)) pending.ProvenTail ??= _context.State.TailPosition;
        var askTail = pending.IsRead && pending.ProvenTail is null;
        if (!askTail && pending.Ask is LogRead)
        {
            Wait(pending);
            return;
        }

        var (rid, node) = askTail ? (new(-1), _context.Leader) : Target(pending);
        if (node.IsNone) return;
        pending.Attempts++;
        pending.SentTo = (rid, node);
        _context.Send(node, new Forwarded(
            pending.Number, rid, pending.ProvenTail ?? default, askTail ? new LogTail() : pending.Ask));
    }

    private (Rid Rid, NodeId Node) Target(Pending pending)
    {
        var none = new Rid(-1);
        return pending.Ask switch
        {
            LogAppend append => Owner(append.Records[0].Key),
            KeyTrim trim => Owner(trim.Key),
            GroupYield over => Owner(over.Key),
            GroupsBelow below => Owner(below.Shard, below.Seat),
            KeyRead read => (none, Holder(read.Key, pending.Attempts)),
            KeyInfo info => (none, Holder(info.Key, pending.Attempts)),
            HeldAsk held => (none, held.Node),
            _ => (none, _context.Leader),
        };
    }

    private (Rid Rid, NodeId Node) Owner(string key)
    {
        var (shard, seat) = _context.Topology.Home(key);
        return Owner(shard, seat);
    }

    private (Rid Rid, NodeId Node) Owner(ShardId shard, int seat)
    {
        if (!_context.State.Opened) return (new(-1), NodeId.None);
        if (_context.State.OwnerOf(shard, seat) is not { } rid) return (new(-1), NodeId.None);
        var state = _context.State.Find(rid)!;
        return state.Live ? (rid, state.Node) : (rid, NodeId.None);
    }

    /// <summary>A node with the key's index: this one if it can, then the owner, then the others in turn.</summary>
    private NodeId Holder(string key, int attempt)
    {
        var (shard, _) = _context.Topology.Home(key);
        if (_context.Topology.Holds(_context.Self, shard)) return _context.Self;
        var (_, owner) = Owner(key);
        if (attempt == 0 && !owner.IsNone) return owner;
        var copies = _context.Topology.Shard(shard).Copies;
        // Whoever stands in for a founder has an index too; one that does not says so at once.
        var spares = _context.Topology.SparesOf(shard);
        var turn = attempt % (copies.Count + spares.Count);
        return turn < copies.Count ? copies[turn] : spares[turn - copies.Count];
    }

    private LogReply? Unreadable(LogRead read)
    {
        if (read.From.Value < 0 || read.MaxRecords < 1 || read.MaxBytes < 1)
            return new LogReply.Refused(
                LogRefusal.Invalid, "a read needs a position of 0 or more, and at least one record and one byte");
        return read.From < _context.State.Trimmed
            ? new LogReply.Refused(LogRefusal.Trimmed, $"the log begins at {_context.State.Trimmed}")
            : null;
    }

    private void Read(Pending pending, LogRead read)
    {
        Remove(pending);
        if (Unreadable(read) is { } refused)
        {
            _context.Effects.Reply(pending.Request, refused);
            return;
        }

        var tail = _context.State.TailPosition.Value + (_context.Has(LogBugs.ServeUncommitted) ? 64 : 0);
        var wanted = new Wanted(null, read.From, new(tail));
        var most = Math.Min(read.MaxRecords, 1 << 14);
        new ReadJob(_context, _fetcher, wanted, most, Math.Min(read.MaxBytes, 8 << 20), job =>
        {
            var trimmed = job.Records.Count + job.Lost.Count == 0 ? Unreadable(read with { From = job.Next }) : null;
            LogReply reply = trimmed is not null ? trimmed
                : job.Stuck && job.Records.Count + job.Lost.Count == 0
                ? new LogReply.Refused(LogRefusal.Unavailable,
                    "no copy of these positions can be reached now; `outrider log missing` tells of whom it waits")
                : new LogReply.Records(job.Records, Certainty.Confirmed, job.Next, _context.State.View)
                {
                    Missed = [.. job.Lost.Select(slot => slot.Position)],
                };
            _context.Effects.Reply(pending.Request, reply);
        }).Run();
    }

    private static string? Invalid(LogAppend append)
    {
        var count = append.Records.Count;
        if (count is 0
            or > Limits.BatchRecordsMax) return $"a batch holds 1 to {Limits.BatchRecordsMax} records, not {count}";
        var key = append.Records[0].Key;
        if (Encoding.UTF8.GetByteCount(key) is 0
            or > Limits.KeyBytesMax) return $"a key takes 1 to {Limits.KeyBytesMax} bytes";
        var bytes = 0L;
        for (var i = 0; i < count; i++)
        {
            var record = append.Records[i];
            if (record.Key != key) return "all records of a batch have one key";
            if (record.Payload.Length + record.Headers.Length > Limits.RecordBytesMax)
                return $"a record takes at most {Limits.RecordBytesMax} bytes with its headers";
            bytes += record.Payload.Length + record.Headers.Length + 32;
        }

        return bytes > Limits.EntryBytesMax - Limits.KeyBytesMax - 1024 ? "the batch is too large; send several" : null;
    }
}
