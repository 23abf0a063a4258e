using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Runtime;

internal enum PumpEnd : byte
{
    None,
    Stop,
    Kill,
}

/// <summary>
/// Drives one machine: events in, effects out in order. Only whoever has the turn touches it, so nothing in it needs a
/// lock. A turn takes all that has happened, steps through it, and carries out what follows in one go: one journal
/// write, one sync, one frame a peer. Threads that bring something take the turn if it is free; a thread of its own
/// takes what strangers bring, what is left over, and the timers.
/// </summary>
internal sealed class Pump : ITransportSink, IOwed
{
    /// <summary>Steps before their effects are carried out: bounds how long the first waits for the last.</summary>
    private const int StepsPerFlush = 256;

    private const long IdleMaxMicros = 1_000_000;

    /// <summary>Between two syncs that nobody waits for.</summary>
    private const long SyncPauseMicros = 2_000;

    // Machines number theirs from 0.
    private static readonly TimerKey LazySync = new(-1);

    /// <summary>Then the pump's own thread goes on: a helper has other work too.</summary>
    private const int TurnsOfHelperMax = 8;

    /// <summary>What threads of this node settle of what they owe before they go on with their own work.</summary>
    private const int SettledByPumpMax = 8;
    private const int SettledBySyncMax = 4;

    private readonly NodeHostOptions _options;
    private readonly Machine _machine;
    private readonly Journal _journal;
    private readonly ILogger _log;
    private readonly Inbox _inbox;
    private readonly RequestTable _requests;
    private readonly Completions _completions;
    private readonly SyncThread _sync;
    private readonly Effects _effects = new();
    private readonly DurableOutbox _outbox = new();
    private readonly TimerHeap _timers = new();
    private readonly PeerBatches _batches;
    private readonly List<Outgoing> _ready = [];
    private readonly ManualResetEventSlim _unpaused = new(initialState: true);
    private readonly KeyValuePair<string, object?> _label;
    private readonly NodeId _self;
    private int _timersApplied;
    private int _stepsSinceFlush;
    private bool _syncing;
    private bool _syncIsUrgent;
    private long _syncNotBeforeMicros;
    private (SyncTicket Ticket, DiskOutcome Outcome)? _lastSync;
    private bool _diskFailed;
    private long _steps;
    private long _turnAtMicros;
    private Exception? _failure;
    private volatile PumpEnd _end;

    public Pump(
        NodeHostOptions options, Machine machine, Journal journal, RequestTable requests, Completions completions)
    {
        _options = options;
        _machine = machine;
        _journal = journal;
        _requests = requests;
        _completions = completions;
        _self = options.Node.Id;
        _label = RuntimeMeters.Node(options.Node.Name);
        _log = options.Logs.CreateLogger("Outrider.Node");
        _inbox = new Inbox(options.InboxBytesMax);
        _batches = new PeerBatches(options.Transport);
        _effects.Tracer = options.Tracer;
        _turnAtMicros = MonotonicClock.NowMicros;
        _sync = new SyncThread(options.Node.Name, options.Disk, OnSynced);
    }

    public long Steps => Volatile.Read(ref _steps);
    public long TurnAtMicros => Volatile.Read(ref _turnAtMicros);
    public bool DiskHasFailed => Volatile.Read(ref _diskFailed);
    public bool IsPaused => !_unpaused.IsSet;
    public bool IsFull => _inbox.IsFull;
    public Task RoomAsync() => _inbox.RoomAsync();

    public void OnMessages(NodeId from, IReadOnlyList<Message> messages, int frameBytes, bool mayHelp)
    {
        var item = new InboxItem(InboxKind.Messages, messages, from, default, frameBytes);
        if (!mayHelp || Cork.Current is not null) Post(item);
        else PostAndHelp(item, Cork.Put(), TurnsOfHelperMax);
    }

    public bool Post(InboxKind kind, object? body, RequestId request = default) =>
        Post(new InboxItem(kind, body, _self, request, 0));

    /// <summary>Between the replies that are on their way out and whatever callers do.</summary>
    public int Rank => 1;

    /// <summary>Does what is waiting, on this thread, if nobody else is at it.</summary>
    public void Settle()
    {
        if (_inbox.TryTakeTurn()) Help(TurnsOfHelperMax);
    }

    public void HandOff() => _inbox.WakeIfIdle();

    public void Pause()
    {
        _unpaused.Reset();
        _inbox.HelpIsWelcome = false;
    }

    public void Resume()
    {
        _inbox.HelpIsWelcome = _end == PumpEnd.None;
        _unpaused.Set();
    }

    /// <summary>Makes <see cref="Run"/> return: after the present turn, or (kill) after the present step.</summary>
    public void End(PumpEnd end)
    {
        _end = end;
        _inbox.HelpIsWelcome = false;
        _unpaused.Set();
    }

