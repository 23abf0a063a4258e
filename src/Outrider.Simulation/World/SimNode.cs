using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Simulation;

public enum NodeState : byte { Down, Up, Paused, Gone }

/// <summary>
/// A node: a machine over a journal over a disk, as the real host drives it, and the life it is in. Everything that
/// belongs to a life carries its number, so that timers and syncs of a dead life reach nobody.
/// </summary>
public sealed class SimNode
{
    private readonly World _world;
    private readonly Rng _rng;
    private readonly Dictionary<TimerKey, long> _timers = [];
    private readonly List<Outgoing> _ready = [];
    private readonly List<SimEvent> _backlog = [];
    private readonly SlowOperations _slow = new();
    private DurableOutbox _outbox = new();
    private Journal? _journal;
    private Machine? _machine;
    private SyncInFlight? _inFlight;
    private DiskLedger _ledger = new();
    private bool _diskFailed;
    private long _timerGeneration;

    internal SimNode(World world, NodeId id, RegionId region, SimClock clock)
    {
        _world = world;
        Id = id;
        Region = region;
        Clock = clock;
        _rng = world.Fork("node", id.Value);
        Disk = new SimDisk(world.Fork("disk", id.Value));
        Effects = new Effects { Probe = world.Probe };
    }

    public NodeId Id { get; }
    public RegionId Region { get; }
    public SimClock Clock { get; }
    public SimDisk Disk { get; private set; }
    public NodeState State { get; private set; } = NodeState.Down;

    /// <summary>Counts lives; grows at each start and each death.</summary>
    public long Life { get; private set; }

    /// <summary>Null while the node is down.</summary>
    public Machine? Machine => _machine;

    /// <summary>How much slower than usual its disk is.</summary>
    public double DiskSlowness { get; set; } = 1;

    /// <summary>A run of events while paused, in the order of arrival.</summary>
    public int BacklogCount => _backlog.Count;
    public int OutboxCount => _outbox.WaitingCount;
    public bool DiskFailed => _diskFailed;

    /// <summary>Outside the core of the liveness phase: never started again.</summary>
    public bool IsBuried { get; internal set; }
    internal Effects Effects { get; private set; }

    /// <summary>An entry from this node's disk, for checkers; null if it is not there or cannot be read.</summary>
    public Entry? ReadEntry(StreamKey stream, LogIndex index)
    {
        var entries = _journal!.Read(new ReadEntries(0, stream, index, 1, int.MaxValue)).Entries;
        return entries.Count > 0 ? entries[0] : null;
    }

    /// <summary>Opens the journal and starts a life; false when the journal refuses its files.</summary>
    internal bool Start()
    {
        Check.That(State == NodeState.Down);
        Life++;
        var opened = Journal.Open(Disk, _world.Scenario.JournalOptionsOf(Id));
        if (opened is JournalOpened.Refused refused) return Refuse(refused);
        var ok = (JournalOpened.Opened)opened;
        _journal = ok.Journal;
        _outbox = new DurableOutbox();
        _timers.Clear();
        _inFlight = null;
        _diskFailed = false;
        Effects = new Effects { Probe = _world.Probe, Tracer = _world.TracerOf(Id) };
        if (_world.Recorder is { } recorder) Effects.Observer = point => recorder.Observed(this, point);
        State = NodeState.Up;
        _world.Trace($"{Id} starts: {ok.Recovered.Incarnation}{(ok.Recovered.Unclean ? " unclean" : "")}");
        try
        {
            var recovered = ReadAll(ok.Recovered);
            JudgeRecovery(recovered, ok.Report);
            _machine = _world.Scenario.Build(Id, recovered);
        }
        catch (InvalidDataException problem)
        {
            // Recovery read well a moment ago and does not now: the process ends, and is started again.
            _world.Trace($"{Id} gives up: {problem.Message}");
            Die(NodeState.Down);
            return false;
        }

        _world.Scenario.Started(this);
        _world.Recorder?.Started(this, ok.Recovered);
        Step(Event.Started(Now));
        return true;
    }

    /// <summary>
    /// The journal says that this disk lost what it had promised to keep: the id must not be used again.
    /// </summary>
    public bool IsDamaged { get; private set; }

    private bool Refuse(JournalOpened.Refused refused)
    {
        _world.Trace($"{Id} journal refused: {refused.Reason} {refused.Message}");
        if (refused.Reason is OpenRefusal.IoError or OpenRefusal.DiskFull) return false;
        IsDamaged = true;
        if (!Disk.HasRotted)
            _world.Fail(ViolationKind.Safety, "storage", $"{Id} is refused its own sound disk: {refused.Message}");
        return false;
    }

    /// <summary>Entries come from the disk when they are asked for; here they are asked for twice.</summary>
    private static Recovered ReadAll(Recovered recovered) => recovered with
    {
        Groups = [.. recovered.Groups.Select(g => g with
        {
            Streams = [.. g.Streams.Select(s => s with { Entries = [.. s.Entries] })],
        })],
    };

