using Outrider.Core;
using Outrider.Log;
using Outrider.Runtime;
using Outrider.Server.Nodes;

namespace Outrider.Server.Embedding;

/// <summary>The front door's way to a node of this process.</summary>
internal sealed class NodeDoor(NodeHost host, Func<ClusterView> cluster) : INodeDoor
{
    public NodeInfo Self => host.Node;

    public ClusterView Cluster => cluster();

    public async Task<Reply> AskAsync(Request ask, CancellationToken cancellation)
    {
        try
        {
            return await host.AskAsync(ask, cancellation).ConfigureAwait(false);
        }
        catch (NodeUnavailableException gone)
        {
            // What a write had begun may have been carried on by the node's peers; a read has no such doubt.
            return ask is LogAppend or KeyTrim or LogTrim
                ? new LogReply.Unknown(gone.Message)
                : new LogReply.Refused(LogRefusal.Unavailable, gone.Message);
        }
    }

    public IFollowing Follow(LogSubscribe ask, Action<LogReply> push)
    {
        try
        {
            var subscription = host.Subscribe(ask, reply => push((LogReply)reply));
            _ = EndAsync(subscription.Completion, push);
            return new Following(host, subscription);
        }
        catch (NodeUnavailableException gone)
        {
            push(new LogReply.Refused(LogRefusal.Unavailable, gone.Message));
            return new Following(host, null);
        }
    }

    /// <summary>The last answer comes by another way than the pushes; the subscriber sees one sequence.</summary>
    private static async Task EndAsync(Task<Reply> completion, Action<LogReply> push)
    {
        try
        {
            push((LogReply)await completion.ConfigureAwait(false));
        }
        catch (NodeUnavailableException gone)
        {
            push(new LogReply.Refused(LogRefusal.Unavailable, gone.Message));
        }
        catch (OperationCanceledException)
        {
            // The subscriber left by itself.
        }
    }

    private sealed class Following(NodeHost host, NodeSubscription? subscription) : IFollowing
    {
        public void Credit(int records)
        {
            if (subscription is not null) host.Tell(new LogCredit(subscription.Id, records));
        }

        public void Dispose() => subscription?.Dispose();
    }
}
