using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// A reader of the whole order. When its node dies or falls silent it rolls back to what it was told is final and
/// subscribes again from there, at some node.
/// </summary>
internal sealed class LogSubscriber(World world, LogScenario scenario, int number)
{
    private const long LookMicros = 400_000;
    private const long SilenceMicros = 4_000_000;
    private readonly Rng _rng = world.Fork("log-subscriber", number);
    private readonly SortedDictionary<long, (RecordMark Mark, string Key)> _seen = [];
    private readonly bool _speculative = number % 3 != 0;
    private NodeId _node;
    private long _life;
    private long _generation;
    private long _heardMicros;
    private RequestId _request;
    private long _confirmed;
    private long _next;
    private int _creditsOwed;
    private bool _stopped;

    public long Confirmed => _confirmed;
    public long Delivered { get; private set; }
    public string Complaint(long wanted) => $"subscriber {number} at {_node} has {_confirmed} of {wanted} confirmed";

    public void Start() => world.After(_rng.Below(3_000_000), "subscriber", Subscribe);

    public void Stop()
    {
        _stopped = true;
        _generation++;
        world.Cancel(_request);
    }

    private void Subscribe()
    {
        if (_stopped) return;
        var generation = ++_generation;
        var up = world.Nodes.Where(n => n.State == NodeState.Up && !n.IsBuried).ToList();
        if (up.Count == 0)
        {
            world.After(LookMicros, "subscriber", Subscribe);
            return;
        }

        var node = _rng.Pick(up);
        (_node, _life, _heardMicros) = (node.Id, node.Life, world.NowMicros);
        _seen.Clear();
        _next = _confirmed;
        _creditsOwed = 0;
        world.Trace($"subscriber {number} follows from {_confirmed} at {_node}");
        var ask = new LogSubscribe(new Position(_confirmed), _speculative, null, 200);
        _request = world.Ask(_node, ask, (reply, last) =>
        {
            if (generation == _generation) Take(reply, last);
        });
        world.After(LookMicros, "subscriber", () => Look(generation));
    }

    private void Look(long generation)
    {
        if (_stopped || generation != _generation) return;
        var node = world.Node(_node);
        var dead = node.State is NodeState.Down or NodeState.Gone || node.Life != _life || node.IsBuried;
        if (dead || world.NowMicros - _heardMicros > SilenceMicros || _rng.Chance(0.03))
        {
            world.Cancel(_request);
            Subscribe();
            return;
        }

        world.After(LookMicros, "subscriber", () => Look(generation));
    }

    private void Take(Reply? reply, bool last)
    {
        _heardMicros = world.NowMicros;
        switch (reply)
        {
            case LogReply.Records records:
                TakeRecords(records);
                break;
            case LogReply.Confirmed confirmed when _speculative:
                Confirm(confirmed.UpTo.Value);
                break;
            case LogReply.Revoked revoked when _speculative:
                Revoke(revoked);
                break;
            case LogReply.Ended ended:
                _confirmed = Math.Max(_confirmed, ended.From.Value);
                break;
        }

        if (last) _generation++;
        if (last) world.After(LookMicros, "subscriber", Subscribe);
    }

    private void TakeRecords(LogReply.Records records)
    {
        var by = $"subscriber {number} at {_node}";
        foreach (var record in records.Items)
        {
            if (record.Position.Value < _next)
                scenario.History.Fail("delivery", $"{by} got {record.Position} again, at {_next}");
            _next = record.Position.Value + 1;
            Delivered++;
            var mark = RecordMark.Of(record);
            if (records.Certainty == Certainty.Confirmed) scenario.History.Final(record, by);
            _seen[record.Position.Value] = (mark, record.Key);
        }

        if (records.Next.Value < _next) scenario.History.Fail("delivery", $"{by} is told to go on at {records.Next}");
        _next = records.Next.Value;
        if (!_speculative) Confirm(_next);
        _creditsOwed += records.Items.Count;
        if (_creditsOwed < 50) return;
        world.Ask(_node, new LogCredit(_request, _creditsOwed), (_, _) => { });
        _creditsOwed = 0;
    }

    private void Confirm(long upTo)
    {
        var by = $"subscriber {number} at {_node}";
        if (upTo > _next && _speculative && _seen.Count > 0 && upTo > _next + 100_000)
            scenario.History.Fail("delivery", $"{by} had {upTo} confirmed having {_next}");
        for (; _confirmed < upTo; _confirmed++)
        {
            if (_seen.Remove(_confirmed, out var seen)) scenario.History.Confirmed(new(_confirmed), seen.Mark, seen.Key, by);
            else scenario.History.FinalEmpty(_confirmed, by);
        }
    }

    private void Revoke(LogReply.Revoked revoked)
    {
        var by = $"subscriber {number} at {_node}";
        foreach (var position in revoked.Positions)
        {
            if (position.Value < _confirmed)
                scenario.History.Fail("revocation", $"{by} had {position} revoked, which was confirmed to it");
            else if (!_seen.Remove(position.Value, out var seen))
                scenario.History.Fail("revocation", $"{by} had {position} revoked, which it never got");
            else scenario.History.Revocation(position, seen.Mark, by);
        }
    }
}
