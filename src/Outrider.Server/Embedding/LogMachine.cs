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

    public static Machine Build(NodeInfo node, Layout layout, LogOptions options, Recovered recovered) =>
        new LogNode(node.Id, layout, recovered, options, GroupOptions.Default, Seed());

    // For back-off only: two nodes that start together must not retry together.
    private static ulong Seed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
}
