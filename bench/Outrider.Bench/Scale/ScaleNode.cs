using Outrider.Core;

namespace Outrider.Bench.Scale;

/// <summary>
/// A node as the real host drives it: a turn takes all that has arrived, steps through it, and what follows leaves when
/// the turn's time is over.
/// </summary>
internal sealed class ScaleNode(ScaleWorld world, NodeId id, Machine machine, Action<RequestId, Reply> onAnswer)
{
    private const long LazySyncMicros = 2_000;
    private const long ControlMicros = 1_000;
    private readonly List<Func<long, Event>> _arrived = [];
    private readonly Effects _effects = new();
    private readonly DurableOutbox _outbox = new();
    private readonly List<Outgoing> _ready = [];
    private readonly Dictionary<TimerKey, long> _timers = [];
    private readonly Dictionary<StreamKey, List<Entry>> _entries = [];
    private long _timerNumber;
    private int _timersApplied;
    private bool _turnIsDue;
    private bool _syncing;
    private bool _unsynced;

    public NodeId Id => id;

    /// <summary>In which it worked, so far.</summary>
    public long BusyMicros { get; private set; }

    /// <summary>It takes nothing in any more, and nothing leaves.</summary>
    public bool IsDead { get; set; }

    private long BusyUntil { get; set; }

    public void Arrive(Func<long, Event> what)
    {
        if (IsDead) return;
        _arrived.Add(what);
        if (_turnIsDue) return;
        _turnIsDue = true;
        world.At(Math.Max(world.NowMicros, BusyUntil), Turn);
    }

    private void Turn()
    {
        if (IsDead) return;
        var now = world.NowMicros;
        var events = _arrived.ToArray();
        _arrived.Clear();
        _turnIsDue = false;
        foreach (var make in events)
        {
            var e = make(now);
            // Cancelled or set anew since it fired.
            if (e.Kind == EventKind.TimerFired && !_timers.Remove(e.Timer)) continue;
            machine.Step(in e, _effects);
            for (; _timersApplied < _effects.Timers.Count; _timersApplied++) Apply(_effects.Timers[_timersApplied]);
        }

        _outbox.Take(_effects.Sends, _ready);
        var times = world.Times;
        var took = times.Turn + (events.Length * times.Event) + (_ready.Count * times.Send);
        BusyMicros += took;
        BusyUntil = now + took;
        Leave();
        Write();
        foreach (var answer in _effects.Answers)
            world.At(BusyUntil, () => onAnswer(answer.Request, answer.Reply));
        foreach (var call in _effects.Controls) Call(call);
        foreach (var read in _effects.Reads)
        {
            var found = Find(read);
            world.At(BusyUntil, () => Arrive(at => Event.EntriesRead(at, found)));
        }

        _effects.Clear();
        _timersApplied = 0;
    }

    private void Leave()
    {
        foreach (var sent in _ready) world.Send(id, sent, BusyUntil);
        _ready.Clear();
    }

    private void Apply(TimerOrder order)
    {
        _timers.Remove(order.Key);
        if (order.DelayMicros < 0) return;
        var number = ++_timerNumber;
        _timers[order.Key] = number;
        world.At(world.NowMicros + order.DelayMicros, () =>
        {
            if (_timers.GetValueOrDefault(order.Key) == number) Arrive(at => Event.TimerFired(at, order.Key));
        });
    }

    private void Write()
    {
        foreach (var record in _effects.Journal)
        {
            if (record is JournalRecord.Append append)
            {
                if (!_entries.TryGetValue(append.Stream, out var kept)) _entries[append.Stream] = kept = [];
                kept.AddRange(append.Entries);
            }
            else if (record is JournalRecord.Truncate cut && _entries.TryGetValue(cut.Stream, out var all))
            {
                all.RemoveAll(entry => entry.Index >= cut.From);
            }
        }

        _unsynced |= _effects.Journal.Count > 0;
        if (_syncing || !_unsynced) return;
        _syncing = true;
        var wait = _effects.SyncIsUrgent || _outbox.WaitingCount > 0 ? 0 : LazySyncMicros;
        world.At(BusyUntil + wait, BeginSync);
    }

    private void BeginSync()
    {
        _unsynced = false;
        var token = _effects.LastToken;
        world.At(world.NowMicros + world.Times.Sync, () =>
        {
            _syncing = false;
            _outbox.OnDurable(token, _ready);
            foreach (var sent in _ready) world.Send(id, sent, world.NowMicros);
            _ready.Clear();
            Arrive(at => Event.Durable(at, token));
        });
    }

    private void Call(ControlCall call) => world.At(BusyUntil + ControlMicros, () =>
    {
        var answer = world.Control.Execute(
            call, change => world.At(world.NowMicros + ControlMicros, () => Arrive(at =>
                Event.ControlChanged(at, change))));
        world.At(world.NowMicros + ControlMicros, () => Arrive(at => Event.ControlAnswered(at, answer)));
    });

    private EntriesRead Find(ReadEntries read)
    {
        var found = new List<Entry>();
        if (!_entries.TryGetValue(read.Stream, out var kept))
            return new(read.Id, read.Stream, ReadOutcome.IoError, found);
        // Dense from the first on.
        var at = kept.Count == 0 ? 0 : (int)(read.From - kept[0].Index);
        for (; at >= 0 && at < kept.Count && found.Count < read.Count; at++) found.Add(kept[at]);
        return new(read.Id, read.Stream, ReadOutcome.Ok, found);
    }
}
