using Outrider.Core;

namespace Outrider.Runtime;

internal enum InboxKind : byte
{
    Messages,
    SyncDone,
    EntriesRead,
    ControlAnswered,
    ControlChanged,
    Requested,
    Cancelled,
}

/// <summary>Something that happened, not yet stamped with the time at which the machine hears of it.</summary>
internal readonly record struct InboxItem(InboxKind Kind, object? Body, NodeId From, RequestId Request, int Bytes);

/// <summary>What has become of a posted item.</summary>
internal enum Posted : byte
{
    /// <summary>The node has ended.</summary>
    Closed,
    /// <summary>It waits for whoever has the turn, or comes to have it.</summary>
    Left,
    /// <summary>It waits, and the poster now has the turn.</summary>
    TurnIsYours,
}

/// <summary>Who posts.</summary>
internal enum Poster : byte
{
    /// <summary>A thread that must not be kept: the pump's own is woken.</summary>
    Stranger,
    /// <summary>A thread of this runtime, which takes the turn itself if nobody has it.</summary>
    Helper,
    /// <summary>A thread that will post more and then help: nobody is woken.</summary>
    Corked,
}

/// <summary>
/// Where everything that happens to a node waits for its turn: many writers, and one reader at a time, who takes all
/// at once. The right to read, the turn, goes from thread to thread: handing a node's work to the thread that brought
/// it costs nothing, waking another one costs more than most turns.
/// Bytes from peers are bounded: a link that finds the inbox full waits (TCP) or drops (in process).
/// </summary>
internal sealed class Inbox(long bytesMax)
{
    // A monitor and not a semaphore: it waits in the kernel at once, where a semaphore would first spin, and the pumps
    // of a small machine would take the processor from each other.
    private readonly object _gate = new();
    private List<InboxItem> _items = [];
    private List<InboxItem> _spare = [];
    private TaskCompletionSource? _room;
    private long _bytes;
    private long _alarmMicros = long.MaxValue;
    private bool _sleeping;
    private bool _turnTaken = true;
    private bool _helpIsWelcome = true;
    private bool _closed;

    /// <summary>Adds an item.</summary>
    public Posted Post(in InboxItem item, Poster poster)
    {
        lock (_gate)
        {
            if (_closed) return Posted.Closed;
            _items.Add(item);
            _bytes += item.Bytes;
            if (_turnTaken || poster == Poster.Corked) return Posted.Left;
            if (poster == Poster.Helper && _helpIsWelcome)
            {
                _turnTaken = true;
                return Posted.TurnIsYours;
            }

            Wake();
            return Posted.Left;
        }
    }

    /// <summary>Takes the turn if nobody has it and there is something to do.</summary>
    public bool TryTakeTurn()
    {
        lock (_gate)
        {
            if (_closed || _turnTaken || _items.Count == 0) return false;
            if (_helpIsWelcome) return _turnTaken = true;
            Wake();
            return false;
        }
    }

    /// <summary>Wakes the pump's own thread if there is something to do and nobody at it.</summary>
    public void WakeIfIdle()
    {
        lock (_gate)
            if (!_closed && !_turnTaken && _items.Count > 0) Wake();
    }

    public bool IsFull
    {
        get
        {
            lock (_gate) return _bytes > bytesMax;
        }
    }

    /// <summary>Whether other threads than the pump's own may take the turn.</summary>
    public bool HelpIsWelcome
    {
        set
        {
            lock (_gate)
            {
                _helpIsWelcome = value;
                Wake();
            }
        }
    }

    /// <summary>Completes when there is room for bytes from peers.</summary>
    public Task RoomAsync()
    {
        lock (_gate)
        {
            if (_bytes <= bytesMax || _closed) return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>For whoever has the turn: what there is, possibly nothing; valid until the next call.</summary>
    public List<InboxItem> Take()
    {
        lock (_gate) return Swap();
    }

    /// <summary>For a helper: what there is; null when nothing is, and the turn is given back.</summary>
    /// <param name="dueMicros">When the next timer is due: the pump's own thread must not sleep past it.</param>
    public List<InboxItem>? TakeOrGiveBack(long dueMicros)
    {
        lock (_gate)
        {
            if (_items.Count > 0 && _helpIsWelcome) return Swap();
            GiveBack(dueMicros);
            return null;
        }
    }

    /// <summary>For a helper: gives the turn back although there may be more to do.</summary>
    public void GiveBackTurn(long dueMicros)
    {
        lock (_gate) GiveBack(dueMicros);
    }

    /// <summary>
    /// For the pump's own thread, which has the turn: if there is nothing to do, gives it back and sleeps until there
    /// is and the turn is free, or until the time given. It has the turn again on return.
    /// </summary>
    public void Sleep(long untilMicros)
    {
        lock (_gate)
        {
            if (_items.Count > 0 || !_helpIsWelcome) return;
            _turnTaken = false;
            _alarmMicros = untilMicros;
            while (_turnTaken || (_items.Count == 0 && _helpIsWelcome && MonotonicClock.NowMicros < _alarmMicros))
            {
                // A helper that has the turn fires the timers that are due, and says when the next one is.
                if (_turnTaken) _alarmMicros = long.MaxValue;
                _sleeping = true;
                if (_turnTaken) Monitor.Wait(_gate);
                else Monitor.Wait(_gate, MillisecondsTo(_alarmMicros));
                _sleeping = false;
            }

            _turnTaken = true;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _items.Clear();
            _bytes = 0;
            _room?.TrySetResult();
            Wake();
        }
    }

    private List<InboxItem> Swap()
    {
        Check.That(_turnTaken);
        _spare.Clear();
        (_items, _spare) = (_spare, _items);
        _bytes = 0;
        _room?.TrySetResult();
        _room = null;
        return _spare;
    }

    private void GiveBack(long dueMicros)
    {
        Check.That(_turnTaken);
        _turnTaken = false;
        if (_items.Count == 0 && _helpIsWelcome && dueMicros >= _alarmMicros) return;
        _alarmMicros = Math.Min(_alarmMicros, dueMicros);
        Wake();
    }

    // Rounded up: rounding down would spin until the timer is due.
    private static int MillisecondsTo(long micros) =>
        (int)Math.Max(0, (micros - MonotonicClock.NowMicros + 999) / 1000);

    private void Wake()
    {
        if (!_sleeping) return;
        _sleeping = false;
        Monitor.Pulse(_gate);
    }
}
