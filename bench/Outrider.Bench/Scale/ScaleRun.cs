using System.Buffers.Binary;
using Outrider.Bench.Logs;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;
using Outrider.Server.Embedding;

namespace Outrider.Bench.Scale;

/// <summary>
/// The cluster of a plan, a load on its sub-logs, a reader of the whole order and one of the first sub-log alone.
/// </summary>
internal sealed class ScaleRun
{
    private const long StartMicros = 3_000_000;
    private const long DrainMicros = 1_000_000;
    private const long DrainAfterKillMicros = 10_000_000;
    private readonly ScalePlan _plan;
    private readonly LogTopology _topology;
    private readonly ScaleWorld _world;
    private readonly List<(NodeId Node, string Key)> _homes = [];
    private readonly List<long> _sent = [];
    private readonly List<long> _acked = [];
    private readonly List<long> _delivered = [];
    private readonly List<long> _deliveredAlone = [];
    private readonly Dictionary<RequestId, int> _asked = [];
    private readonly Dictionary<Position, int> _shown = [];
    private readonly RequestId _merged = new(1);
    private readonly RequestId _alone = new(2);
    private readonly NodeId _readerNode;
    private readonly long _countFromMicros;
    private long _lastRequest = 2;
    private long _lastDeliveryMicros;
    private long _silenceMicros;
    private int _revoked;

    public ScaleRun(ScalePlan plan)
    {
        _plan = plan;
        _countFromMicros = StartMicros + (plan.WarmupMs * 1000);
        var all = plan.Setup.Options();
        var layout = ClusterPlan.LayoutOf(all, 1);
        var ahead = RunAhead.RowsFor(layout, all.Log);
        var options = all.Log with { RunAheadRows = ahead, RowsPerWindow = Math.Max(all.Log.RowsPerWindow, ahead) };
        _topology = new LogTopology(layout, options);
        _world = new(new ServiceTimes(), layout);
        foreach (var node in layout.Nodes)
            _world.Add(node.Id, new LogNode(
                node.Id, layout, Recovered.Fresh(new Incarnation(1)), options,
                GroupOptions.Default with { GatherRequests = true }, (ulong)node.Id.Value), OnAnswer);
        var keys = plan.Setup.Keys();
        for (var i = 0; i < keys.Count; i++)
            _homes.Add((_topology.Shard(new(i / _topology.SeatsPerShard)).Homes[i % _topology.SeatsPerShard], keys[i]));
        _readerNode = layout.Nodes.Last(node => node.Region == layout.Nodes[0].Region).Id;
    }

    public ScaleSample Run()
    {
        _world.RunUntil(StartMicros);
        Ask(_readerNode, _merged, new LogSubscribe(null, Speculative: true, Key: null, int.MaxValue / 2));
        Ask(_readerNode, _alone, new LogSubscribe(
            null, Speculative: true, _homes[0].Key, int.MaxValue / 2, Alone: true));
        var measuredMicros = _plan.MeasuredMs * 1000;
        var end = _countFromMicros + measuredMicros;
        var loaded = _plan.LastIsIdle ? _homes.Count - 1 : _homes.Count;
        var gap = 1e6 / _plan.RatePerSubLog;
        for (var home = 0; home < loaded; home++)
            // Not all at the same instant.
            for (var at = StartMicros + (gap * home / loaded); at < end; at += gap) Plan(home, (long)at);
        foreach (var member in _plan.VictimLagMs > 0 ? _topology.OrderingMembers : [])
            _world.Slow(Victim(), member, _plan.VictimLagMs * 1000);
        if (_plan.KillAfterMs > 0)
            _world.At(_countFromMicros + (_plan.KillAfterMs * 1000), () => _world.Kill(Victim()));
        _world.RunUntil(_countFromMicros);
        var busy = _world.Nodes.ToDictionary(node => node.Id, node => node.BusyMicros);
        var ordering = _world.OrderingMessages;
        _world.RunUntil(end);
        var used = _world.Nodes.ToDictionary(node => node.Id, node => node.BusyMicros - busy[node.Id]);
        ordering = _world.OrderingMessages - ordering;
        _world.RunUntil(end + (_plan.KillAfterMs > 0 ? DrainAfterKillMicros : DrainMicros));
        var records = _plan.RatePerSubLog * loaded * measuredMicros / 1e6;
        return new ScaleSample(
            _plan.Setup.Shards, _plan.RatePerSubLog * loaded, Quantiles.Of(Times(_acked)),
            Quantiles.Of(Times(_delivered)), Quantiles.Of(Times(_deliveredAlone)), used.Values.Sum() / records,
            ordering / records, _topology.OrderingMembers.Max(node => used[node]) / (double)measuredMicros,
            _delivered.Count(at => at == 0), Enumerable.Range(0, _sent.Count).Count(i =>
                _acked[i] != 0 && _delivered[i] == 0), _revoked, _silenceMicros / 1000.0);
    }

    private NodeId Victim() => _homes.Select(home => home.Node)
        .Last(node => node != _readerNode && !_topology.OrderingMembers.Contains(node));

    private void Plan(int home, long at) => _world.At(at, () =>
    {
        var (node, key) = _homes[home];
        if (_world[node].IsDead) return;
        var number = _sent.Count;
        _sent.Add(_world.NowMicros);
        _acked.Add(0);
        _delivered.Add(0);
        _deliveredAlone.Add(0);
        var payload = new byte[_plan.Bytes];
        BinaryPrimitives.WriteInt32LittleEndian(payload, number);
        var request = new RequestId(++_lastRequest);
        _asked.Add(request, number);
        Ask(node, request, new LogAppend(
            [new RecordDraft(key, payload, default, 0)], ProducerId.None, 0, Durability.MemoryQuorum));
    });

    private void Ask(NodeId node, RequestId request, Request ask) =>
        _world[node].Arrive(now => Event.Requested(now, request, ask));

    private void OnAnswer(RequestId request, Reply reply)
    {
        if (request == _merged) OnMerged(reply);
        else if (request == _alone && reply is LogReply.Records alone)
        {
            foreach (var record in alone.Items) _deliveredAlone[NumberOf(record)] = _world.NowMicros;
        }
        else if (reply is LogReply.Appended && _asked.TryGetValue(request, out var number))
        {
            _acked[number] = _world.NowMicros;
        }
    }

    private void OnMerged(Reply reply)
    {
        if (reply is LogReply.Revoked revoked)
        {
            foreach (var position in revoked.Positions)
            {
                if (!_shown.Remove(position, out var number)) continue;
                _delivered[number] = 0;
                _revoked++;
            }
        }

        if (reply is not LogReply.Records records) return;
        if (_world.NowMicros > _countFromMicros)
            _silenceMicros = Math.Max(_silenceMicros, _world.NowMicros - Math.Max(_lastDeliveryMicros, StartMicros));
        _lastDeliveryMicros = _world.NowMicros;
        foreach (var record in records.Items)
        {
            _delivered[NumberOf(record)] = _world.NowMicros;
            _shown[record.Position] = NumberOf(record);
        }
    }

    private static int NumberOf(LogRecord record) => BinaryPrimitives.ReadInt32LittleEndian(record.Payload.Span);

    private List<double> Times(List<long> ends)
    {
        var times = new List<double>();
        for (var i = 0; i < ends.Count; i++)
            if (ends[i] != 0 && _sent[i] >= _countFromMicros) times.Add((ends[i] - _sent[i]) / 1000.0);
        return times;
    }
}
