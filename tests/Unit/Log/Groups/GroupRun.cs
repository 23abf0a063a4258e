using System.Text;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Log.Groups;

/// <summary>
/// Several nodes serve one group over a log that loses answers; nodes forget everything and come back. Every answer
/// given is then judged, in the order of the log, by the naive group.
/// </summary>
internal sealed class GroupRun
{
    private const string Key = "k";
    private const string Group = "g";
    private const string DeadKey = "dead";
    private const int Nodes = 3;
    private const long LeaseMs = 50;
    private const int DeliveriesMax = 3;
    private readonly Rng _rng;
    private readonly FaultyLog _log;
    private readonly GroupBugs _bugs;
    private readonly GroupDesk[] _desks = new GroupDesk[Nodes];
    private readonly int[] _lives = new int[Nodes];
    private readonly List<(long Ordinal, bool Changed, long Turn, Action<NaiveGroup> Judge)> _history = [];
    private readonly List<Held> _held = [];
    private long _nowMs = 1000;
    private long _turn;
    private long _told;

    private readonly bool _unknowns;

    /// <param name="seed">Decides everything.</param>
    /// <param name="unknowns">Some outcomes are never told, and nodes die with work under way: then the state is judged
    /// and not each answer.</param>
    /// <param name="bugs">Planted.</param>
    public GroupRun(ulong seed, bool unknowns, GroupBugs bugs = GroupBugs.None)
    {
        _rng = new Rng(seed);
        _bugs = bugs;
        _unknowns = unknowns;
        _log = new(_rng, 0.05, unknowns);
        for (var i = 0; i < Nodes; i++) Begin(i);
    }

    public int Unknown { get; private set; }
    public int Judged { get; private set; }
    public int DeadLetters { get; private set; }

    public void Run(int rounds)
    {
        Quietly(() => _desks[0].Decide(
            state => GroupDecisions.Create(state, Group, default, 0, new(LeaseMs, DeliveriesMax, DeadKey)), _ => { }));
        for (var round = 0; round < rounds; round++)
        {
            _nowMs += _rng.Below(4);
            if (_rng.Chance(0.25)) Act();
            if (_unknowns && _rng.Chance(0.004)) Begin((int)_rng.Below(Nodes));
            if (!_unknowns && round % 250 == 249)
            {
                Quietly(static () => { });
                Begin((int)_rng.Below(Nodes));
            }

            _log.Step();
        }

        Finish();
        Judge();
    }

    private void Begin(int node)
    {
        var life = ++_lives[node];
        _desks[node] = new(Key, _rng.NextULong(),
            (ask, then) => _log.Ask(ask, then, () => _lives[node] == life), _bugs,
            snapshotEvery: 10);
    }

    private void Act()
    {
        var desk = _desks[_rng.Below(Nodes)];
        switch (_rng.Below(10))
        {
            case < 4:
                _log.Answer(new LogAppend([new(Key, new byte[] { 1 }, default, 0)], ProducerId.None, 0,
                    Durability.FsyncQuorum));
                break;
            case < 7:
                Read(desk);
                break;
            case < 9:
                if (_held.Count > 0) Acknowledge(desk);
                break;
            default:
                if (_rng.Chance(0.5)) Claim(desk);
                else Look(desk);
                break;
        }
    }

    private void Read(GroupDesk desk)
    {
        var (asked, now) = (_told, _nowMs);
        var read = new GroupRead(Group, $"c{_rng.Below(4)}", (int)_rng.Between(1, 6), NoAck: false, () => now, null);
        new GroupReading(desk, read, end => Take(asked, end, answer =>
        {
            foreach (var delivery in answer!)
                _held.Add(new(delivery.Record.Position, delivery.Generation, delivery.Deliveries));
            return naive => naive.Read(read, answer, _log.Of(Key));
        })).Run();
    }

    private void Acknowledge(GroupDesk desk)
    {
        var asked = _told;
        var count = (int)_rng.Between(1, Math.Min(4, _held.Count));
        var held = Enumerable.Range(0, count).Select(_ => _rng.Pick(_held)).DistinctBy(h => h.Position).ToList();
        desk.Decide(state => GroupDecisions.AcknowledgeHeld(state, Group, held, _bugs),
            end => Take(asked, end, answer => naive => naive.Acknowledge(held, answer)));
    }

