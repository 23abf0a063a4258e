using Outrider.Core;
using Outrider.Simulation;
using Outrider.Storage;

namespace Outrider.Tests.Simulation;

/// <summary>
/// The smallest system with something to lose: each node keeps a durable counter, adds one when asked, copies it to
/// its peer and acknowledges. It exists to test the world, not a protocol.
/// </summary>
internal sealed class LedgerSystem : SimSystem
{
    public const string AckEarly = "ack-early", Hang = "hang", Crash = "crash";

    public override string Name => "ledger";

    public override IReadOnlyList<PlantedBug> Bugs { get; } =
    [
        new(AckEarly, "ledger", "acknowledges before the disk has answered"),
        new(Hang, "ledger", "never answers after the third restart"),
        new(Crash, "ledger", "asserts something untrue after the second restart"),
    ];

    public override SimScenario Create(ulong seed, Swarm swarm, RunPlan plan) => new LedgerScenario(plan.Bug);
}

internal sealed record Add(long Wanted) : Request;

internal sealed record Added(long Value) : Reply;

internal sealed record Copied(long Value) : Message
{
    public override ushort Tag => 900;
    public override void Write(WireWriter writer) => writer.VarInt(Value);
    public static Message? Read(ref WireReader reader) => reader.VarInt(out var value) ? new Copied(value) : null;
}

internal sealed class LedgerMachine(NodeId self, Recovered recovered, string? bug) : Machine
{
    private static readonly GroupId Group = new(1);
    private readonly SortedDictionary<long, (RequestId Request, long Value)> _waiting = [];

    public long Value { get; private set; } =
        recovered.Groups.Count > 0 ? BitConverter.ToInt64(recovered.Groups[0].State.Span) : 0;

    public long Seen { get; private set; }

    /// <summary>The highest value of which the disk said that it is safe.</summary>
    public long DurableValue { get; private set; }

    public override void Step(in Event e, Effects effects)
    {
        switch (e.Kind)
        {
            case EventKind.Requested when bug == LedgerSystem.Hang && recovered.Incarnation.Value > 3:
                break;
            case EventKind.Requested:
                Value++;
                var token = effects.Persist(new JournalRecord.SaveState(Group, BitConverter.GetBytes(Value)));
                effects.SendOnceDurable(token, self.Value == 1 ? new(2) : new(1), new Copied(Value));
                if (bug == LedgerSystem.AckEarly) effects.Reply(e.Request, new Added(Value));
                else _waiting[token.Value] = (e.Request, Value);
                break;
            case EventKind.Durable:
                var upTo = e.Token.Value;
                foreach (var (at, (request, value)) in _waiting.Where(w => w.Key <= upTo).ToList())
                {
                    DurableValue = Math.Max(DurableValue, value);
                    effects.Reply(request, new Added(value));
                    _waiting.Remove(at);
                }

                break;
            case EventKind.Received:
                Seen = Math.Max(Seen, ((Copied)e.Message).Value);
                break;
            case EventKind.DiskFailed:
                _waiting.Clear();
                break;
        }
    }

    public override void CheckInvariants() =>
        Check.That(bug != LedgerSystem.Crash || recovered.Incarnation.Value < 3);
}

internal sealed class LedgerScenario(string? bug) : SimScenario
{
    private readonly SortedDictionary<int, long> _acked = [];
    private readonly SortedDictionary<int, (long BeforeLast, long Last)> _durable = [];
    private readonly List<(int, int)> _issued = [];
    private long _count, _facts;
    private long _sinceHeal = -1;
    private string? _problem;
    private World? _world;

    public override MessageCodec Codec { get; } = new MessageCodec().Register(900, Copied.Read);
    public override long AcknowledgedOperations => _count;
    public override long TermChanges => 0;
    public override IReadOnlyList<(int Client, int Number)> Operations => _issued;

    public override JournalOptions JournalOptionsOf(NodeId node) =>
        new() { ClusterId = 7, Node = node, SegmentBytes = 1 << 16 };

    public override void SetUp(World world)
    {
        _world = world;
        world.AddNode(new(1), new(0));
        world.AddNode(new(2), new(0));
    }

    public override Machine Build(NodeId node, Recovered recovered)
    {
        var machine = new LedgerMachine(node, recovered, bug);
        _facts++;
        // Rot in the very last group commit cannot be told from a torn tail, and there is no peer to ask.
        var (before, last) = _durable.GetValueOrDefault(node.Value);
        var kept = _world!.Node(node).Disk.HasRotted ? before : _acked.GetValueOrDefault(node.Value);
        if (machine.Value < kept)
            _problem ??= $"{node} came back with {machine.Value}, kept {kept}, acknowledged {_acked[node.Value]}";
        _acked[node.Value] = Math.Min(_acked.GetValueOrDefault(node.Value), machine.Value);
        _durable[node.Value] = (Math.Min(before, machine.Value), Math.Min(last, machine.Value));
        return machine;
    }

    public override void StartClients(World world)
    {
        for (var client = 1; client <= 2; client++) Ask(world, client, 1);
    }

    private void Ask(World world, int client, int number)
    {
        var done = false;
        if (world.Plan.OnlyOperations is null || world.Plan.OnlyOperations.Contains((client, number)))
        {
            _issued.Add((client, number));
            world.Ask(new NodeId(client), new Add(1), (reply, _) =>
            {
                if (reply is not Added added) return;
                _count++;
                if (_sinceHeal >= 0) _sinceHeal++;
                _acked[client] = Math.Max(_acked.GetValueOrDefault(client), added.Value);
                if (!done) Ask(world, client, number + 1);
                done = true;
            });
        }

        world.After(300_000, "deadline", () =>
        {
            if (!done) Ask(world, client, number + 1);
            done = true;
        });
    }

    public override void AfterStep(SimNode node, in Event e)
    {
        if (e.Kind != EventKind.Durable) return;
        var now = ((LedgerMachine)node.Machine!).DurableValue;
        var (_, last) = _durable.GetValueOrDefault(node.Id.Value);
        if (now > last) _durable[node.Id.Value] = (last, now);
    }

    public override IReadOnlyList<NodeId> Leaders(World world) => [];
    public override bool IsTelling(SimNode node, in Event e) => node.Effects.Answers.Count > 0;
    public override bool MayLoseDisk(World world, SimNode node) => false;
    public override void Replaced(World world, SimNode lost, SimNode fresh) { }
    public override IReadOnlyList<NodeId> DrawCore(World world, Rng rng) => [.. world.Nodes.Select(n => n.Id)];
    public override void Healed(World world) => _sinceHeal = 0;
    public override string? Unsettled(World world) =>
        _sinceHeal < 10 ? $"only {_sinceHeal} answers since healing" : null;
    public override IReadOnlyList<CheckerReport> Judge(World world) => [new("durable", _facts, _problem)];
}
