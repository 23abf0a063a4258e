using System.Buffers.Binary;
using Outrider.Bench.Logs;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;
using Outrider.Server.Embedding;

namespace Outrider.Bench.Scale;

/// <summary>What one virtual run measured.</summary>
internal sealed record ScaleSample(
    int Shards, double RatePerSecond, Quantiles Append, Quantiles Delivery, double CostMicrosPerRecord,
    double OrderingPerRecord, double LeaderBusy, int Missing);

/// <summary>
/// So many shards of two replicas, each on nodes of its own, three of which order too; an even load on every sub-log
/// and one reader of the whole order.
/// </summary>
internal sealed class ScaleRun
{
    private const long StartMicros = 3_000_000;
    private const long WarmupMicros = 200_000;
    private const long MeasuredMicros = 500_000;
    private const long DrainMicros = 1_000_000;
    private const int Bytes = 100;
    private readonly LogOptions _options;
    private readonly LogTopology _topology;
    private readonly ScaleWorld _world = new(new ServiceTimes());
    private readonly List<(NodeId Node, string Key)> _homes = [];
    private readonly List<long> _sent = [];
    private readonly List<long> _acked = [];
    private readonly List<long> _delivered = [];
    private readonly Dictionary<RequestId, int> _asked = [];
    private readonly RequestId _reader = new(1);
    private readonly NodeId _readerNode;
    private readonly int _shards;
    private readonly double _rate;
    private long _lastRequest = 1;

    /// <param name="shards">Of two replicas each.</param>
    /// <param name="rate">Records a second at each sub-log.</param>
    public ScaleRun(int shards, double rate)
    {
        (_shards, _rate) = (shards, rate);
        var setup = new LogSetup(
            "speculative", IntervalMs: 1, Shards: shards, Nodes: Math.Max(3, 2 * shards), QuotaInitial: 1);
        var all = setup.Options();
        var layout = ClusterPlan.LayoutOf(all, 1);
        var ahead = RunAhead.RowsFor(layout, all.Log);
        _options = all.Log with { RunAheadRows = ahead, RowsPerWindow = Math.Max(all.Log.RowsPerWindow, ahead) };
        _topology = new LogTopology(layout, _options);
        foreach (var node in layout.Nodes)
            _world.Add(node.Id, new LogNode(
                node.Id, layout, Recovered.Fresh(new Incarnation(1)), _options,
                GroupOptions.Default with { GatherRequests = true }, (ulong)node.Id.Value), OnAnswer);
        var keys = setup.Keys();
        for (var i = 0; i < keys.Count; i++)
            _homes.Add((_topology.Shard(new(i / _topology.SeatsPerShard)).Homes[i % _topology.SeatsPerShard], keys[i]));
        _readerNode = layout.Nodes[^1].Id;
    }

    public ScaleSample Run()
    {
        _world.RunUntil(StartMicros);
        Ask(_readerNode, _reader, new LogSubscribe(null, Speculative: true, Key: null, int.MaxValue / 2));
        var end = StartMicros + WarmupMicros + MeasuredMicros;
        var gap = 1e6 / _rate;
        for (var home = 0; home < _homes.Count; home++)
            // Not all at the same instant.
            for (var at = StartMicros + (gap * home / _homes.Count); at < end; at += gap) Plan(home, (long)at);
        _world.RunUntil(StartMicros + WarmupMicros);
        var busy = _world.Nodes.ToDictionary(node => node.Id, node => node.BusyMicros);
        var ordering = _world.OrderingMessages;
        _world.RunUntil(end);
        var used = _world.Nodes.ToDictionary(node => node.Id, node => node.BusyMicros - busy[node.Id]);
        ordering = _world.OrderingMessages - ordering;
        _world.RunUntil(end + DrainMicros);
        var records = _rate * _homes.Count * MeasuredMicros / 1e6;
        return new ScaleSample(
            _shards, _rate * _homes.Count, Quantiles.Of(Times(_acked)), Quantiles.Of(Times(_delivered)),
            used.Values.Sum() / records, ordering / records,
            _topology.OrderingMembers.Max(node => used[node]) / (double)MeasuredMicros,
            _delivered.Count(at => at == 0));
    }

    private void Plan(int home, long at) => _world.At(at, () =>
    {
        var number = _sent.Count;
        _sent.Add(_world.NowMicros);
        _acked.Add(0);
        _delivered.Add(0);
        var payload = new byte[Bytes];
        BinaryPrimitives.WriteInt32LittleEndian(payload, number);
        var (node, key) = _homes[home];
        var request = new RequestId(++_lastRequest);
        _asked.Add(request, number);
        Ask(node, request, new LogAppend(
            [new RecordDraft(key, payload, default, 0)], ProducerId.None, 0, Durability.MemoryQuorum));
    });

    private void Ask(NodeId node, RequestId request, Request ask) =>
        _world[node].Arrive(now => Event.Requested(now, request, ask));

    private void OnAnswer(RequestId request, Reply reply)
    {
        if (reply is LogReply.Records records && request == _reader)
        {
            foreach (var record in records.Items)
                _delivered[BinaryPrimitives.ReadInt32LittleEndian(record.Payload.Span)] = _world.NowMicros;
        }
        else if (reply is LogReply.Appended && _asked.TryGetValue(request, out var number))
        {
            _acked[number] = _world.NowMicros;
        }
    }

    private List<double> Times(List<long> ends)
    {
        var times = new List<double>();
        for (var i = 0; i < ends.Count; i++)
            if (ends[i] != 0 && _sent[i] >= StartMicros + WarmupMicros) times.Add((ends[i] - _sent[i]) / 1000.0);
        return times;
    }
}
