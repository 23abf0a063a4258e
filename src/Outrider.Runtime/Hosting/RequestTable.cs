using System.Collections.Concurrent;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>Who waits for which answer. Asked from any thread; answered by the pump.</summary>
internal sealed class RequestTable
{
    private readonly ConcurrentDictionary<long, Waiter> _waiters = new();
    private long _last;
    private volatile string? _closed;

    public int Count => _waiters.Count;

    /// <summary>Registers a waiter under a fresh id.</summary>
    /// <exception cref="NodeUnavailableException">The node has stopped.</exception>
    public Waiter Add(Action<Reply>? push)
    {
        var waiter = new Waiter(new RequestId(Interlocked.Increment(ref _last)), push);
        _waiters[waiter.Id.Value] = waiter;
        // Closing fails all that it sees; one that was added behind its back is failed here.
        if (_closed is { } reason && _waiters.TryRemove(waiter.Id.Value, out _))
            throw new NodeUnavailableException(reason);
        return waiter;
    }

    public void Answer(in Answer answer, Completions completions)
    {
        if (!answer.Last)
        {
            if (_waiters.TryGetValue(answer.Request.Value, out var subscriber)) subscriber.Push?.Invoke(answer.Reply);
            return;
        }

        // Nobody waits any more when the caller gave up meanwhile.
        if (_waiters.TryRemove(answer.Request.Value, out var waiter)) completions.Add(waiter, answer.Reply);
    }

    public bool Remove(RequestId id, out Waiter? waiter) => _waiters.TryRemove(id.Value, out waiter);

    /// <summary>Fails all that wait and all that come later.</summary>
    public void Close(string reason, Completions completions)
    {
        _closed = reason;
        foreach (var id in _waiters.Keys)
            if (_waiters.TryRemove(id, out var waiter))
                completions.Add(waiter, new NodeUnavailableException(reason));
        completions.Start();
    }

    internal sealed class Waiter(RequestId id, Action<Reply>? push)
    {
        public RequestId Id { get; } = id;
        public Action<Reply>? Push { get; } = push;

        /// <summary>Completed by <see cref="Completions"/> alone: what awaits it goes on in that very call.</summary>
        public TaskCompletionSource<Reply> Result { get; } = new();
    }
}

/// <summary>The node was stopped, killed or failed: a write under way may or may not have happened.</summary>
public sealed class NodeUnavailableException(string message) : Exception(message);