    /// <summary>Turns until told to end; an exception is a bug of the machine or of this host.</summary>
    public void Run()
    {
        var cork = Cork.PutOnOwnThread(SettledByPumpMax)!;
        try
        {
            Step(Event.Started(MonotonicClock.NowMicros));
            Flush();
            while (_end == PumpEnd.None)
            {
                _inbox.Sleep(WakeMicros());
                if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
                _unpaused.Wait();
                if (_end == PumpEnd.None) Turn(_inbox.Take());
                cork.Pay();
            }
        }
        finally
        {
            cork.Pull();
            // With the turn, which nobody gets any more.
            _inbox.Close();
        }
    }

    private bool Post(in InboxItem item)
    {
        if (Cork.Current is not { } cork) return _inbox.Post(item, Poster.Stranger) != Posted.Closed;
        cork.Owe(this);
        return _inbox.Post(item, Poster.Corked) != Posted.Closed;
    }

    private void PostAndHelp(in InboxItem item, Cork? cork, int turnsMax)
    {
        if (_inbox.Post(item, Poster.Helper) == Posted.TurnIsYours) Help(turnsMax);
        cork?.Pull();
    }

    /// <summary>This thread has the turn, and gives it back.</summary>
    private void Help(int turnsMax)
    {
        try
        {
            for (var turns = 0; turns < turnsMax && _end == PumpEnd.None; turns++)
            {
                if (_inbox.TakeOrGiveBack(WakeMicros()) is not { } items) return;
                Turn(items);
            }
        }
        catch (Exception e)
        {
            // The pump's own thread ends the node, as if it had happened there.
            _failure = e;
            _inbox.HelpIsWelcome = false;
        }

        _inbox.GiveBackTurn(WakeMicros());
    }

    /// <summary>Ends the sync thread and, unless killed or failed, leaves the journal's clean mark.</summary>
    public void CloseJournal(bool clean)
    {
        _sync.Stop();
        if (!clean || _diskFailed) return;
        // The last sync's answer found the inbox closed.
        if (_syncing && _lastSync is var (last, said) && Complete(last, said) is null) return;
        if (_journal.BeginSync() is { } ticket && Complete(ticket, ticket.Run(_options.Disk)) is null) return;
        _journal.Close();
    }

    /// <summary>When there is something to do at the latest.</summary>
    private long WakeMicros()
    {
        var idle = MonotonicClock.NowMicros + IdleMaxMicros;
        return _timers.TryPeek(out var due) ? Math.Min(due, idle) : idle;
    }

    private void Turn(List<InboxItem> items)
    {
        var started = MonotonicClock.NowMicros;
        Volatile.Write(ref _turnAtMicros, started);
        for (var i = 0; i < items.Count; i++)
        {
            if (_end == PumpEnd.Kill) return;
            Handle(items[i]);
            if (_stepsSinceFlush >= StepsPerFlush) Flush();
        }

        while (_end != PumpEnd.Kill && _timers.TryTake(MonotonicClock.NowMicros, out var key))
        {
            // The flush below does what it asks for.
            if (key == LazySync) continue;
            Step(Event.TimerFired(MonotonicClock.NowMicros, key));
            if (_stepsSinceFlush >= StepsPerFlush) break;
        }

        Flush();
        _completions.Watch();
        RuntimeMeters.Turns.Add(1, _label);
        RuntimeMeters.TurnSeconds.Record((MonotonicClock.NowMicros - started) / 1e6, _label);
    }

    private void Handle(in InboxItem item)
    {
        var now = MonotonicClock.NowMicros;
        switch (item.Kind)
        {
            case InboxKind.Messages:
                var messages = (IReadOnlyList<Message>)item.Body!;
                for (var i = 0; i < messages.Count; i++) Step(Event.Received(now, item.From, messages[i]));
                break;
            case InboxKind.SyncDone:
                var (ticket, outcome) = ((SyncTicket, DiskOutcome))item.Body!;
                _syncing = false;
                if (Complete(ticket, outcome) is not { } token) break;
                _outbox.OnDurable(token, _ready);
                Step(Event.Durable(now, token));
                break;
            case InboxKind.EntriesRead:
                Step(Event.EntriesRead(now, (EntriesRead)item.Body!));
                break;
            case InboxKind.ControlAnswered:
                Step(Event.ControlAnswered(now, (ControlAnswer)item.Body!));
                break;
            case InboxKind.ControlChanged:
                Step(Event.ControlChanged(now, (ControlChange)item.Body!));
                break;
            case InboxKind.Requested:
                Step(Event.Requested(now, item.Request, (Request)item.Body!));
                break;
            case InboxKind.Cancelled:
                Step(Event.Cancelled(now, item.Request));
                break;
            default:
                throw Check.Unreachable(item.Kind);
        }
    }