    /// <summary>A disk that only lost what was never synced must not come back with anything missing.</summary>
    private void JudgeRecovery(Recovered recovered, RecoveryReport report)
    {
        _world.RecoveriesJudged++;
        if (report.Cut is { } cut) _world.Trace($"{Id} cuts {cut}");
        foreach (var damage in report.Damages) _world.Trace($"{Id} finds {damage}");
        if (_ledger.Judge(recovered, Disk.Rots, report.Cut is not null) is { } problem)
            _world.Fail(ViolationKind.Safety, "storage", $"{Id}: {problem}");
    }

    /// <summary>Dies without a step; the disk keeps what <paramref name="kind"/> leaves of it.</summary>
    internal void Crash(CrashKind kind)
    {
        Check.That(State is NodeState.Up or NodeState.Paused);
        _world.Scenario.Stopped(this);
        Die(NodeState.Down);
        Disk.Crash(kind);
    }

    /// <summary>An orderly stop: everything written is synced and the journal marked as closed.</summary>
    internal void Close()
    {
        Check.That(State == NodeState.Up);
        _world.Scenario.Stopped(this);
        if (!_diskFailed)
        {
            if (_inFlight is { } sync) _journal!.CompleteSync(sync.Ticket, sync.Outcome ?? sync.Ticket.Run(Disk));
            _journal!.Close();
            _ledger.Durable(_journal.Durable);
        }

        Die(NodeState.Down);
    }

    /// <summary>The disk is lost for good, and the id with it.</summary>
    internal void Wipe()
    {
        if (State is NodeState.Up or NodeState.Paused)
        {
            _world.Scenario.Stopped(this);
            Die(NodeState.Gone);
        }

        State = NodeState.Gone;
        Disk = new SimDisk(_world.Fork("wiped", Id.Value));
        _ledger = new DiskLedger();
    }

    /// <summary>The disk is lost, but the id is not given up: what no deployment may do.</summary>
    internal void LoseDisk()
    {
        Crash(CrashKind.KeepAll);
        Disk = new SimDisk(_world.Fork("lost", (Id.Value * 1_000L) + Life));
        _ledger = new DiskLedger();
    }

    internal void Pause() => State = State == NodeState.Up ? NodeState.Paused : State;

    internal void Resume()
    {
        if (State != NodeState.Paused) return;
        State = NodeState.Up;
        foreach (var item in _backlog) _world.Push(_world.NowMicros, item);
        _backlog.Clear();
    }

    private long Now => Clock.At(_world.NowMicros);

    /// <summary>Takes an event off the heap; false when it belongs to a life that is over.</summary>
    internal bool Take(SimEvent item)
    {
        if (State is NodeState.Down or NodeState.Gone || (item.Life != 0 && item.Life != Life)) return false;
        if (State == NodeState.Paused)
        {
            _backlog.Add(item);
            return false;
        }

        if (!_slow.Ends(item)) return false;
        switch (item.Kind)
        {
            case SimEventKind.Deliver:
                if (!_world.Network.Receives(item.From, Id)) return false;
                Step(Event.Received(Now, item.From, (Message)item.Body!));
                return true;
            case SimEventKind.Timer:
                if (!_timers.TryGetValue(item.Timer, out var generation) || generation != item.Number) return false;
                _timers.Remove(item.Timer);
                Step(Event.TimerFired(Now, item.Timer));
                return true;
            case SimEventKind.SyncEnds:
                EndSync((SyncInFlight)item.Body!);
                return true;
            case SimEventKind.ReadEnds:
                Step(Event.EntriesRead(Now, _journal!.Read((ReadEntries)item.Body!)));
                return true;
            case SimEventKind.ControlAnswered:
                Step(Event.ControlAnswered(Now, (ControlAnswer)item.Body!));
                return true;
            case SimEventKind.ControlChanged:
                Step(Event.ControlChanged(Now, (ControlChange)item.Body!));
                return true;
            case SimEventKind.Requested:
                Step(Event.Requested(Now, new(item.Number), (Request)item.Body!));
                return true;
            case SimEventKind.Cancelled:
                Step(Event.Cancelled(Now, new(item.Number)));
                return true;
            default:
                throw Check.Unreachable(item.Kind);
        }
    }

    private void Step(in Event e)
    {
        Effects.Clear();
        _world.Recorder?.Stepping(this, e);
        if (!_world.Guard(this, e)) return;
        _world.Recorder?.Stepped(this, e);
        WriteJournal();
        Route();
        BeginSync();
        _world.Scenario.AfterStep(this, e);
        _world.Nemesis.AfterStep(this, e, unsynced: _inFlight is not null);
    }

