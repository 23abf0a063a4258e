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
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0, 1);
    private List<InboxItem> _items = [];
    private List<InboxItem> _spare = [];
    private TaskCompletionSource? _room;
    private long _bytes;
    private bool _signalled;
    private bool _closed;

    /// <summary>Adds an item; false once closed.</summary>
    public bool Post(in InboxItem item)
    {
        bool wake;
        lock (_gate)
        {
            if (_closed) return false;
            _items.Add(item);
            _bytes += item.Bytes;
            wake = !_signalled;
            _signalled = true;
        }

        // Released outside the lock: the reader would otherwise wake only to wait for the lock.
        if (wake) _work.Release();
        return true;
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
    public List<InboxItem> Take(TimeSpan wait)
    {
        var woken = _work.Wait(wait);
        lock (_gate)
        {
            // A signal that came between the timeout and the lock is still to be consumed by a later wait.
            if (woken) _signalled = false;
            if (_items.Count == 0) return _spare;
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
            if (_signalled) return;
            _signalled = true;
        }

        _work.Release();
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _items.Clear();
            _bytes = 0;
            _room?.TrySetResult();
        }

        Nudge();
    }
}
