using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Nodes;

namespace Outrider.Tests.Unit.Server;

/// <summary>A log in memory behind the front door's seam: positions are handed out in order of arrival.</summary>
internal sealed class FakeLog : INodeDoor
{
    private static readonly View OnlyView = new(1);
    private readonly Lock _lock = new();
    private readonly List<LogRecord> _records = [];
    private readonly List<Follower> _followers = [];
    private readonly SortedDictionary<string, long> _floors = new(StringComparer.Ordinal);

    public NodeInfo Self { get; } = new(new NodeId(1), "eu-1", new RegionId(0));

    public ClusterView Cluster => new(
        new Layout(0xC1, ["eu"], [Self], [[0.0]]), [new ClientEndpoint("127.0.0.1", Port)], 1, 1);

    /// <summary>Where clients are told to connect.</summary>
    public int Port { get; set; }

    /// <summary>When set, appends wait for it: confirmation takes as long as the test wants.</summary>
    public Task? Gate { get; set; }

    /// <summary>What the next appends are answered with instead.</summary>
    public LogReply? Refusal { get; set; }

    public int Credited { get; private set; }

    public async Task<Reply> AskAsync(Request ask, CancellationToken cancellation)
    {
        if (ask is LogAppend && Gate is { } gate) await gate.WaitAsync(cancellation);
        lock (_lock) return Answer(ask);
    }

    public IFollowing Follow(LogSubscribe ask, Action<LogReply> push)
    {
        lock (_lock)
        {
            var follower = new Follower(this, ask, push);
            _followers.Add(follower);
            var from = ask.From?.Value ?? _records.Count;
            foreach (var record in _records) follower.Offer(record, from);
            return follower;
        }
    }

    /// <summary>Pushes to all followers, as the node would.</summary>
    public void Push(LogReply reply)
    {
        lock (_lock)
            foreach (var follower in _followers) follower.Push(reply);
    }

    /// <summary>A consumer group that has read nothing.</summary>
    public string? HeldBy { get; set; }

    private Reply Answer(Request ask) => ask switch
    {
        LogAppend append => Refusal ?? Append(append),
        LogRead read => Records(_records.Where(r => r.Position >= read.From).Take(read.MaxRecords)),
        KeyRead read => Records(OfKey(read.Key, read.Descending)
            .Where(r => r.Position >= read.From && r.Position <= read.To).Take(read.MaxRecords)),
        KeyInfo info => Info(info.Key),
        KeyTrim { Force: false } when HeldBy is not null => new LogReply.Trimmed(default, 0, HeldBy),
        KeyTrim trim => Trim(trim),
        GroupYield => new LogReply.Done(),
        LogTrim { Force: false } when HeldBy is not null => new LogReply.Trimmed(default, 0, HeldBy),
        LogTrim trim => new LogReply.Trimmed(trim.Below, _records.RemoveAll(r => r.Position < trim.Below)),
        LogTail => new LogReply.Tail(new(_records.Count), new(_records.Count), OnlyView),
        LogStatusAsk => new LogReply.Status(new(OnlyView, new(_records.Count), Self.Id, 3, [], 0)),
        _ => new LogReply.Refused(LogRefusal.Invalid, ask.GetType().Name),
    };

    private LogReply Append(LogAppend append)
    {
        if (append.ExpectedTail is { } tail && (Info(append.Records[0].Key).Last?.Value ?? -1) != tail)
            return new LogReply.Refused(LogRefusal.WrongTail, "the tail is another");
        var positions = new List<Position>();
        foreach (var draft in append.Records)
        {
            var position = new Position(_records.Count);
            var record = new LogRecord(position, new Rid(1), new Lsn(position.Value), draft.Key, draft.Payload,
                draft.Headers, draft.TimestampMs);
            _records.Add(record);
            positions.Add(position);
            foreach (var follower in _followers) follower.Offer(record, 0);
        }

        return new LogReply.Appended(positions, append.Durability, Duplicate: false);
    }

    private LogReply.Key Info(string key)
    {
        var all = OfKey(key, false).ToList();
        return new(all.Count, all.FirstOrDefault()?.Position, all.LastOrDefault()?.Position);
    }

    private LogReply.Trimmed Trim(KeyTrim trim)
    {
        var all = OfKey(trim.Key, false).ToList();
        var gone = trim.KeepLast is { } keep
            ? all.Take(Math.Max(0, all.Count - (int)keep)).ToList()
            : all.Where(r => r.Position < trim.Below!.Value).ToList();
        if (gone.Count > 0) _floors[trim.Key] = gone[^1].Position.Value + 1;
        return new(new(_floors.GetValueOrDefault(trim.Key)), gone.Count);
    }

    private IEnumerable<LogRecord> OfKey(string key, bool descending)
    {
        var floor = _floors.GetValueOrDefault(key);
        var all = _records.Where(r => r.Key == key && r.Position.Value >= floor);
        return descending ? all.Reverse() : all;
    }

    private static LogReply.Records Records(IEnumerable<LogRecord> items)
    {
        var list = items.ToList();
        return new(list, Certainty.Confirmed, list.Count > 0 ? list[^1].Position.Next() : new(0), OnlyView);
    }

    private sealed class Follower(FakeLog log, LogSubscribe ask, Action<LogReply> push) : IFollowing
    {
        public void Offer(LogRecord record, long from)
        {
            if (record.Position.Value < from || (ask.Key is { } key && key != record.Key)) return;
            var certainty = ask.Speculative ? Certainty.Speculative : Certainty.Confirmed;
            push(new LogReply.Records([record], certainty, record.Position.Next(), OnlyView));
        }

        public void Push(LogReply reply) => push(reply);

        public void Credit(int records) => log.Credited += records;

        public void Dispose()
        {
            lock (log._lock) log._followers.Remove(this);
        }
    }
}
