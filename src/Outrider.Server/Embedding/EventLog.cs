using Outrider.Core;

namespace Outrider.Server.Embedding;

/// <summary>Something that happened to the cluster, for people.</summary>
public sealed record ClusterEvent(DateTimeOffset At, string Node, string Text);

/// <summary>What happened lately: the newest few hundred events, oldest first.</summary>
public sealed class EventLog
{
    private const int KeptMax = 256;
    private readonly Queue<ClusterEvent> _events = new();
    private readonly Lock _lock = new();

    /// <summary>Called for each event, on the thread that reports it.</summary>
    public event Action<ClusterEvent>? Happened;

    public IReadOnlyList<ClusterEvent> Latest
    {
        get { lock (_lock) return [.. _events]; }
    }

    public void Add(string node, string text)
    {
        var added = new ClusterEvent(DateTimeOffset.UtcNow, node, text);
        lock (_lock)
        {
            if (_events.Count == KeptMax) _events.Dequeue();
            _events.Enqueue(added);
            Check.That(_events.Count <= KeptMax);
        }

        Happened?.Invoke(added);
    }
}
