using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// A control plane that is linearizable by construction: each call is carried out at one instant between its call and
/// its answer. What it may do to its callers: be slow, be away, lose the request, lose the answer of a request that
/// was carried out, carry one out after its caller has given up, and tell of changes late.
/// </summary>
public sealed class SimControlPlane : IControlPlane
{
    private const long GiveUpMicros = 1_000_000;
    private readonly World _world;
    private readonly Swarm _swarm;
    private readonly Rng _rng;
    private readonly SortedDictionary<string, ControlValue> _values = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _leaseEnds = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, long> _awayUntil = [];
    private readonly List<Watcher> _watchers = [];
    private long _version;

    internal SimControlPlane(World world, Swarm swarm)
    {
        _world = world;
        _swarm = swarm;
        _rng = world.Fork("control");
    }

    private sealed record Watcher(NodeId Node, string Prefix, Action<ControlChange> Change);

    public long Calls { get; private set; }
    public long Unknowns { get; private set; }

    /// <summary>Called after each write that won; systems record the history of their records with it.</summary>
    public Action<ControlValue>? Written { get; set; }

    /// <summary>Nobody, or one node, reaches it until the time given.</summary>
    public void Away(NodeId? node, long untilMicros)
    {
        var key = node?.Value ?? 0;
        _awayUntil[key] = Math.Max(_awayUntil.GetValueOrDefault(key), untilMicros);
    }

    public void HealAll() => _awayUntil.Clear();

    /// <summary>A dead life's watches tell nobody anything.</summary>
    public void Forget(NodeId node) => _watchers.RemoveAll(w => w.Node == node);

    /// <summary>The value as it stands; for systems that set up the cluster and for checkers.</summary>
    public ControlValue Peek(string key) => _values.GetValueOrDefault(key) ?? new ControlValue(key, 0, default);

    /// <summary>Puts a value in place before the run starts.</summary>
    public void Plant(string key, ReadOnlyMemory<byte> value) => Put(key, value);

    public void Call(NodeId node, ControlCall call, Action<ControlAnswer> answer, Action<ControlChange> change)
    {
        Calls++;
        var there = _world.NowMicros + 1 + (long)_rng.Exponential(_swarm.ControlMeanMicros / 2);
        var back = 1 + (long)_rng.Exponential(_swarm.ControlMeanMicros / 2);
        var trouble = _rng.Chance(_swarm.ControlUnknownChance);
        var fate = _rng.NextUnit();
        if (AwayUntil(node) <= _world.NowMicros && !trouble)
        {
            _world.At(there, "control", () =>
            {
                var result = Execute(node, call, change);
                _world.At(_world.NowMicros + back, "answer", () => answer(result));
            });
            return;
        }

        Unknowns++;
        var gaveUp = _world.NowMicros + 1 + (long)(GiveUpMicros * _rng.NextUnit());
        var late = _world.NowMicros + (long)(2 * GiveUpMicros * _rng.NextUnit());
        // Three kinds of "unknown": never arrived, done but not heard of, done after the caller had given up.
        if (fate > 0.33 && trouble)
            _world.At(fate > 0.66 ? late : there, "control", () => Execute(node, call, change));
        _world.At(gaveUp, "answer", () => answer(new ControlAnswer.Unknown(call.Id, "no answer in time")));
    }

    private long AwayUntil(NodeId node) =>
        Math.Max(_awayUntil.GetValueOrDefault(node.Value), _awayUntil.GetValueOrDefault(0));

    private ControlAnswer Execute(NodeId node, ControlCall call, Action<ControlChange> change)
    {
        switch (call)
        {
            case ControlCall.Read read:
                return new ControlAnswer.Values(call.Id, [Peek(read.Key)]);
            case ControlCall.List list:
                return new ControlAnswer.Values(call.Id, [.. _values.Values.Where(v =>
                    v.Key.StartsWith(list.Prefix, StringComparison.Ordinal))]);
            case ControlCall.CompareAndSet cas:
                return new ControlAnswer.Compared(call.Id, [.. cas.Writes.Select(CompareAndSet)]);
            case ControlCall.KeepLease lease:
                KeepLease(node, lease);
                return new ControlAnswer.Done(call.Id);
            case ControlCall.Watch watch:
                _watchers.RemoveAll(w => w.Node == node && w.Prefix == watch.Prefix);
                _watchers.Add(new Watcher(node, watch.Prefix, change));
                return new ControlAnswer.Done(call.Id);
            default:
                throw Check.Unreachable(call);
        }
    }

    private ControlOutcome CompareAndSet(ControlWrite write)
    {
        var current = Peek(write.Key);
        if (current.Version != write.ExpectedVersion) return new ControlOutcome(false, current);
        return new ControlOutcome(true, Put(write.Key, write.Value));
    }

    private ControlValue Put(string key, ReadOnlyMemory<byte> bytes)
    {
        var value = new ControlValue(key, bytes.IsEmpty ? 0 : ++_version, bytes.ToArray());
        if (bytes.IsEmpty) _values.Remove(key);
        else _values[key] = value;
        Written?.Invoke(value);
        Tell(value);
        return value;
    }

    private void KeepLease(NodeId node, ControlCall.KeepLease lease)
    {
        var end = _world.NowMicros + lease.TtlMs * 1000;
        var isNew = !_leaseEnds.ContainsKey(lease.Name);
        _leaseEnds[lease.Name] = end;
        if (isNew) Put(lease.Name, BitConverter.GetBytes(node.Value));
        _world.At(end, "lease", () => Expire(lease.Name));
    }

    private void Expire(string name)
    {
        if (!_leaseEnds.TryGetValue(name, out var end) || end > _world.NowMicros) return;
        _leaseEnds.Remove(name);
        Put(name, default);
    }

    private void Tell(ControlValue value)
    {
        foreach (var watcher in _watchers)
        {
            if (!value.Key.StartsWith(watcher.Prefix, StringComparison.Ordinal)) continue;
            // A watch that lost its connection resumes: the change is late, not lost.
            var until = AwayUntil(watcher.Node);
            if (until == long.MaxValue) continue;
            var at = Math.Max(until, _world.NowMicros) + 1 + (long)_rng.Exponential(_swarm.ControlMeanMicros);
            _world.At(at, "watch", () => watcher.Change(new ControlChange(value)));
        }
    }
}