    private void WriteJournal()
    {
        if (Effects.Journal.Count == 0 || _diskFailed) return;
        _ledger.Writes(Effects.Journal, Effects.LastToken);
        var outcome = _journal!.Write(Effects.Journal);
        if (outcome != DiskOutcome.Ok) FailDisk($"write: {outcome}");
    }

    private void Route()
    {
        _ready.Clear();
        _outbox.Take(Effects.Sends, _ready);
        SendReady();
        foreach (var order in Effects.Timers)
        {
            if (order.DelayMicros < 0) _timers.Remove(order.Key);
            else SetTimer(order);
        }

        foreach (var answer in Effects.Answers) _world.Answered(this, answer);
        foreach (var call in Effects.Controls) CallControl(call);
        foreach (var read in Effects.Reads) PushDisk(SimEventKind.ReadEnds, read);
    }

    private void SendReady()
    {
        foreach (var send in _ready)
        {
            _world.Recorder?.Left(this, send.Message);
            _world.Network.Send(Id, send.To, send.Message);
        }

        _ready.Clear();
    }

    private void SetTimer(TimerOrder order)
    {
        var delay = Clock.TrueDelay(order.DelayMicros) + 1;
        _timers[order.Key] = ++_timerGeneration;
        _world.Push(_world.NowMicros + delay, new SimEvent
        {
            Kind = SimEventKind.Timer,
            Node = this,
            Life = Life,
            Timer = order.Key,
            Number = _timerGeneration,
        });
    }

    private void CallControl(ControlCall call)
    {
        var life = Life;
        _world.Control.Call(
            Id,
            call,
            answer => Push(0, SimEventKind.ControlAnswered, answer, life),
            change => Push(0, SimEventKind.ControlChanged, change, life));
    }

    private sealed record SyncInFlight(SyncTicket Ticket, DiskOutcome? Outcome);

    private void BeginSync()
    {
        if (_inFlight is not null || _diskFailed || State != NodeState.Up) return;
        if (_journal!.BeginSync() is not { } ticket) return;
        // The device may have done the work long before it says so, or only at the last moment: a crash in between
        // finds the bytes durable in one case and not in the other.
        DiskOutcome? early = _rng.Chance(_world.Swarm.EarlySyncShare) ? ticket.Run(Disk) : null;
        _inFlight = new SyncInFlight(ticket, early);
        PushDisk(SimEventKind.SyncEnds, _inFlight);
    }

    private void EndSync(SyncInFlight sync)
    {
        _inFlight = null;
        if (_diskFailed) return;
        var outcome = sync.Outcome ?? sync.Ticket.Run(Disk);
        var token = _journal!.CompleteSync(sync.Ticket, outcome);
        if (outcome != DiskOutcome.Ok)
        {
            FailDisk($"sync: {outcome}");
            return;
        }

        _ledger.Durable(token);
        _world.Recorder?.Synced(this, token);
        _ready.Clear();
        _outbox.OnDurable(token, _ready);
        SendReady();
        Step(Event.Durable(Now, token));
    }

    /// <summary>
    /// Fail-stop: the machine is told once, and nothing is written or promised in this life any more.
    /// </summary>
    private void FailDisk(string failure)
    {
        if (_diskFailed) return;
        _diskFailed = true;
        _world.Trace($"{Id} disk failed: {failure}");
        var life = Life;
        _world.At(_world.NowMicros + 1, "disk failed", () =>
        {
            if (Life == life && State == NodeState.Up) Step(Event.DiskFailed(Now, failure));
        });
        _world.Nemesis.DiskFailed(this);
    }

    /// <summary>The disk is as fast as usual from here on, and so is what it was asked before.</summary>
    internal void HealDisk()
    {
        DiskSlowness = 1;
        foreach (var (kind, body) in _slow.TakeAll()) Push((long)MeanMicros(kind), kind, body);
    }

    private double MeanMicros(SimEventKind kind) =>
        kind == SimEventKind.SyncEnds ? _world.Swarm.SyncMeanMicros : _world.Swarm.ReadMeanMicros;

    private void PushDisk(SimEventKind kind, object body) => Push(
        1 + (long)(_rng.Exponential(MeanMicros(kind)) * DiskSlowness), kind, body,
        number: DiskSlowness > 1 ? _slow.Add(kind, body) : 0);

    private void Push(long delayMicros, SimEventKind kind, object body, long? life = null, long number = 0) =>
        _world.Push(_world.NowMicros + delayMicros, new SimEvent
        {
            Kind = kind,
            Node = this,
            Life = life ?? Life,
            Body = body,
            Number = number,
        });

    private void Die(NodeState into)
    {
        State = into;
        Life++;
        _machine = null;
        _journal = null;
        _backlog.Clear();
        _timers.Clear();
        _slow.TakeAll();
        _world.Control.Forget(Id);
    }
}
