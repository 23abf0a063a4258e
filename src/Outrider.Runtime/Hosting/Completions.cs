using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// Hands answers to whoever awaits them, on one thread of the pool for all answers of a turn: a thread for each would
/// cost more than the appends themselves. What the callers ask next is gathered under a <see cref="Cork"/>.
/// </summary>
/// <remarks>
/// A caller that blocks the thread keeps those behind it waiting for <see cref="StuckMicros"/> at most: then another
/// thread takes over. Answers are taken one at a time, so that nothing is lost to a thread that does not come back.
/// </remarks>
internal sealed class Completions : IThreadPoolWorkItem, IOwed
{
    private const long StuckMicros = 10_000;
    private const long CorkMicros = 200;

    private readonly Lock _gate = new();
    private readonly Queue<Completion> _ready = new();
    private int _workers;
    private int _retired;
    private bool _started;
    private long _progressMicros;

    public void Add(RequestTable.Waiter waiter, Reply reply) => Add(new Completion(waiter, reply, null));

    public void Add(RequestTable.Waiter waiter, Exception failure) => Add(new Completion(waiter, null, failure));

    /// <summary>Last: what callers do may take long.</summary>
    public int Rank => 2;

    /// <summary>Sees to it that somebody hands out what has been added.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_ready.Count == 0 || _started) return;
            _started = true;
            _progressMicros = MonotonicClock.NowMicros;
        }

        if (Cork.Current is { MaySettleCallers: true } cork) cork.Owe(this);
        else HandOff();
    }

    /// <summary>For a while; what is left then is handed off.</summary>
    public void Settle()
    {
        int me;
        lock (_gate) me = ++_workers;
        var started = MonotonicClock.NowMicros;
        do
        {
            while (TryTake(me, out var next))
            {
                next.Complete();
                if (MonotonicClock.NowMicros - started < CorkMicros) continue;
                HandOff();
                return;
            }
        }
        while (!TryLeave(me));
    }

    public void HandOff() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>Replaces a thread that a caller has blocked.</summary>
    public void Watch()
    {
        lock (_gate)
        {
            if (!_started || _ready.Count == 0) return;
            if (MonotonicClock.NowMicros - _progressMicros < StuckMicros) return;
            _progressMicros = MonotonicClock.NowMicros;
            _retired = _workers;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute()
    {
        int me;
        lock (_gate) me = ++_workers;
        var cork = Cork.Put()!;
        try
        {
            while (true)
            {
                if (TryTake(me, out var next))
                {
                    next.Complete();
                    if (cork.IsOld(MonotonicClock.NowMicros, CorkMicros)) cork.Pay();
                    continue;
                }

                // Before it leaves: what it does for the pump may well bring the next answers.
                cork.Pay();
                if (TryLeave(me)) return;
            }
        }
        finally
        {
            cork.Pull();
        }
    }

    private void Add(Completion completion)
    {
        lock (_gate) _ready.Enqueue(completion);
    }

    private bool TryTake(int me, out Completion next)
    {
        lock (_gate)
        {
            next = default;
            if (me <= _retired || !_ready.TryDequeue(out next)) return false;
            _progressMicros = MonotonicClock.NowMicros;
            return true;
        }
    }

    private bool TryLeave(int me)
    {
        lock (_gate)
        {
            if (me <= _retired) return true;
            if (_ready.Count > 0) return false;
            _started = false;
            return true;
        }
    }

    private readonly record struct Completion(RequestTable.Waiter Waiter, Reply? Reply, Exception? Failure)
    {
        public void Complete()
        {
            if (Failure is OperationCanceledException gone) Waiter.TrySetCanceled(gone.CancellationToken);
            else if (Failure is not null) Waiter.TrySetException(Failure);
            else Waiter.TrySetResult(Reply!);
        }
    }
}
