using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>Where a transport delivers what peers say.</summary>
public interface ITransportSink
{
    /// <summary>Messages of one frame, in order. The bytes they refer to are theirs for good.</summary>
    /// <param name="mayHelp">The calling thread may do the node's work of the moment: it has no other for now.</param>
    void OnMessages(NodeId from, IReadOnlyList<Message> messages, int frameBytes, bool mayHelp);

    /// <summary>The node has as many unread bytes as it may hold; a transport that can wait does.</summary>
    bool IsFull { get; }

    /// <summary>Completes when there is room again.</summary>
    Task RoomAsync();
}

/// <summary>
/// Carries frames between nodes: TCP between processes, memory within one. It may lose, never reorder between two
/// nodes, and never blocks the sender.
/// </summary>
public interface INodeTransport : IAsyncDisposable
{
    /// <summary>Starts listening and delivering.</summary>
    /// <param name="incarnation">This life of the node; peers refuse an earlier one than they have seen.</param>
    /// <param name="sink">Where messages go.</param>
    Task StartAsync(Incarnation incarnation, ITransportSink sink);

    /// <summary>Queues one complete frame (<see cref="MessageBatch"/>); copies it before returning.</summary>
    void Send(NodeId to, ReadOnlySpan<byte> frame);

    /// <summary>Drops all connections at once, as the death of the process would.</summary>
    void Abort();
}
