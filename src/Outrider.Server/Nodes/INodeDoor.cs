using Outrider.Core;
using Outrider.Log;

namespace Outrider.Server.Nodes;

/// <summary>
/// All that a front door may ask of the node behind it. A seam: real nodes stand behind it in a process, a log in
/// memory in tests of the sessions.
/// </summary>
public interface INodeDoor
{
    /// <summary>The node that answers here.</summary>
    NodeInfo Self { get; }

    /// <summary>The cluster, and where each node's clients connect.</summary>
    ClusterView Cluster { get; }

    /// <summary>
    /// Asks once. Expected outcomes are values; when <paramref name="cancellation"/> fires first, the request is
    /// withdrawn and the task is cancelled: an append may then still happen. What awaits it may go on in the node's own
    /// call and must not block; others use <see cref="FreeAsk.AskFreelyAsync"/>.
    /// </summary>
    Task<Reply> AskAsync(Request ask, CancellationToken cancellation);

    /// <summary>
    /// Follows the log. <paramref name="push"/> runs on the node's own thread: it must be quick and must not throw.
    /// </summary>
    IFollowing Follow(LogSubscribe ask, Action<LogReply> push);
}

/// <summary>An open subscription; disposing it ends it.</summary>
public interface IFollowing : IDisposable
{
    /// <summary>Lets the node send so many records more.</summary>
    void Credit(int records);
}

/// <summary>The cluster as clients need it.</summary>
/// <param name="Layout">Regions, nodes, distances.</param>
/// <param name="Endpoints">Where each node's clients connect, by the order of the layout's nodes; null:
/// unknown.</param>
/// <param name="Shards">Shards of the log; with the next figure they say which node is home to a key.</param>
/// <param name="Replicas">Copies of a shard in its home region.</param>
public sealed record ClusterView(
    Layout Layout, IReadOnlyList<ClientEndpoint?> Endpoints, int Shards, int Replicas);

/// <summary>A host and port for clients.</summary>
public sealed record ClientEndpoint(string Host, int Port)
{
    public override string ToString() => $"{Host}:{Port}";
}
