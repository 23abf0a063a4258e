using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>An open subscription; disposing it tells the machine that the subscriber has left.</summary>
public sealed class NodeSubscription : IDisposable
{
    private readonly Action _cancel;
    private int _cancelled;

    internal NodeSubscription(RequestId id, Task<Reply> completion, Action cancel)
    {
        Id = id;
        Completion = completion;
        _cancel = cancel;
    }

    public RequestId Id { get; }

    /// <summary>The last answer: the machine ended the subscription (or refused it).</summary>
    public Task<Reply> Completion { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _cancelled, 1) == 0) _cancel();
    }
}
