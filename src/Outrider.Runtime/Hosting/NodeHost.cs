using Microsoft.Extensions.Logging;
using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Runtime;

/// <summary>
/// One running node: a machine, its journal, its links and its clock. Open it, start it, ask it; stop or kill it.
/// Start a node again by opening another host over the same disk.
/// </summary>
public sealed class NodeHost : IAsyncDisposable
{
    private readonly NodeHostOptions _options;
    private readonly RequestTable _requests = new();
    private readonly Completions _completions = new();
    private readonly Pump _pump;
    private readonly Thread _thread;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private NodeState _state = NodeState.Starting;
    private string _reason = "";
    private bool _threadStarted;

    private NodeHost(NodeHostOptions options, JournalOpened.Opened opened)
    {
        _options = options;
        _log = options.Logs.CreateLogger("Outrider.Node");
        Recovered = opened.Recovered;
        Machine = options.Build(Recovered);
        _pump = new Pump(options, Machine, opened.Journal, _requests, _completions);
        _thread = new Thread(Run) { Name = $"pump {options.Node.Name}", IsBackground = true };
    }

    public NodeInfo Node => _options.Node;

    /// <summary>What the journal held at the start of this life.</summary>
    public Recovered Recovered { get; }

    /// <summary>The machine itself. It belongs to the pump's thread: read nothing of it while the node runs.</summary>
    public Machine Machine { get; }

    /// <summary>Completes when the node has ended, however that came.</summary>
    public Task Ended => _ended.Task;

    public NodeHealth Health
    {
        get
        {
            lock (_gate)
            {
                var state = _state;
                if (state == NodeState.Running && _pump.DiskHasFailed) state = NodeState.DiskFailed;
                if (state == NodeState.Running && _pump.IsPaused) state = NodeState.Paused;
                var age = (MonotonicClock.NowMicros - _pump.TurnAtMicros) / 1000;
                var reason = state == NodeState.DiskFailed ? "the disk refused a write or a sync" : _reason;
                return new NodeHealth(state, reason, Recovered.Incarnation, age, _pump.Steps);
            }
        }
    }

    /// <summary>Reads the journal and builds the machine; nothing moves before <see cref="StartAsync"/>.</summary>
    /// <exception cref="NodeOpenException">The journal belongs to another cluster or node, is of a newer release, or
    /// cannot be read; the message says what to do.</exception>
    public static NodeHost Open(NodeHostOptions options) => Journal.Open(options.Disk, options.Journal) switch
    {
        JournalOpened.Opened opened => new NodeHost(options, opened),
        JournalOpened.Refused refused => throw new NodeOpenException(refused.Message),
        var other => throw Check.Unreachable(other),
    };

    /// <summary>Starts the transport and the pump.</summary>
    public async Task StartAsync()
    {
        await _options.Transport.StartAsync(Recovered.Incarnation, _pump).ConfigureAwait(false);
        lock (_gate)
        {
            if (_state != NodeState.Starting) return;
            _state = NodeState.Running;
            _threadStarted = true;
            _thread.Start();
        }

        var ending = Recovered.Unclean ? "the previous life ended unclean" : "clean";
        RuntimeLog.Started(_log, Node.Name, Recovered.Incarnation.Value, Recovered.Groups.Count, ending);
    }

    /// <summary>Asks and waits for the answer; cancelling tells the machine that nobody waits any more.</summary>
    /// <exception cref="NodeUnavailableException">The node ended before it answered: the outcome of a write is
    /// unknown.</exception>
    /// <exception cref="OperationCanceledException">Cancelled by the caller: likewise unknown.</exception>
    public Task<Reply> AskAsync(Request request, CancellationToken cancellation = default)
    {
        if (cancellation.CanBeCanceled) return AskCancellablyAsync(request, cancellation);
        RequestTable.Waiter waiter;
        try
        {
            waiter = _requests.Add(push: null);
        }
        catch (NodeUnavailableException e)
        {
            return Task.FromException<Reply>(e);
        }

        _pump.Post(InboxKind.Requested, request, waiter.Id);
        return waiter.Task;
    }