    private void Claim(GroupDesk desk)
    {
        if (desk.Known?.Find(Group) is not { } group) return;
        var asked = _told;
        var ids = group.Pending.Keys.Take(3).ToList();
        var (consumer, idle, now) = ($"c{_rng.Below(4)}", _rng.Below(60), _nowMs);
        desk.Decide(
            state => GroupDecisions.Claim(state, Group, consumer, ids, static _ => true, new(idle, now, 10),
                ClaimHow.Plain),
            end => Take(asked, end, answer =>
            {
                _held.AddRange(answer!);
                return naive => naive.Claim(consumer, ids, idle, now, answer!);
            }));
    }

    private void Look(GroupDesk desk)
    {
        var asked = _told;
        desk.Decide(
            static state => GroupDecision<int>.Only(state.Find(Group)?.Pending.Count ?? 0),
            end => Take(asked, end, answer => naive => naive.Look(answer)));
    }

    /// <param name="asked">What anybody had been told when this was asked for: it must not be forgotten.</param>
    private void Take<T>(long asked, GroupEnd<T> end, Func<T, Action<NaiveGroup>> judge)
    {
        if (end is GroupEnd<T>.Decided decided)
        {
            Assert.True(decided.Ordinal >= asked, "an answer older than one given before it was asked for");
            _told = Math.Max(_told, decided.Ordinal);
            _history.Add((decided.Ordinal, decided.Changed, ++_turn, judge(decided.Answer)));
            return;
        }

        Unknown++;
    }

    private void Quietly(Action act)
    {
        var faults = _log.Faults;
        _log.Faults = 0;
        act();
        for (var steps = 0; _log.Pending > 0; steps++)
        {
            Assert.True(steps < 20_000, "it does not settle");
            _log.Step();
        }

        _log.Faults = faults;
    }

    /// <summary>Everything is worked off: read until nothing is pending, never acknowledging.</summary>
    private void Finish()
    {
        Quietly(() => { });
        for (var i = 0; i < 200; i++)
        {
            _nowMs += LeaseMs;
            Quietly(() => Read(_desks[i % Nodes]));
            // Posting goes on by itself; a node that lost an answer asks again with its next command.
        }

        for (var i = 0; i < Nodes; i++) Quietly(() => Look(_desks[i]));
    }

    private void Judge()
    {
        var states = new List<string>();
        for (var node = 0; node < Nodes; node++)
            states.Add(Convert.ToHexString(GroupSnapshot.Write(_desks[node].Known!)));
        Assert.Single(states.Distinct());
        Assert.Equal(states[0], Convert.ToHexString(GroupSnapshot.Write(Replay())));
        var judged = _desks[0].Known!.Find(Group)!;
        JudgeAnswers();
        Assert.Empty(judged.Dead);
        var letters = _log.Of(DeadKey).ToList();
        DeadLetters = letters.Count;
        var ids = letters.Select(letter => RecordFields.Read(letter).Fields
            .Single(f => f.Name.Span.SequenceEqual("dead-letter-id"u8)).Value)
            .Select(value => Encoding.UTF8.GetString(value.Span)).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(judged.LastLetter, letters.Count);
    }

    private void JudgeAnswers()
    {
        if (_unknowns) return;
        Assert.Equal(0, Unknown);
        var naive = new NaiveGroup(LeaseMs, DeliveriesMax);
        // What changes nothing saw all that was done up to its ordinal, whoever was told first.
        foreach (var (_, _, _, judge) in _history
            .OrderBy(h => h.Ordinal).ThenBy(h => !h.Changed).ThenBy(h => h.Turn)) judge(naive);
        Judged = naive.Judged;
        var group = _desks[0].Known!.Find(Group)!;
        Assert.Equal(naive.Pending.Select(e => (e.Position, e.Consumer, e.Deliveries)).Order(),
            group.Pending.Select(p => (p.Key, p.Value.Consumer, p.Value.Deliveries)));
        Assert.Equal(naive.Dead.Count, group.LastLetter);
    }

    /// <summary>The state folded from every operation ever placed, without snapshots.</summary>
    private ConsumerGroups Replay()
    {
        var state = ConsumerGroups.Empty;
        foreach (var record in _log.EverOf(GroupCodec.StreamOf(Key)))
            if (GroupCodec.Decode(record.Payload) is GroupStreamRecord.Op op)
                state = GroupRules.Apply(state, op.Ordinal, op.What);
        return state;
    }
}
