using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// The desks of consumer groups as front doors keep them: one a node and key, gone with the node's life. A desk's
/// questions to its own node end by a deadline, as they do in a server.
/// </summary>
internal sealed class GroupDoors(World world, LogScenario scenario, GroupBugs bugs)
{
    private readonly SortedDictionary<(int Node, int Group), GroupDoor> _doors = [];
    private readonly Rng _rng = world.Fork("log-group-doors");

    public GroupDoor At(SimNode node, int group, GroupHistory history)
    {
        var place = (node.Id.Value, group);
        if (_doors.TryGetValue(place, out var door) && door.IsAlive) return door;
        return _doors[place] = new GroupDoor(
            world, node, history, _rng.NextULong(), bugs, scenario.Setup.Consumers.SnapshotEvery,
            scenario.Setup.Options.DeadlineMicros);
    }
}

/// <summary>One desk, for the life of its node.</summary>
internal sealed class GroupDoor
{
    private const long GraceMicros = 1_000_000;
    private readonly World _world;
    private readonly SimNode _node;
    private readonly GroupHistory _history;
    private readonly long _life;
    private readonly ulong _name;
    private readonly long _deadlineMicros;

    public GroupDoor(
        World world, SimNode node, GroupHistory history, ulong name, GroupBugs bugs, int snapshotEvery,
        long deadlineMicros)
    {
        (_world, _node, _history, _name) = (world, node, history, name);
        _life = node.Life;
        _deadlineMicros = deadlineMicros + GraceMicros;
        Bugs = bugs;
        Desk = new(history.Key, name, Ask, bugs, snapshotEvery);
    }

    public GroupDesk Desk { get; }
    public GroupBugs Bugs { get; }

    public bool IsAlive => _node.Life == _life && _node.State is NodeState.Up or NodeState.Paused;

    /// <summary>Leases go by clocks that agree: one that has jumped ahead would hold its leases for as long.</summary>
    public long NowMs => _world.NowMicros / 1000;

    /// <summary>Decides, and has what was decided judged in the end, whoever still listens.</summary>
    /// <param name="receiver">The consumer that it gives entries to; null: it gives none.</param>
    public void Decide<T>(
        Func<ConsumerGroups, GroupDecision<T>> decide, Func<GroupEnd<T>.Decided, Told, GroupAnswer?> answer,
        Action<GroupEnd<T>> then, string? receiver = null)
    {
        var told = Asked(receiver);
        Desk.Decide(decide, end => Ended(end, told, answer, then));
    }

    public void Read(
        GroupRead read, Func<GroupEnd<IReadOnlyList<GroupDelivery>?>.Decided, Told, GroupAnswer?> answer,
        Action<GroupEnd<IReadOnlyList<GroupDelivery>?>> then)
    {
        var told = Asked(read.Consumer);
        new GroupReading(Desk, read, end => Ended(end, told, answer, then)).Run();
    }

    /// <param name="Micros">When it was asked.</param>
    /// <param name="Receiver">Who may be given entries by it.</param>
    public readonly record struct Told(ulong Desk, long Micros, Func<long> Now, string? Receiver);

    private Told Asked(string? receiver)
    {
        Count(receiver, 1);
        return new(_name, _world.NowMicros, () => _world.NowMicros, receiver);
    }

    private void Count(string? receiver, int more)
    {
        if (receiver is null) return;
        var left = _history.Unanswered.GetValueOrDefault((_name, receiver)) + more;
        Check.That(left >= 0);
        _history.Unanswered[(_name, receiver)] = left;
    }

    private void Ended<T>(
        GroupEnd<T> end, Told told, Func<GroupEnd<T>.Decided, Told, GroupAnswer?> answer, Action<GroupEnd<T>> then)
    {
        if (end is GroupEnd<T>.Decided decided)
        {
            Count(told.Receiver, -1);
            if (answer(decided, told) is { } judged) _history.Answers.Add(judged);
        }

        then(end);
    }

    private void Ask(Request ask, Action<Reply> then)
    {
        var open = true;
        var request = _world.Ask(_node.Id, ask, (reply, _) => Tell(reply ?? Lost(ask)));
        _world.After(_deadlineMicros, "door", () =>
        {
            if (!open) return;
            _world.Cancel(request);
            Tell(Lost(ask));
        });

        void Tell(Reply reply)
        {
            if (!open) return;
            open = false;
            if (IsAlive) then(reply);
        }
    }

    private static LogReply Lost(Request ask) => ask is LogAppend
        ? new LogReply.Unknown("no confirmation in time")
        : new LogReply.Refused(LogRefusal.Unavailable, "no answer in time");
}
