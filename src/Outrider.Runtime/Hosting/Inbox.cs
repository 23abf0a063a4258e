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

/// <summary>
/// Where everything that happens to a node waits for its pump: many writers, one reader that takes all at once.
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
    private bool _waiting;
    private bool _nudged;
    private bool _closed;

    /// <summary>Adds an item; false once closed.</summary>
    public bool Post(in InboxItem item)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _items.Add(item);
            _bytes += item.Bytes;
            Wake();
            return true;
        }
    }

    public bool IsFull
    {
        get
        {
            lock (_gate) return _bytes > bytesMax;
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

    /// <summary>Waits for work, at most so long; then takes what is there, possibly nothing.</summary>
    public List<InboxItem> Take(int waitMs)
    {
        var waited = false;
        lock (_gate)
        {
            if (_items.Count == 0 && !_nudged && waitMs > 0)
            {
                waited = true;
                _waiting = true;
                Monitor.Wait(_gate, waitMs);
                _waiting = false;
            }
        }

        // Whoever woke this thread is often about to post more, and on a busy machine has lost the processor to it: a
        // turn for many costs little more than a turn for one. On an idle machine this returns at once.
        if (waited) Thread.Yield();
        lock (_gate)
        {
            _nudged = false;
            (_items, _spare) = (_spare, _items);
            _bytes = 0;
            _room?.TrySetResult();
            _room = null;
            return _spare;
        }
    }

    /// <summary>Wakes the reader without an item.</summary>
    public void Nudge()
    {
        lock (_gate)
        {
            _nudged = true;
            Wake();
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

    private void Wake()
    {
        if (!_waiting) return;
        _waiting = false;
        Monitor.Pulse(_gate);
    }
}
