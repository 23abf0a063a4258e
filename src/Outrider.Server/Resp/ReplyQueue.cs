using System.IO.Pipelines;
using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Server.Resp;

/// <summary>
/// The way out of one connection. Replies leave in the order of the commands although appends are confirmed when they
/// are; pushes go between replies, never into one. Nothing runs and no memory is held while there is nothing to send.
/// </summary>
public sealed class ReplyQueue(PipeWriter wire, Action overflow) : IOwed
{
    private readonly Lock _lock = new();
    private readonly Queue<Deferred> _deferred = new();
    private OutputBuffer _buffer = new();
    private OutputBuffer _spare = new();
    private TaskCompletionSource? _drained;
    private TaskCompletionSource? _emptied;
    private long _deferredBytes;
    private bool _flushing;
    private bool _closed;
    private int _protocol = 2;
    private long _writingSinceMs;
    private int _writingBytes;

    public int Protocol
    {
        get => _protocol;
        set { lock (_lock) _protocol = value; }
    }

    /// <summary>Bytes that the client has not taken yet.</summary>
    public int BacklogBytes
    {
        get { lock (_lock) return _buffer.Length + _writingBytes; }
    }

    /// <summary>Nothing that is written from now on is sent.</summary>
    public bool IsClosed
    {
        get { lock (_lock) return _closed; }
    }

    /// <summary>Since when the connection has not taken what it was given, or 0.</summary>
    public long WritingSinceMs => Interlocked.Read(ref _writingSinceMs);

    /// <summary>First: somebody waits for what is written already.</summary>
    public int Rank => 0;

    /// <summary>Sends what has been written.</summary>
    public void Settle() => _ = FlushAsync(elsewhere: false);

    public void HandOff() => _ = FlushAsync(elsewhere: true);

    /// <summary>A reply that comes when its task is done, after all replies before it.</summary>
    public void Defer(Task<Reply> task, int bytes, Action<RespWriter, Reply> write)
    {
        Deferred deferred;
        lock (_lock)
        {
            if (_closed) return;
            deferred = new(task, bytes, write, Environment.TickCount64);
            _deferred.Enqueue(deferred);
            _deferredBytes += bytes;
            if (task.IsCompleted)
            {
                WriteReadyHeads();
                return;
            }
        }

        task.GetAwaiter().UnsafeOnCompleted(OnReady);
    }

    /// <summary>Done when no reply is outstanding any more.</summary>
    public Task DrainAsync()
    {
        lock (_lock)
        {
            if (_deferred.Count == 0) return Task.CompletedTask;
            return (_drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Done at once unless too much is outstanding: the client is then read no further for a while.</summary>
    public Task RoomAsync()
    {
        lock (_lock)
        {
            if (_deferred.Count >= RespLimits.InFlightMax || _deferredBytes >= RespLimits.InFlightBytesMax)
                return (_drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            if (_buffer.Length < RespLimits.OutputPauseBytes || _closed) return Task.CompletedTask;
            StartFlush();
            return (_emptied ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Done when everything written has been handed to the connection, or it is closed.</summary>
    public Task SentAsync()
    {
        lock (_lock)
        {
            if (!_flushing || _closed) return Task.CompletedTask;
            return (_emptied ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Appends whole replies or pushes; the caller sends them with <see cref="Flush"/>.</summary>
    public void Write(ReadOnlySpan<byte> replies)
    {
        lock (_lock)
        {
            if (_closed) return;
            replies.CopyTo(_buffer.GetSpan(replies.Length));
            _buffer.Advance(replies.Length);
            JudgeOverflow();
        }
    }

    /// <summary>Writes a push and sends it.</summary>
    public void Push(Action<RespWriter> write)
    {
        lock (_lock)
        {
            if (_closed) return;
            write(new RespWriter(_buffer) { Protocol = _protocol });
            JudgeOverflow();
            StartFlush();
        }
    }

    public void Flush()
    {
        lock (_lock) StartFlush();
    }

    /// <summary>Answers what has waited longer than it may; the work itself may still be done.</summary>
    public void Expire(long nowMs, long waitMs)
    {
        lock (_lock)
        {
            foreach (var deferred in _deferred)
            {
                if (nowMs - deferred.SinceMs < waitMs) break;
                deferred.Expired = true;
            }

            WriteReadyHeads();
            StartFlush();
        }
    }

    /// <summary>Nothing more is written; whoever waits is let go.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _deferred.Clear();
            _drained?.TrySetResult();
            _emptied?.TrySetResult();
            if (!_flushing) _buffer.Release();
        }
    }

    private void OnReady()
    {
        lock (_lock)
        {
            if (_closed) return;
            WriteReadyHeads();
            StartFlush();
        }
    }

    private void WriteReadyHeads()
    {
        var writer = new RespWriter(_buffer) { Protocol = _protocol };
        while (_deferred.TryPeek(out var head) && (head.Task.IsCompleted || head.Expired))
        {
            _deferred.Dequeue();
            _deferredBytes -= head.Bytes;
            if (head.Task.IsCompletedSuccessfully) head.Write(writer, head.Task.Result);
            else if (head.Expired || head.Task.IsCanceled) writer.Error(Replies.NotConfirmedInTime);
            else writer.Error(Replies.Bug(head.Task.Exception!));
        }

        JudgeOverflow();
        if (_deferred.Count > 0) return;
        _drained?.TrySetResult();
        _drained = null;
    }

    private void JudgeOverflow()
    {
        if (_buffer.Length <= RespLimits.OutputCloseBytes) return;
        _closed = true;
        _buffer.Release();
        overflow();
    }

    private void StartFlush()
    {
        if (_flushing || _closed || _buffer.Length == 0) return;
        _flushing = true;
        // The caller holds the lock; what follows must not run under it.
        if (Cork.Current is { } cork) cork.Owe(this);
        else HandOff();
    }

    private async Task FlushAsync(bool elsewhere)
    {
        if (elsewhere) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            OutputBuffer full;
            lock (_lock)
            {
                if (_buffer.Length == 0 || _closed)
                {
                    _flushing = false;
                    _emptied?.TrySetResult();
                    _emptied = null;
                    if (_closed) _buffer.Release();
                    return;
                }

                full = _buffer;
                _writingBytes = full.Length;
                _buffer = _spare;
            }

            var broken = false;
            Interlocked.Exchange(ref _writingSinceMs, Environment.TickCount64);
            try
            {
                var result = await wire.WriteAsync(full.Written).ConfigureAwait(false);
                broken = result.IsCompleted || result.IsCanceled;
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException or ObjectDisposedException)
            {
                broken = true;
            }

            Interlocked.Exchange(ref _writingSinceMs, 0);
            lock (_lock)
            {
                full.Release();
                _writingBytes = 0;
                _spare = full;
                if (broken) _closed = true;
            }
        }
    }

    private sealed class Deferred(Task<Reply> task, int bytes, Action<RespWriter, Reply> write, long sinceMs)
    {
        public Task<Reply> Task => task;
        public int Bytes => bytes;
        public Action<RespWriter, Reply> Write => write;
        public long SinceMs => sinceMs;
        public bool Expired { get; set; }
    }
}
