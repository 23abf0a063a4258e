using Outrider.Client.Processing;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// Follows the log through the client library's processor, survives the death of the node it follows, and at times
/// dies itself and goes on from its checkpoint.
/// </summary>
internal sealed class LogFollower
{
    private const long WatchMicros = 400_000;
    private readonly World _world;
    private readonly LogScenario _scenario;
    private readonly Rng _rng;
    private readonly int _client;
    private readonly bool _speculative;
    private readonly int _credits;
    private readonly string? _key;
    private readonly bool _alone;
    private readonly string _kind;
    private ConfirmedStretch _stretch;
    private readonly SortedDictionary<Position, SeenRecord> _seen = [];
    private readonly SortedDictionary<(Position, int), ulong> _sink = [];
    private readonly SpeculationBounds _bounds;
    private readonly IStateKeeping<ChainState> _keeping;
    private SpeculativeProcessor<ChainState, ulong> _processor;
    private NodeId _node;
    private long _life;
    private RequestId _subscription;
    private long _generation;
    private int _uncredited;
    private Position _progressAt;
    private long _stuckSince;

    /// <param name="key">What it reads; null: drawn.</param>
    public LogFollower(World world, LogScenario scenario, int number, string? key = null)
    {
        _world = world;
        _scenario = scenario;
        _client = number;
        _rng = world.Fork("log-follower", number);
        _speculative = _rng.Chance(0.75);
        _credits = _rng.Chance(0.5) ? 1_000_000 : (int)_rng.Between(8, 300);
        // The first sees everything: it is what acknowledgements are held against.
        var focus = world.Fork("log-follower-key", number);
        var drawn = scenario.FirstFollower != number && focus.Chance(0.5)
            ? $"k{focus.Below(scenario.Setup.Keys)}" : null;
        _key = key ?? drawn;
        _alone = _key is not null && focus.Chance(0.7);
        _bounds = new(BatchRecords: (int)focus.Between(1, 64));
        _keeping = focus.Chance(0.5) ? new ForkedState<ChainState>() : new PersistentState<ChainState>();
        _kind = (_speculative ? "speculative" : "confirmed") + (_key is null ? "" : $", {_key}")
            + (_alone ? " alone" : "");
        _stretch = new ConfirmedStretch(number, default, _key);
        scenario.History.Stretches.Add(_stretch);
        _processor = Begin(new(default, new()));
    }

    public Position Confirmed => _stretch.To;

    public string Where => $"follower {_client} ({_kind}) at {_node} has " +
        $"confirmed {_stretch.To} and seen {_seen.Count} more";

    public void Start() => _world.After(_rng.Below(1_000_000), "follow", Subscribe);

    private SpeculativeProcessor<ChainState, ulong> Begin(Checkpoint<ChainState> from)
    {
        var copies = _keeping is PersistentState<ChainState>;
        return new(
            $"f{_client}", from,
            (state, record, emit) =>
            {
                if (copies) state = state.Fork();
                state.Add(LogHistory.Reduce(record), emit);
                return state;
            },
            _keeping, _bounds, _scenario.ProcessorBugs);
    }

    private void Subscribe()
    {
        var generation = ++_generation;
        var up = _world.Nodes.Where(n => n.State == NodeState.Up).ToList();
        if (up.Count > 0)
        {
            var node = _rng.Pick(up);
            _node = node.Id;
            _life = node.Life;
            _uncredited = 0;
            _stuckSince = _world.NowMicros;
            var ask = new LogSubscribe(_processor.Confirmed, _speculative, _key, _credits, _alone);
            _subscription = _world.Ask(_node, ask, (reply, last) =>
            {
                if (generation == _generation) OnPush(reply, last);
            });
        }
        else _node = NodeId.None;

        _world.After(WatchMicros, "watch", () => Watch(generation));
    }

    /// <summary>A broken connection shows at once; a silent one after a while.</summary>
    private void Watch(long generation)
    {
        if (generation != _generation) return;
        if (_stretch.To != _progressAt) (_progressAt, _stuckSince) = (_stretch.To, _world.NowMicros);
        var gone = _node.IsNone || _world.Node(_node).Life != _life;
        var silent = _world.NowMicros - _stuckSince > 6_000_000 && _scenario.NewestAcked >= _stretch.To;
        if (gone || silent || _rng.Chance(0.01)) Reconnect(crash: _rng.Chance(0.3));
        else _world.After(WatchMicros, "watch", () => Watch(generation));
    }

    private void Reconnect(bool crash)
    {
        if (!_node.IsNone) _world.Cancel(_subscription);
        // A client that crashes begins from its checkpoint; one that lives goes back to what is confirmed.
        if (crash) _processor = Begin(_processor.TakeCheckpoint());
        else _processor.Disconnected();
        _seen.Clear();
        _generation++;
        _world.After(1 + _rng.Below(200_000), "follow", Subscribe);
    }

