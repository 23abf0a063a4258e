using System.Net;
using Microsoft.Extensions.Logging;
using Outrider.Core;
using Outrider.Runtime;
using Outrider.Server.Nodes;

namespace Outrider.Server.Embedding;

/// <summary>What all nodes of this process are made with.</summary>
internal sealed record NodeRig
{
    public required LiveLayout Layout { get; init; }
    public required OutriderOptions Options { get; init; }

    /// <summary>A node's links to the others; a new one for each life.</summary>
    public required Func<NodeInfo, INodeTransport> Transport { get; init; }

    public required IControlPlane Control { get; init; }

    /// <summary>Ends the watches of a life that is over.</summary>
    public required Action<NodeId> ForgetWatches { get; init; }

    /// <summary>Where a node's journal lies.</summary>
    public required Func<NodeInfo, string> JournalPath { get; init; }

    /// <summary>Where a node's clients are to connect; port 0: the system chooses, the first time.</summary>
    public required Func<NodeInfo, IPEndPoint> ClientEndpoint { get; init; }

    /// <summary>The cluster as clients are told of it.</summary>
    public required Func<ClusterView> Cluster { get; init; }

    public required EventLog Events { get; init; }

    /// <summary>A killed node loses what it had not synced, as a machine would; false where nodes are
    /// processes.</summary>
    public required bool Killable { get; init; }

    public ILoggerFactory Logs => Options.Logs;
}
