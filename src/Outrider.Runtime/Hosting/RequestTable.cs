using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>Who waits for which answer. Asked from any thread; answered by the pump.</summary>
internal sealed class RequestTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Waiter> _waiters = [];
    private long _last;
    private string? _closed;

    public int Count
    {
        get
        {
            lock (_gate) return _waiters.Count;
        }
    }

    /// <summary>Registers a waiter under a fresh id.</summary>
    /// <exception cref="NodeUnavailableException">The node has stopped.</exception>
    public Waiter Add(Action<Reply>? push)
    {
        lock (_gate)
        {
            if (_closed is { } reason) throw new NodeUnavailableException(reason);
            var waiter = new Waiter(new RequestId(++_last), push);
            _waiters.Add(waiter.Id.Value, waiter);
            return waiter;
        }
    }

    public void Answer(in Answer answer, Completions completions)
    {
        Waiter? waiter;
        lock (_gate)
        {
            // Nobody waits any more when the caller gave up meanwhile.
            if (!_waiters.TryGetValue(answer.Request.Value, out waiter)) return;
            if (answer.Last) _waiters.Remove(answer.Request.Value);
        }

        if (answer.Last) completions.Add(waiter, answer.Reply);
        else waiter.Push?.Invoke(answer.Reply);
    }

    public bool Remove(RequestId id, out Waiter? waiter)
    {
        lock (_gate) return _waiters.Remove(id.Value, out waiter);
    }

    /// <summary>Fails all that wait and all that come later.</summary>
    public void Close(string reason, Completions completions)
    {
        lock (_gate)
        {
            _closed = reason;
            foreach (var (_, waiter) in _waiters) completions.Add(waiter, new NodeUnavailableException(reason));
            _waiters.Clear();
        }

        completions.Start();
    }

    /// <summary>Completed by <see cref="Completions"/> alone: what awaits it goes on in that very call.</summary>
    internal sealed class Waiter(RequestId id, Action<Reply>? push) : TaskCompletionSource<Reply>
    {
        public RequestId Id { get; } = id;
        public Action<Reply>? Push { get; } = push;
    }
}

/// <summary>The node was stopped, killed or failed: a write under way may or may not have happened.</summary>
public sealed class NodeUnavailableException(string message) : Exception(message);