    /// <summary>Tells the machine something that it does not answer; a node that has ended does not hear it.</summary>
    public void Tell(Request request) => _pump.Post(InboxKind.Requested, request, RequestId.None);

    /// <summary>
    /// Opens a subscription. <paramref name="push"/> is called on the pump's thread, in order: it must hand the reply
    /// on and return at once.
    /// </summary>
    /// <exception cref="NodeUnavailableException">The node has ended.</exception>
    public NodeSubscription Subscribe(Request request, Action<Reply> push)
    {
        var waiter = _requests.Add(push);
        _pump.Post(InboxKind.Requested, request, waiter.Id);
        return new NodeSubscription(waiter.Id, waiter.Task, () => Cancel(waiter, default));
    }

    /// <summary>Holds the machine still; messages and timers wait, as in a stopped process.</summary>
    public void Pause() => _pump.Pause();

    public void Resume() => _pump.Resume();

    /// <summary>Ends after the present turn, closes the links, syncs, and leaves the journal's clean mark.</summary>
    public Task StopAsync() => EndAsync(PumpEnd.Stop, powerLoss: false);

    /// <summary>
    /// Drops the machine, its memory and its sockets without another step, and cuts its files to the last sync;
    /// <paramref name="powerLoss"/> also garbles what was not synced. Without a <see cref="KillableDisk"/> the files
    /// stay as the page cache has them, as after the kill of a process.
    /// </summary>
    public Task KillAsync(bool powerLoss = false) => EndAsync(PumpEnd.Kill, powerLoss);

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task<Reply> AskCancellablyAsync(Request request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var waiter = _requests.Add(push: null);
        _pump.Post(InboxKind.Requested, request, waiter.Id);
        await using var registration = cancellation.UnsafeRegister(_ => Cancel(waiter, cancellation), null)
            .ConfigureAwait(false);
        return await waiter.Task.ConfigureAwait(false);
    }

    private void Cancel(RequestTable.Waiter waiter, CancellationToken cancellation)
    {
        if (!_requests.Remove(waiter.Id, out _)) return;
        _pump.Post(InboxKind.Cancelled, null, waiter.Id);
        _completions.Add(waiter, new OperationCanceledException(cancellation));
        _completions.Start();
    }

    private void Run()
    {
        try
        {
            _pump.Run();
        }
        catch (Exception e)
        {
            // Any exception here is a bug, an InvariantViolation most of all: stop before it can spread.
            Break(e);
        }
    }

    private void Break(Exception error)
    {
        lock (_gate)
        {
            _state = NodeState.Broken;
            _reason = error.Message;
        }

        RuntimeLog.Broken(_log, Node.Name, error);
        _options.Transport.Abort();
        _pump.End(PumpEnd.Kill);
        _pump.CloseJournal(clean: false);
        _requests.Close($"node {Node.Name} broke an invariant: {error.Message}", _completions);
        _ended.TrySetResult();
        _options.OnBroken?.Invoke(this, error);
    }

    private async Task EndAsync(PumpEnd end, bool powerLoss)
    {
        lock (_gate)
        {
            if (_state is NodeState.Stopped or NodeState.Killed or NodeState.Broken) return;
            _state = end == PumpEnd.Kill ? NodeState.Killed : NodeState.Stopped;
            _reason = end == PumpEnd.Kill ? "killed" : "stopped";
        }

        // A kill must not let one more frame out; a stop lets the last turn's frames leave.
        if (end == PumpEnd.Kill) _options.Transport.Abort();
        _pump.End(end);
        if (_threadStarted) await Task.Run(_thread.Join).ConfigureAwait(false);
        await _options.Transport.DisposeAsync().ConfigureAwait(false);
        _requests.Close($"node {Node.Name} was {_reason}", _completions);
        _pump.CloseJournal(clean: end == PumpEnd.Stop);
        if (end == PumpEnd.Kill && _options.Disk is KillableDisk disk) disk.Crash(powerLoss);
        RuntimeLog.Stopped(_log, Node.Name, _reason);
        _ended.TrySetResult();
    }
}

/// <summary>A node cannot be opened over its disk; the message says why and what to do.</summary>
public sealed class NodeOpenException(string message) : Exception(message);
