using System.Diagnostics;
using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Nodes;

namespace Outrider.Server.Embedding;

/// <summary>
/// The newest records as a speculative reader at one node sees them, for the console. It reads only while somebody
/// looks: the first question begins, and some seconds without another end it.
/// </summary>
internal sealed class ConsoleFeed(IReadOnlyList<HostedNode> nodes)
{
    private const int RecordsMax = 400;
    private const int CutsMax = 64;
    private const int Credits = 4_096;
    private const long IdleMs = 15_000;
    private readonly Lock _lock = new();
    private readonly LinkedList<Shown> _records = [];
    private readonly Queue<long> _cuts = new();
    private readonly Queue<double> _latenciesMs = new();
    private IFollowing? _following;
    private string _from = "";
    private long _askedMs;
    private long _end;
    private long _shownTotal;
    private int _epoch;

    private sealed class Shown
    {
        public required LogRecord Record;
        public required long SeenTicks;
        public required string State;
        public double? ConfirmMs;
    }

    /// <summary>What there is to see now.</summary>
    public object Look()
    {
        Volatile.Write(ref _askedMs, Environment.TickCount64);
        Begin();
        lock (_lock)
        {
            var sorted = _latenciesMs.Order().ToArray();
            return new
            {
                node = _from,
                end = _end,
                shownTotal = _shownTotal,
                confirmMs = sorted.Length == 0 ? null
                    : new { p50 = sorted[sorted.Length / 2], p99 = sorted[sorted.Length * 99 / 100] },
                cuts = _cuts.ToArray(),
                records = _records.Select(one => new
                {
                    position = one.Record.Position.Value,
                    rid = one.Record.Rid.Value,
                    key = one.Record.Key.Length > 40 ? one.Record.Key[..40] + "…" : one.Record.Key,
                    bytes = one.Record.Payload.Length,
                    state = one.State,
                    confirmMs = one.ConfirmMs,
                }).ToArray(),
            };
        }
    }

    private void Begin()
    {
        int epoch;
        INodeDoor door;
        lock (_lock)
        {
            // The node that it reads at may have ended without a word.
            if (_following is not null && nodes.Any(node => node.Info.Name == _from && node.State == "running")) return;
            if (nodes.FirstOrDefault(node => node.State == "running") is not { Door: { } found } node) return;
            (door, _from, epoch) = (found, node.Info.Name, ++_epoch);
            _records.Clear();
        }

        var following = door.Follow(
            new LogSubscribe(null, Speculative: true, null, Credits), push => Take(epoch, push));
        lock (_lock)
        {
            if (epoch == _epoch) _following = following;
            else following.Dispose();
        }
    }

    private void End(int epoch)
    {
        IFollowing? ended;
        lock (_lock)
        {
            if (epoch != _epoch) return;
            ended = _following;
            _following = null;
            _epoch++;
        }

        ended?.Dispose();
    }

    private void Take(int epoch, LogReply push)
    {
        var credit = 0;
        lock (_lock)
        {
            if (epoch != _epoch) return;
            switch (push)
            {
                case LogReply.Records records:
                    Add(records);
                    credit = records.Items.Count;
                    break;
                case LogReply.Confirmed confirmed:
                    Confirm(confirmed.UpTo);
                    break;
                case LogReply.Revoked revoked:
                    foreach (var one in _records)
                        if (revoked.Positions.Contains(one.Record.Position)) one.State = "revoked";
                    break;
                default:
                    _following = null;
                    _epoch++;
                    return;
            }
        }

        if (Environment.TickCount64 - Volatile.Read(ref _askedMs) > IdleMs) _ = Task.Run(() => End(epoch));
        else if (credit > 0) _following?.Credit(credit);
    }

    private void Add(LogReply.Records records)
    {
        var final = records.Certainty == Certainty.Confirmed;
        foreach (var record in records.Items)
        {
            _shownTotal++;
            _records.AddLast(new Shown
            {
                Record = record,
                SeenTicks = Stopwatch.GetTimestamp(),
                State = final ? "confirmed" : "speculative",
            });
            if (_records.Count > RecordsMax) _records.RemoveFirst();
        }

        _end = Math.Max(_end, records.Next.Value);
    }

    private void Confirm(Position upTo)
    {
        var now = Stopwatch.GetTimestamp();
        foreach (var one in _records)
        {
            if (one.State != "speculative" || one.Record.Position >= upTo) continue;
            one.State = "confirmed";
            one.ConfirmMs = Stopwatch.GetElapsedTime(one.SeenTicks, now).TotalMilliseconds;
            _latenciesMs.Enqueue(one.ConfirmMs.Value);
            if (_latenciesMs.Count > 500) _latenciesMs.Dequeue();
        }

        _end = Math.Max(_end, upTo.Value);
        _cuts.Enqueue(upTo.Value);
        if (_cuts.Count > CutsMax) _cuts.Dequeue();
    }
}
