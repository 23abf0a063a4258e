using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Runtime;

/// <summary>
/// Runs a node's syncs, one at a time, on a thread of its own: the pump goes on stepping meanwhile, and what it writes
/// in that time shares the next sync (group commit).
/// </summary>
internal sealed class SyncThread
{
    private readonly IDisk _disk;
    private readonly Action<SyncTicket, DiskOutcome, long> _done;
    private readonly SemaphoreSlim _work = new(0);
    private readonly Thread _thread;
    private SyncTicket? _ticket;
    private volatile bool _stopping;

    /// <param name="name">Of the node, for the thread's name.</param>
    /// <param name="disk">Where tickets run.</param>
    /// <param name="done">Told of each sync: ticket, outcome, duration in microseconds. On this thread.</param>
    public SyncThread(string name, IDisk disk, Action<SyncTicket, DiskOutcome, long> done)
    {
        _disk = disk;
        _done = done;
        _thread = new Thread(Run) { Name = $"sync {name}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Hands over a ticket; the previous one must be done.</summary>
    public void Begin(SyncTicket ticket)
    {
        var before = Interlocked.Exchange(ref _ticket, ticket);
        Check.That(before is null);
        _work.Release();
    }

    /// <summary>Lets the sync at hand end, then ends the thread.</summary>
    public void Stop()
    {
        _stopping = true;
        _work.Release();
        _thread.Join();
    }

    private void Run()
    {
        while (true)
        {
            _work.Wait();
            // A ticket handed over before the stop is still run: a graceful stop wants its answer.
            if (Interlocked.Exchange(ref _ticket, null) is not { } ticket)
            {
                if (_stopping) return;
                continue;
            }

            var started = MonotonicClock.NowMicros;
            DiskOutcome outcome;
            try
            {
                outcome = ticket.Run(_disk);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                outcome = DiskOutcome.IoError;
            }

            _done(ticket, outcome, MonotonicClock.NowMicros - started);
        }
    }
}
