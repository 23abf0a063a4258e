using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>A client of the log with one operation under way, retried anywhere until it has an outcome.</summary>
internal abstract class LogClient(World world, LogScenario scenario, int number, string purpose)
{
    private const long GiveUpMicros = 12_000_000;
    private readonly List<(int Client, int Number)> _issued = [];
    private long _attempt;
    private long _ackedSinceHeal = -1;
    private long _healedAt;
    private NodeId _favourite;
    private bool _stopped;

    protected World World { get; } = world;
    protected LogScenario Scenario { get; } = scenario;
    protected LogHistory History => Scenario.History;
    protected Rng Rng { get; } = world.Fork(purpose, number);
    protected int Client { get; } = number;
    protected int Operation { get; private set; }

    /// <summary>When the operation under way was first asked.</summary>
    protected long Invoked { get; private set; }

    public long Acknowledged { get; private set; }
    public IReadOnlyList<(int Client, int Number)> Issued => _issued;
    public virtual bool HasRecovered => _ackedSinceHeal >= 3 || World.Plan.OnlyOperations is not null;

    public virtual string Complaint =>
        $"client {Client} has had {_ackedSinceHeal} operations acknowledged since healing: {Doing}";

    protected abstract string Doing { get; }

    public virtual void Start() => World.After(Rng.Below(2_000_000), "client", Next);

    public virtual void Healed()
    {
        _ackedSinceHeal = 0;
        _healedAt = World.NowMicros;
    }

    /// <summary>Begins nothing more; what is under way goes on to its end.</summary>
    public void Stop() => _stopped = true;

    protected abstract bool Draw();

    protected abstract Request Ask();

    /// <summary>True when the operation is over; otherwise it is tried again.</summary>
    protected abstract bool Take(Reply reply, NodeId by, long askedMicros);

