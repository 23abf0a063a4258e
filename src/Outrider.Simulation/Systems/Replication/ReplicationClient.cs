using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>
/// What all clients share: one operation at a time, a deadline, retries wherever the leader is said to be.
/// </summary>
internal abstract class ReplicationClient(World world, ReplicationScenario scenario, int number, string purpose)
{
    private const long HurryFactor = 20;
    private readonly List<(int Client, int Number)> _issued = [];
    private readonly SortedDictionary<GroupId, NodeId> _leaders = [];
    private int _operation;
    private long _attempt;
    private long _ackedSinceHeal = -1;
    private long _healedAt;
    private bool _stopped;

    protected World World { get; } = world;
    protected ReplicationScenario Scenario { get; } = scenario;
    protected Rng Rng { get; } = world.Fork(purpose, number);
    protected int Client { get; } = number;

    /// <summary>Number of the operation under way; part of its identity.</summary>
    protected int Operation => _operation;

    public long Acknowledged { get; private set; }
    public IReadOnlyList<(int Client, int Number)> Issued => _issued;

    /// <summary>Has had operations acknowledged that were asked after healing.</summary>
    public bool HasRecovered => _ackedSinceHeal >= 3 || World.Plan.OnlyOperations is not null;

    public string Complaint =>
        $"client {Client} has had {_ackedSinceHeal} operations acknowledged since healing: {Doing}";

    protected abstract string Doing { get; }

    public void Start() => World.After(Rng.Below(2_000_000), "client", Next);

    public void Healed()
    {
        _ackedSinceHeal = 0;
        _healedAt = World.NowMicros;
    }

    /// <summary>Asks nothing any more, and gives up what it had asked.</summary>
    public void Stop()
    {
        _stopped = true;
        _attempt++;
    }

    /// <summary>Sends the request of the operation under way, first or again.</summary>
    protected abstract (GroupId Group, Request Request) Ask();

    /// <summary>Draws the next operation; false if there is nothing to do now.</summary>
    protected abstract bool Draw();

    /// <summary>True when the operation is over; otherwise it is tried again.</summary>
    protected abstract bool Take(Reply reply, NodeId by, long invokedMicros);

    protected void Next()
    {
        if (_stopped) return;
        var identity = (Client, ++_operation);
        var wanted = World.Plan.OnlyOperations is not { } only || only.Contains(identity);
        // The draw is taken even for an operation that is left out: the later ones stay what they were.
        if (!Draw() || !wanted)
        {
            Think();
            return;
        }

        _issued.Add(identity);
        Invoked = World.NowMicros;
        Attempt();
    }

    /// <summary>Waits this much longer before the next try.</summary>
    protected long PauseMicros { get; set; }

    /// <summary>When the operation under way was first asked.</summary>
    protected long Invoked { get; private set; }

    private void Think()
    {
        var pause = (long)Rng.Exponential(Scenario.Setup.ThinkMeanMicros);
        World.After(1 + (Scenario.IsBehind ? pause / HurryFactor : pause), "client", Next);
    }

    private void Attempt()
    {
        var attempt = ++_attempt;
        var (group, request) = Ask();
        var node = Target(group);
        var asked = World.NowMicros;
        var id = World.Ask(node, request, (reply, _) =>
        {
            if (attempt != _attempt) return;
            _attempt++;
            OnReply(group, node, reply, asked);
        });
        World.After(Rng.Between(200_000, 1_500_000), "deadline", () =>
        {
            if (attempt != _attempt) return;
            // Nothing is known of it: the request may still be carried out, also after it has been tried elsewhere.
            _attempt++;
            World.Cancel(id);
            _leaders.Remove(group);
            Attempt();
        });
    }

    private void OnReply(GroupId group, NodeId node, Reply? reply, long askedMicros)
    {
        switch (reply)
        {
            case null:
            case NodeReply.Unknown:
                _leaders.Remove(group);
                Again();
                break;
            case NodeReply.NotLeader hint:
                if (hint.Leader.IsNone || hint.Leader == node) _leaders.Remove(group);
                else _leaders[group] = hint.Leader;
                Again();
                break;
            case NodeReply.Overloaded:
                Again();
                break;
            case NodeReply.Refused { Code: NodeRefusal.NoSuchGroup or NodeRefusal.TooFewCopies }:
                _leaders.Remove(group);
                Again();
                break;
            default:
                _leaders[group] = node;
                if (Take(reply, node, askedMicros)) Over();
                else Again();
                break;
        }
    }

    private void Over()
    {
        Acknowledged++;
        if (_ackedSinceHeal >= 0 && Invoked >= _healedAt) _ackedSinceHeal++;
        Think();
    }

    private void Again()
    {
        var attempt = ++_attempt;
        var pause = PauseMicros;
        PauseMicros = 0;
        World.After(pause + 3_000 + (long)Rng.Exponential(25_000), "retry", () =>
        {
            if (attempt == _attempt) Attempt();
        });
    }

    private NodeId Target(GroupId group)
    {
        if (_leaders.TryGetValue(group, out var leader) && Rng.Chance(0.95)) return leader;
        return Rng.Pick([.. World.Nodes.Where(n => n.State != NodeState.Gone).Select(n => n.Id)]);
    }
}

