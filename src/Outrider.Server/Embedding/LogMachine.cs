using System.Security.Cryptography;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Server.Embedding;

/// <summary>Which machine a node runs, and the messages it needs: the one place that says so.</summary>
internal static class LogMachine
{
    public static MessageCodec Codec()
    {
        var codec = new MessageCodec();
        LogNode.Register(codec);
        return codec;
    }

    public static Machine Build(NodeInfo node, Layout layout, LogOptions options, Recovered recovered)
    {
        // Follows from layout and options alone, so that all nodes come to the same.
        var ahead = RunAhead.RowsFor(layout, options);
        var fitted = options with
        {
            RunAheadRows = ahead,
            RowsPerWindow = Math.Max(options.RowsPerWindow, ahead),
        };
        return new LogNode(node.Id, layout, recovered, fitted, GroupOptions.Default with { GatherRequests = true },
            Seed());
    }

    // For back-off only: two nodes that start together must not retry together.
    private static ulong Seed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
}