    private void OnPush(Reply? reply, bool last)
    {
        switch (reply)
        {
            case LogReply.Records records:
                Take(records);
                break;
            case LogReply.Confirmed confirmed:
                Confirm(confirmed.UpTo);
                LetOut(_processor.Step(confirmed));
                break;
            case LogReply.Revoked revoked:
                Revoke(revoked);
                LetOut(_processor.Step(revoked));
                break;
            case LogReply.Lost lost:
                TakeLost(lost);
                LetOut(_processor.Step(lost));
                break;
            case LogReply.Ended ended when _scenario.Setup.Retains && ended.From > _stretch.To:
                StartOver(ended.From);
                last = true;
                break;
            case LogReply.Refused { Code: LogRefusal.Trimmed } refused:
                _scenario.History.Broken.Add($"{_node} has trimmed what {Where} still needs: {refused.Reason}");
                break;
            default:
                last = true;
                break;
        }

        if (last) Reconnect(crash: false);
    }

    /// <summary>The log keeps no more what it has not read: what it says from now on is another stretch.</summary>
    private void StartOver(Position from)
    {
        if (from > _scenario.History.TrimmedBelow)
            _scenario.History.Broken.Add($"{_node} sends {Where} on to {from}, beyond what is trimmed");
        _scenario.Overtaken(_client, _key);
        _stretch = new ConfirmedStretch(_client, from, _key);
        _scenario.History.Stretches.Add(_stretch);
        _processor = Begin(new(from, new()));
        _seen.Clear();
    }

    private void Take(LogReply.Records records)
    {
        if (records.Certainty == Certainty.Revoked || (!_speculative && records.Certainty != Certainty.Confirmed))
            _scenario.History.Broken.Add($"{_node} delivered {records.Certainty} records to {Where}");
        foreach (var record in records.Items)
        {
            if (_key is not null && record.Key != _key)
                _scenario.History.Broken.Add($"{_node} delivered {record.Key} to {Where}, which reads {_key}");
            var seen = LogHistory.Reduce(record);
            if (seen.Position < _stretch.To) continue;
            _scenario.History.SpeculativeFacts++;
            if (_seen.TryGetValue(seen.Position, out var before) && before.Digest != seen.Digest)
                _scenario.History.Broken.Add($"{_node} changed {seen.Position} without revoking it, for {Where}");
            _seen[seen.Position] = seen;
        }

        var released = _processor.Step(records);
        if (records.Certainty == Certainty.Confirmed) Confirm(records.Next);
        LetOut(released);
        Credit(records.Items.Count);
    }

    private void TakeLost(LogReply.Lost lost)
    {
        foreach (var position in lost.Positions)
        {
            // Its processor goes on from the last record, and so it may be told again.
            var isNews = !_stretch.Told.Contains(position);
            if ((position < _stretch.To && isNews) || _seen.ContainsKey(position))
                _scenario.History.Broken.Add($"{_node} says that {position} is lost, which it had shown to {Where}");
            _stretch.Told.Add(position);
        }

        if (!_speculative) Confirm(lost.Next);
    }

    private void Confirm(Position upTo)
    {
        if (upTo <= _stretch.To) return;
        var final = _seen.TakeWhile(p => p.Key < upTo).Select(p => p.Value).ToList();
        foreach (var record in final)
        {
            _stretch.Items.Add(record);
            if (record.Raw is { } raw) _scenario.Groups?.Placed(raw, _client);
            _seen.Remove(record.Position);
        }

        _stretch.To = upTo;
    }

    private void Revoke(LogReply.Revoked revoked)
    {
        foreach (var position in revoked.Positions)
        {
            if (position < _stretch.To)
                _scenario.History.Broken.Add($"{_node} revoked {position}, which was confirmed, for {Where}");
            else if (!_seen.Remove(position, out var record))
                _scenario.History.Broken.Add($"{_node} revoked {position}, which was never delivered, for {Where}");
            else _scenario.History.Revoked.Add((_client, record));
        }
    }

    /// <summary>The sink remembers keys: what a restarted client lets out again is not done again.</summary>
    private void LetOut(IReadOnlyList<Output<ulong>> outputs)
    {
        foreach (var output in outputs)
        {
            var (position, number) = (output.Key.Position, output.Key.Number);
            if (_sink.TryAdd((position, number), output.Value))
                _stretch.Effects.Add(new(position, number, output.Value));
            else if (_sink[(position, number)] != output.Value)
                _scenario.History.Broken.Add($"output {output.Key} changed when it was made again");
        }
    }

    private void Credit(int records)
    {
        _uncredited += records;
        if (_credits >= 1_000_000 || _uncredited * 2 < _credits) return;
        _world.Ask(_node, new LogCredit(_subscription, _uncredited), static (_, _) => { });
        _uncredited = 0;
    }
}
