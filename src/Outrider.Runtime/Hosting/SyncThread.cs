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
    private readonly object _gate = new();
    private readonly Thread _thread;
    private SyncTicket? _ticket;
    private bool _stopping;

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
        lock (_gate)
        {
            Check.That(_ticket is null);
            _ticket = ticket;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Lets the sync at hand end, then ends the thread.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (true)
        {
            SyncTicket ticket;
            lock (_gate)
            {
                while (_ticket is null && !_stopping) Monitor.Wait(_gate);
                // A ticket handed over before the stop is still run: a graceful stop wants its answer.
                if (_ticket is null) return;
                ticket = _ticket;
                _ticket = null;
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
