using System.Buffers;

namespace Outrider.Runtime;

/// <summary>A frame that waits to be sent, in a rented array.</summary>
internal readonly record struct QueuedFrame(byte[] Bytes, int Length, long DueMicros);

/// <summary>
/// What waits to be sent on one link, each with the time at which emulated distance lets it go. Bounded in bytes: when
/// full, the oldest goes, for a newer message of a protocol that tolerates loss is worth more than an older one.
/// It also says whose turn it is to write on the link: a sender that finds nothing before it writes at once.
/// </summary>
internal sealed class LinkQueue(long bytesMax)
{
    private readonly Lock _gate = new();
    private readonly Queue<QueuedFrame> _frames = new();
    private TaskCompletionSource? _arrival;
    private long _bytes;
    private long _lastDueMicros;
    private bool _writing;
    private bool _closed;

    public long Bytes
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    /// <summary>Queues a copy; returns how many older frames were dropped for it.</summary>
    public int Add(ReadOnlySpan<byte> frame, long delayMicros)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(bytes);
        var dropped = 0;
        TaskCompletionSource? arrival;
        lock (_gate)
        {
            if (_closed)
            {
                ArrayPool<byte>.Shared.Return(bytes);
                return 1;
            }

            while (_bytes + frame.Length > bytesMax && _frames.TryDequeue(out var oldest))
            {
                _bytes -= oldest.Length;
                ArrayPool<byte>.Shared.Return(oldest.Bytes);
                dropped++;
            }

            // Never before its predecessor: a delay that shrinks at run time must not reorder a link.
            var due = delayMicros == 0 ? 0 : MonotonicClock.NowMicros + delayMicros;
            _lastDueMicros = Math.Max(_lastDueMicros, due);
            _frames.Enqueue(new QueuedFrame(bytes, frame.Length, _lastDueMicros));
            _bytes += frame.Length;
            arrival = Arrived();
        }

        arrival?.TrySetResult();
        return dropped;
    }

    /// <summary>True for whoever may write now because nothing waits and nobody writes.</summary>
    public bool TryBeginWrite(bool evenIfFramesWait = false)
    {
        lock (_gate)
        {
            if (_closed || _writing || (_frames.Count > 0 && !evenIfFramesWait)) return false;
            return _writing = true;
        }
    }

    public void EndWrite()
    {
        TaskCompletionSource? arrival;
        lock (_gate)
        {
            _writing = false;
            arrival = _frames.Count > 0 ? Arrived() : null;
        }

        arrival?.TrySetResult();
    }

    /// <summary>
    /// Takes what may leave now, up to a number of bytes or one frame, and the right to write it; false when nothing
    /// may, or another writes.
    /// </summary>
    public bool TryTake(List<QueuedFrame> into, int bytesTarget)
    {
        lock (_gate)
        {
            if (_writing) return false;
            var taken = 0;
            while (taken < bytesTarget && _frames.TryPeek(out var head)
                && (head.DueMicros == 0 || head.DueMicros <= MonotonicClock.NowMicros))
            {
                into.Add(_frames.Dequeue());
                _bytes -= head.Length;
                taken += head.Length;
            }

            return _writing = into.Count > 0;
        }
    }

    /// <summary>Waits until a frame may leave or the time is up.</summary>
    public async ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        Task arrival;
        TimeSpan wait;
        lock (_gate)
        {
            if (_closed) return;
            if (!_writing && _frames.TryPeek(out var head))
            {
                var left = head.DueMicros - MonotonicClock.NowMicros;
                if (left <= 0) return;
                wait = TimeSpan.FromMilliseconds(Math.Min((left + 999) / 1000, atMost.TotalMilliseconds));
                arrival = Task.Delay(wait, cancellation);
            }
            else
            {
                _arrival ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrival = _arrival.Task.WaitAsync(atMost, cancellation);
            }
        }

        try
        {
            await arrival.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Nothing came: the caller looks what else is to do.
        }
    }

    /// <summary>Forgets what waits, returning how many frames that were.</summary>
    public int Drop()
    {
        lock (_gate)
        {
            var count = _frames.Count;
            while (_frames.TryDequeue(out var frame)) ArrayPool<byte>.Shared.Return(frame.Bytes);
            _bytes = 0;
            return count;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _arrival?.TrySetResult();
        }

        Drop();
    }

    // Whoever writes looks at the queue when it has written.
    private TaskCompletionSource? Arrived()
    {
        if (_writing) return null;
        var arrival = _arrival;
        _arrival = null;
        return arrival;
    }
}
