using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// A consumer of a group: reads, works, acknowledges; at times it forgets what it was given, or is so slow that others
/// get it too.
/// </summary>
internal sealed class LogGroupConsumer
{
    private readonly World _world;
    private readonly GroupDraw _draw;
    private readonly GroupDoors _doors;
    private readonly GroupHistory _history;
    private readonly Rng _rng;
    private readonly int _group;
    private readonly string _name;
    private readonly long _patienceMicros;
    private readonly List<Held> _held = [];
    private long _attempt;
    private bool _draining;
    private bool _created;

    public LogGroupConsumer(
        World world, LogScenario scenario, GroupDoors doors, GroupHistory history, int group, int number)
    {
        (_world, _doors, _history, _group) = (world, doors, history, group);
        _draw = scenario.Setup.Consumers;
        _rng = world.Fork("log-group-consumer", number);
        _name = $"c{number}";
        _patienceMicros = scenario.Setup.Options.DeadlineMicros + 3_000_000;
    }

    /// <summary>Answers in time since the cluster was healed; -1 before.</summary>
    public int AnswersSinceHeal { get; private set; } = -1;

    public string Where => $"consumer {_name} of {_history.Key} holds {_held.Count} and has had " +
        $"{AnswersSinceHeal} answers since healing";

    public void Start() => _world.After(_rng.Below(1_000_000), "consume", Act);

    public void Healed() => AnswersSinceHeal = 0;

    /// <summary>From now on it works off all that comes, without fail.</summary>
    public void Drain() => _draining = true;

    private void Act()
    {
        var up = _world.Nodes.Where(n => n.State == NodeState.Up).ToList();
        var attempt = ++_attempt;
        if (up.Count == 0)
        {
            Think(attempt);
            return;
        }

        var door = _doors.At(_rng.Pick(up), _group, _history);
        _world.After(_patienceMicros, "consumer", () => Go(attempt));
        if (!_created) Create(door, attempt);
        else if (_held.Count > 0 && (_draining || _rng.Chance(0.7))) Acknowledge(door, attempt);
        else if (_draining || _rng.Chance(0.8)) Read(door, attempt);
        else if (_rng.Chance(0.5)) Claim(door, attempt);
        else Look(door, attempt);
    }

    private void Think(long attempt) => _world.After(
        1_000 + (_draining ? 0 : (long)_rng.Exponential(_draw.ThinkMeanMicros)), "consume", () => Go(attempt));

    /// <summary>What comes late is judged, but the consumer has gone on.</summary>
    private void Go(long attempt)
    {
        if (attempt == _attempt) Act();
    }

    private void Done<T>(GroupEnd<T> end, long attempt, Action<T> take)
    {
        if (attempt != _attempt) return;
        _attempt++;
        if (end is GroupEnd<T>.Decided decided)
        {
            take(decided.Answer);
            if (AnswersSinceHeal >= 0) AnswersSinceHeal++;
        }

        Think(_attempt);
    }

    private void Create(GroupDoor door, long attempt) => door.Decide(
        state => GroupDecisions.Create(state, GroupDraw.Name, default, 0, _draw.Policy),
        static (_, _) => null,
        end => Done(end, attempt, _ => _created = true));

    private void Read(GroupDoor door, long attempt)
    {
        var read = new GroupRead(
            GroupDraw.Name, _name, (int)_rng.Between(1, _draining ? 1_000 : 12), NoAck: false, () => door.NowMs, null);
        door.Read(read,
            (end, told) => new GroupAnswer.Given(
                told.Desk, told.Micros, told.Now(), end.Ordinal, end.Changed, _name, HeldOf(end.Answer)),
            end => Done(end, attempt, answer =>
            {
                // A worker that dies: what it held comes to others when the lease is over.
                if (!_draining && _rng.Chance(_draw.ForgetChance)) _held.Clear();
                else _held.AddRange(HeldOf(answer));
            }));
    }

    private void Acknowledge(GroupDoor door, long attempt)
    {
        var count = _draining ? _held.Count : (int)_rng.Between(1, _held.Count);
        var held = _held.Take(count).ToList();
        _held.RemoveRange(0, count);
        door.Decide(
            state => GroupDecisions.AcknowledgeHeld(state, GroupDraw.Name, held, door.Bugs),
            (end, told) => new GroupAnswer.Acknowledged(
                told.Desk, told.Micros, told.Now(), end.Ordinal, end.Changed, held, end.Answer),
            end => Done(end, attempt, static _ => { }));
    }

    private void Claim(GroupDoor door, long attempt)
    {
        if (door.Desk.Known?.Find(GroupDraw.Name) is not { } group || group.Pending.Count == 0)
        {
            Read(door, attempt);
            return;
        }

        var ids = group.Pending.Keys.Take(3).ToList();
        var rule = new ClaimRule(_draw.Policy.LeaseMs, door.NowMs, ids.Count);
        door.Decide(
            state => GroupDecisions.Claim(
                state, GroupDraw.Name, _name, ids, static _ => true, rule, ClaimHow.Plain),
            (end, told) => new GroupAnswer.Given(
                told.Desk, told.Micros, told.Now(), end.Ordinal, end.Changed, _name, end.Answer ?? []),
            end => Done(end, attempt, answer => _held.AddRange(answer ?? [])),
            receiver: _name);
    }

    private void Look(GroupDoor door, long attempt) => door.Decide(
        static state => GroupDecision<int>.Only(state.Find(GroupDraw.Name)?.Pending.Count ?? 0),
        static (end, told) => new GroupAnswer.Pending(
            told.Desk, told.Micros, told.Now(), end.Ordinal, end.Answer),
        end => Done(end, attempt, static _ => { }));

    private static List<Held> HeldOf(IReadOnlyList<GroupDelivery>? deliveries) =>
        [.. (deliveries ?? []).Select(d => new Held(d.Record.Position, d.Generation, d.Deliveries))];
}
