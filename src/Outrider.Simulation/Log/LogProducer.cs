using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// A client that appends one batch after the other and repeats each, at whatever node, until it knows the outcome.
/// </summary>
internal sealed class LogProducer(World world, LogScenario scenario, int number)
{
    private readonly Rng _rng = world.Fork("log-producer", number);
    private readonly List<(int Client, int Number)> _issued = [];
    private readonly ulong _producer = (ulong)(1000 + number);
    private int _operation;
    private long _attempt;
    private int _attempts;
    private bool _stopped;
    private long _ackedSinceHeal = -1;
    private LogAppend? _ask;
    private LogHistory.Append? _append;

    public IReadOnlyList<(int Client, int Number)> Issued => _issued;
    public long Acknowledged { get; private set; }
    public bool HasRecovered => _ackedSinceHeal >= 2 || world.Plan.OnlyOperations is not null;
    public string Complaint =>
        $"producer {number} has had {_ackedSinceHeal} appends acknowledged since healing; now {_append?.First} of {_append?.Key}";

    public void Start() => world.After(_rng.Below(1_000_000), "producer", Next);

    public void Healed() => _ackedSinceHeal = 0;

    public void Stop()
    {
        _stopped = true;
        _attempt++;
    }

    private void Next()
    {
        if (_stopped) return;
        var identity = (number, ++_operation);
        var key = $"k{_rng.Below(scenario.Setup.Keys)}";
        var count = (int)_rng.Between(1, scenario.Setup.BatchMax);
        var skip = world.Plan.OnlyOperations is { } only && !only.Contains(identity);
        if (skip)
        {
            Think();
            return;
        }

        _issued.Add(identity);
        var drafts = new RecordDraft[count];
        for (var i = 0; i < count; i++)
            drafts[i] = new(key, new RecordMark(_producer, _operation, i).Encode(scenario.Setup.PayloadBytes), default, 0);
        _ask = new(drafts, new(_producer), _operation, Durability.FsyncQuorum);
        _append = scenario.History.Invoke(_producer, _operation, key, count);
        _attempts = 0;
        Attempt();
    }

    private void Attempt()
    {
        if (_stopped) return;
        var attempt = ++_attempt;
        _attempts++;
        var up = world.Nodes.Where(n => n.State == NodeState.Up && !n.IsBuried).ToList();
        var node = up.Count > 0 ? _rng.Pick(up).Id : _rng.Pick(world.Nodes.ToList()).Id;
        world.Trace($"producer {number} appends {_append!.First} x{_append.Count} key {_append.Key} at {node}");
        var request = world.Ask(node, _ask!, (reply, _) =>
        {
            if (attempt == _attempt) Take(reply, node);
        });
        world.After(scenario.Setup.Options.DeadlineMicros + 1_000_000, "producer timeout", () =>
        {
            if (attempt != _attempt) return;
            world.Cancel(request);
            Attempt();
        });
    }

    private void Take(Reply? reply, NodeId node)
    {
        switch (reply)
        {
            case LogReply.Appended appended:
                world.Trace($"producer {number} has {_append!.First} at {string.Join(',', appended.Positions)} from {node}");
                _attempt++;
                scenario.History.Acknowledge(_append, appended.Positions, node);
                Acknowledged++;
                if (_ackedSinceHeal >= 0) _ackedSinceHeal++;
                Think();
                break;
            case LogReply.Refused { Code: LogRefusal.Invalid or LogRefusal.UnknownProducer } refused:
                scenario.History.Fail("refusal", $"{_append!.First}: {refused.Reason}");
                break;
            default:
                // Down, refused for now, or unknown: the same batch again, somewhere.
                _attempt++;
                world.After(20_000 + (long)_rng.Exponential(100_000), "producer again", Attempt);
                break;
        }
    }

    private void Think() => world.After(1 + (long)_rng.Exponential(scenario.ThinkMicros), "producer", Next);
}