    private void Step(in Event e)
    {
        _machine.Step(in e, _effects);
        Volatile.Write(ref _steps, _steps + 1);
        _stepsSinceFlush++;
        // Timers act at once: a later event of this turn may find one due that an earlier one has cancelled.
        for (; _timersApplied < _effects.Timers.Count; _timersApplied++)
            _timers.Apply(_effects.Timers[_timersApplied], e.NowMicros);
    }

    private void Flush()
    {
        RuntimeMeters.Steps.Add(_stepsSinceFlush, _label);
        _stepsSinceFlush = 0;
        if (_effects.Journal.Count > 0 && !_diskFailed)
        {
            var written = _journal.Write(_effects.Journal);
            if (written != DiskOutcome.Ok) FailDisk("write", written);
        }

        _outbox.Take(_effects.Sends, _ready);
        BeginSync();
        Transmit();
        for (var i = 0; i < _effects.Answers.Count; i++) Answer(_effects.Answers[i]);
        if (_effects.Answers.Count > 0) _completions.Start();
        for (var i = 0; i < _effects.Controls.Count; i++) Call(_effects.Controls[i]);
        for (var i = 0; i < _effects.Reads.Count; i++) Read(_effects.Reads[i]);
        _effects.Clear();
        _timersApplied = 0;
    }

    private void BeginSync()
    {
        _syncIsUrgent |= _effects.SyncIsUrgent || _outbox.WaitingCount > 0;
        if (_syncing || _diskFailed) return;
        var now = MonotonicClock.NowMicros;
        if (!_syncIsUrgent && now < _syncNotBeforeMicros)
        {
            if (_timers.IsSet(LazySync) || !_journal.HasUnsynced) return;
            _timers.Apply(new TimerOrder(LazySync, _syncNotBeforeMicros - now), now);
            return;
        }

        if (_journal.BeginSync() is not { } ticket) return;
        _syncing = true;
        _syncIsUrgent = false;
        _syncNotBeforeMicros = now + SyncPauseMicros;
        _sync.Begin(ticket);
    }

    private void OnSynced(SyncTicket ticket, DiskOutcome outcome, long tookMicros)
    {
        RuntimeMeters.SyncSeconds.Record(tookMicros / 1e6, _label);
        _lastSync = (ticket, outcome);
        // One turn only: the next sync may be waiting for this thread already.
        var item = new InboxItem(InboxKind.SyncDone, (ticket, outcome), _self, default, 0);
        PostAndHelp(item, Cork.PutOnOwnThread(SettledBySyncMax), turnsMax: 1);
    }

    private DurableToken? Complete(SyncTicket ticket, DiskOutcome outcome)
    {
        var token = _journal.CompleteSync(ticket, outcome);
        if (outcome == DiskOutcome.Ok) return token;
        FailDisk("sync", outcome);
        return null;
    }

    /// <summary>Fail-stop of the member: nothing that rests on the disk leaves this node from now on.</summary>
    private void FailDisk(string call, DiskOutcome outcome)
    {
        if (_diskFailed) return;
        RuntimeMeters.DiskFailures.Add(1, _label);
        RuntimeLog.DiskFailed(_log, _options.Node.Name, call, outcome);
        Volatile.Write(ref _diskFailed, true);
        Step(Event.DiskFailed(MonotonicClock.NowMicros, $"{call}: {outcome}"));
    }

    private void Transmit()
    {
        for (var i = 0; i < _ready.Count; i++)
        {
            var next = _ready[i];
            if (next.To != _self) _batches.Add(next.To, next.Message);
            else LeaveToSelf(InboxKind.Messages, new[] { next.Message });
        }

        _ready.Clear();
        _batches.Flush();
    }

    private void Answer(in Answer answer)
    {
        try
        {
            _requests.Answer(answer, _completions);
        }
        catch (Exception e)
        {
            // The callback is not the machine's: its failure must not stop the node.
            RuntimeLog.PushFailed(_log, _options.Node.Name, e);
            if (_requests.Remove(answer.Request, out var waiter)) _completions.Add(waiter!, e);
            _inbox.Post(new InboxItem(InboxKind.Cancelled, null, _self, answer.Request, 0), Poster.Stranger);
        }
    }

    // Within a turn: whoever has it comes round again.
    private void LeaveToSelf(InboxKind kind, object body) =>
        _inbox.Post(new InboxItem(kind, body, _self, default, 0), Poster.Stranger);

    private void Call(ControlCall call) => _options.Control.Call(
        _self,
        call,
        answer => Post(InboxKind.ControlAnswered, answer),
        change => Post(InboxKind.ControlChanged, change));

    private void Read(ReadEntries read)
    {
        // On the pump: the journal's index belongs to it, and a read is bounded by the machine's MaxBytes.
        var entries = _journal.Read(read);
        LeaveToSelf(InboxKind.EntriesRead, entries);
    }
}