    private void Next()
    {
        if (_stopped) return;
        var identity = (Client, ++Operation);
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

    private void Think() => World.After(1 + (long)Rng.Exponential(Scenario.Setup.ThinkMeanMicros), "client", Next);

    private void Attempt()
    {
        var attempt = ++_attempt;
        var node = Target();
        var asked = World.NowMicros;
        var id = World.Ask(node, Ask(), (reply, _) =>
        {
            if (attempt != _attempt) return;
            _attempt++;
            if (reply is null or LogReply.Unknown or LogReply.Refused
                { Code: LogRefusal.Unavailable or LogRefusal.Overloaded })
            {
                _favourite = NodeId.None;
                Again();
            }
            else if (Take(reply, node, asked))
            {
                _favourite = node;
                Acknowledged++;
                Repeat();
                if (_ackedSinceHeal >= 0 && Invoked >= _healedAt) _ackedSinceHeal++;
                Think();
            }
            else Again();
        });
        World.After(Rng.Between(1_000_000, 4_000_000) + Scenario.Setup.PatienceMicros, "deadline", () =>
        {
            if (attempt != _attempt) return;
            _attempt++;
            World.Cancel(id);
            _favourite = NodeId.None;
            if (Scenario.MayGiveUp && World.NowMicros - Invoked > GiveUpMicros) Think();
            else Attempt();
        });
    }

    /// <summary>Some ask once more for what they have had acknowledged: wherever, it must be known.</summary>
    private void Repeat()
    {
        if (Scenario.Setup.RepeatShare == 0 || !Rng.Chance(Scenario.Setup.RepeatShare)) return;
        var ask = Ask();
        var later = Rng.Below(Scenario.Setup.RepeatMicrosMax);
        World.After(later, "repeat", () => World.Ask(Target(), ask, static (_, _) => { }));
    }

    private NodeId Target()
    {
        if (!_favourite.IsNone && Rng.Chance(0.8)) return _favourite;
        var up = World.Nodes.Where(n => n.State == NodeState.Up).Select(n => n.Id).ToList();
        return up.Count > 0 ? Rng.Pick(up) : World.Nodes.First().Id;
    }

    private void Again()
    {
        var attempt = ++_attempt;
        World.After(5_000 + (long)Rng.Exponential(60_000), "retry", () =>
        {
            if (attempt == _attempt) Attempt();
        });
    }
}

/// <summary>Appends batches of a few records to a few keys.</summary>
internal sealed class LogProducer(World world, LogScenario scenario, int number)
    : LogClient(world, scenario, number, "log-producer")
{
    private readonly ProducerId _producer = new(0xA000UL + (ulong)number);
    private string _key = "";
    private List<RecordDraft> _records = [];

    protected override string Doing => $"append {Operation} to {_key}";

    protected override bool Draw()
    {
        _key = $"k{Rng.Below(Scenario.Setup.Keys)}";
        var count = Rng.Chance(0.8) ? 1 : (int)Rng.Between(2, 6);
        var size = 12 + (int)Rng.Below(Scenario.Setup.PayloadBytesMax);
        _records = [];
        for (var part = 0; part < count; part++)
        {
            var payload = new byte[size];
            BitConverter.TryWriteBytes(payload, Client);
            BitConverter.TryWriteBytes(payload.AsSpan(4), Operation);
            BitConverter.TryWriteBytes(payload.AsSpan(8), part);
            _records.Add(new RecordDraft(_key, payload, default, World.NowMicros / 1000));
        }

        return true;
    }

    protected override Request Ask() =>
        new LogAppend(_records, _producer, Operation, Scenario.Setup.Durability);

    protected override bool Take(Reply reply, NodeId by, long askedMicros)
    {
        switch (reply)
        {
            case LogReply.Appended done when done.Positions.Count != _records.Count:
                History.Broken.Add($"{by} acknowledged {done.Positions.Count} positions for {_records.Count} records");
                return true;
            case LogReply.Appended done:
                Scenario.Acked(new AckedBatch(
                    Client, Operation, _key, done.Positions, done.Duplicate, Invoked, World.NowMicros, by));
                return true;
            case LogReply.Refused { Code: LogRefusal.Trimmed }:
                // Placed long ago; every follower has seen it, and it has been trimmed since.
                return true;
            default:
                History.Broken.Add($"{by} answered {reply} to {Doing}");
                return true;
        }
    }
}

/// <summary>Asks for confirmed records, of all keys or of one, and for tails.</summary>
internal sealed class LogReader(World world, LogScenario scenario, int number)
    : LogClient(world, scenario, number, "log-reader")
{
    private const int RecordsMax = 30;
    private string? _key;
    private Position _from;
    private bool _descending;

    protected override string Doing => $"read {_key ?? "all keys"} from {_from}";

    protected override bool Draw()
    {
        _key = Rng.Chance(0.5) ? $"k{Rng.Below(Scenario.Setup.Keys)}" : null;
        _descending = _key is not null && Rng.Chance(0.4);
        var newest = History.Acks.Count == 0 ? 0 : History.Acks[^1].Positions[0].Value;
        _from = new(Math.Max(History.TrimmedBelow.Value, newest - Rng.Below(200)));
        // Where something is lost, others than those who were under way have to look.
        if (History.Lost.Count > 0 && Rng.Chance(0.5))
            _from = new(Math.Max(
                History.TrimmedBelow.Value, History.Lost.Keys.ElementAt((int)Rng.Below(History.Lost.Count)).Value));
        return true;
    }

    protected override Request Ask() => _key is { } key
        ? new KeyRead(key, _from, new(long.MaxValue), RecordsMax, _descending)
        : new LogRead(_from, RecordsMax, 1 << 20);

    protected override bool Take(Reply reply, NodeId by, long askedMicros)
    {
        switch (reply)
        {
            case LogReply.Records read:
                var items = read.Items.Select(LogHistory.Reduce).ToList();
                History.Answers.Add(
                    Cover(items, read.Next, by, askedMicros) with { Missed = read.Missed });
                return true;
            case LogReply.Refused { Code: LogRefusal.Trimmed }:
                return true;
            default:
                History.Broken.Add($"{by} answered {reply} to {Doing}");
                return true;
        }
    }

    /// <summary>What an answer speaks of: up to its last record when it was cut, everything otherwise.</summary>
    private ConfirmedAnswer Cover(List<SeenRecord> items, Position next, NodeId by, long askedMicros)
    {
        var cut = items.Count >= RecordsMax;
        // A retry may come after a trim: what has been given up may be missing.
        if (History.TrimmedBelow > _from) _from = History.TrimmedBelow;
        if (_descending)
        {
            items.Reverse();
            return new(Client, _key, cut ? items[0].Position : _from, new(long.MaxValue), items, askedMicros, by);
        }

        var to = _key is null ? next : cut ? items[^1].Position.Next() : new(long.MaxValue);
        return new(Client, _key, _from, to, items, askedMicros, by);
    }
}
