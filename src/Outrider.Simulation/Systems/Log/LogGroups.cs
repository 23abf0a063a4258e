using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>The consumer groups of a seed: who takes part, and what they have shown.</summary>
internal sealed class LogGroups
{
    private readonly World _world;
    private readonly LogScenario _scenario;
    private readonly List<GroupHistory> _histories = [];
    private readonly List<LogGroupConsumer> _consumers = [];
    private readonly SortedDictionary<int, GroupHistory> _byObserver = [];
    private readonly List<Position> _newest = [];
    private long _letters;

    public LogGroups(World world, LogScenario scenario, GroupBugs bugs)
    {
        (_world, _scenario) = (world, scenario);
        var draw = scenario.Setup.Consumers;
        for (var group = 0; group < draw.Keys; group++)
        {
            _histories.Add(new($"k{group}"));
            _newest.Add(new(-1));
        }

        var doors = new GroupDoors(world, scenario, bugs);
        for (var number = 0; number < draw.Consumers; number++)
        {
            var group = number % draw.Keys;
            _consumers.Add(new(world, scenario, doors, _histories[group], group, number + 1));
        }
    }

    /// <summary>One follower for the stream of each group: what stands there is what happened.</summary>
    public List<LogFollower> Observers(ref int number)
    {
        var observers = new List<LogFollower>();
        foreach (var history in _histories)
        {
            _byObserver.Add(++number, history);
            observers.Add(new(_world, _scenario, number, GroupCodec.StreamOf(history.Key)));
        }

        return observers;
    }

    public void Start()
    {
        foreach (var consumer in _consumers) consumer.Start();
    }

    public void Healed()
    {
        foreach (var consumer in _consumers) consumer.Healed();
    }

    public void Drain()
    {
        foreach (var consumer in _consumers) consumer.Drain();
    }

    /// <summary>A follower has got a record of the groups' own.</summary>
    public void Placed(LogRecord record, int follower)
    {
        if (_byObserver.TryGetValue(follower, out var history)) history.Add(record, _scenario.History.TrimmedBelow);
        if (follower == _scenario.FirstFollower && record.Key == GroupDraw.DeadKey) _letters++;
    }

    public void Acked(AckedBatch batch)
    {
        for (var i = 0; i < _histories.Count; i++)
            if (_histories[i].Key == batch.Key && batch.Positions[^1] > _newest[i]) _newest[i] = batch.Positions[^1];
    }

    public string? Unsettled() => _consumers.FirstOrDefault(c => c.AnswersSinceHeal < 2)?.Where;

    public string? Undrained()
    {
        for (var i = 0; i < _histories.Count; i++)
        {
            var group = _histories[i].State.Find(GroupDraw.Name);
            if (group is { Pending.Count: 0, Dead.Count: 0 } && group.Next > _newest[i]) continue;
            return group is null ? $"there is no group of {_histories[i].Key}"
                : $"the group of {_histories[i].Key} is at {group.Next} of {_newest[i]}, {group.Pending.Count} are " +
                    $"pending, {group.Dead.Count} letters are not sent; {_consumers[i].Where}";
        }

        var sent = _histories.Sum(h => h.State.Find(GroupDraw.Name)?.LastLetter ?? 0);
        return _letters < sent ? $"{_letters} dead letters of {sent} have been seen" : null;
    }

    public CheckerReport Judge() => GroupCheckers.Judge(
        _histories, _scenario.Setup.Consumers.Policy,
        _scenario.History.Stretches.First(s => s.Client == _scenario.FirstFollower), _scenario.History.IsComplete);
}