/// <summary>Appends with (producer, sequence), and retries under the same pair until it is acknowledged.</summary>
internal sealed class ReplicationProducer(World world, ReplicationScenario scenario, int number)
    : ReplicationClient(world, scenario, number, "producer")
{
    private readonly ProducerId _producer = new((ulong)number + 100);
    private readonly SortedDictionary<StreamKey, long> _sequences = [];
    private StreamKey _stream;
    private long _sequence;
    private Durability _durability;
    private byte[] _payload = [];
    private int _slots;

    /// <summary>Asks again for what was acknowledged, as a client does that did not hear of it.</summary>
    private int _repeats;

    protected override string Doing => $"append {_stream} ({_producer},{_sequence})";

    protected override bool Draw()
    {
        var streams = Scenario.StreamsInUse;
        _stream = Rng.Pick(streams);
        _durability = DrawDurability();
        _repeats = Rng.Chance(Scenario.Setup.RepeatShare) ? 1 : 0;
        _payload = new byte[16 + Rng.Below(Scenario.Setup.PayloadBytesMax)];
        BitConverter.TryWriteBytes(_payload, _producer.Value);
        BitConverter.TryWriteBytes(_payload.AsSpan(8), (long)Operation);
        _slots = (int)Rng.Between(1, 4);
        _sequence = 0;
        return true;
    }

    private Durability DrawDurability() =>
        Rng.Chance(Scenario.Setup.MemoryShare) ? Durability.MemoryQuorum : Durability.FsyncQuorum;

    protected override (GroupId Group, Request Request) Ask()
    {
        if (_sequence == 0)
            _sequence = _sequences[_stream] = _sequences.GetValueOrDefault(_stream) + 1;
        // A retry may ask for another class than the first try did.
        else if (Rng.Chance(0.2))
            _durability = Rng.Chance(0.5) ? Durability.MemoryQuorum : Durability.FsyncQuorum;
        return (_stream.Group, new AppendRequest(
            _stream.Group, _stream.Stream, _producer, _sequence, _slots, _payload, _durability));
    }

    protected override bool Take(Reply reply, NodeId by, long invokedMicros)
    {
        switch (reply)
        {
            case NodeReply.Appended done:
                Scenario.History.Acks.Add(new AckedAppend(
                    Client, Operation, _stream, _producer, _sequence, done.Durability, done.Duplicate, done.Term,
                    done.Index, Invoked, World.NowMicros, by));
                if (_repeats-- <= 0) return true;
                _durability = DrawDurability();
                PauseMicros = LinkFaults.Duration(Rng, 1_000, Scenario.Setup.RepeatPauseMicrosMax);
                return false;
            case NodeReply.Refused refused:
                // The newest sequence of a producer with one append under way can neither be stale nor unknown, and
                // the leader of an open term knows every stream that was created.
                Scenario.History.Broken.Add($"{by} refused {Doing}: {refused.Code} {refused.Reason}");
                return true;
            default:
                throw Check.Unreachable(reply);
        }
    }
}

/// <summary>Reads that must be confirmed, at the end of a stream or from somewhere before it.</summary>
internal sealed class ReplicationReader(World world, ReplicationScenario scenario, int number)
    : ReplicationClient(world, scenario, number, "reader")
{
    private readonly SortedDictionary<StreamKey, LogIndex> _ends = [];
    private StreamKey _stream;
    private LogIndex _from;

    protected override string Doing => $"confirmed read {_stream} from {_from}";

    protected override bool Draw()
    {
        _stream = Rng.Pick(Scenario.StreamsInUse);
        var end = _ends.GetValueOrDefault(_stream).Value;
        _from = new(Rng.Chance(0.1) ? 1 : Math.Max(1, end - Rng.Below(10)));
        return true;
    }

    protected override (GroupId Group, Request Request) Ask() =>
        (_stream.Group, new ReadRequest(_stream.Group, _stream.Stream, _from, 20, 20_000, Confirmed: true));

    protected override bool Take(Reply reply, NodeId by, long invokedMicros)
    {
        switch (reply)
        {
            case NodeReply.Entries { Confirmed: true } read:
                var known = _ends.GetValueOrDefault(_stream);
                _ends[_stream] = LogIndex.Max(known, read.Committed);
                Scenario.History.Reads.Add(new ConfirmedReadFact(
                    Client, Operation, _stream, read.Committed,
                    [.. read.Items.Where(i => i.Index <= read.Committed)
                        .Select(i => (i.Index, StreamHistory.DigestOf(i)))],
                    invokedMicros, World.NowMicros, by));
                return true;
            case NodeReply.Entries:
                return false;
            case NodeReply.Refused { Code: NodeRefusal.Trimmed }:
                // Beyond the end nothing is shown, and the end itself is what the next operation starts from.
                _from = new(Math.Max(_from.Value + 100, _ends.GetValueOrDefault(_stream).Value));
                return false;
            case NodeReply.Refused { Code: NodeRefusal.Unreadable }:
                return false;
            case NodeReply.Refused refused:
                Scenario.History.Broken.Add($"{by} refused {Doing}: {refused.Code} {refused.Reason}");
                return true;
            default:
                throw Check.Unreachable(reply);
        }
    }
}
