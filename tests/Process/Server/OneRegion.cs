using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>Three nodes of one region, without HTTP: the least that goes on without one of them.</summary>
internal static class OneRegion
{
    public static OutriderOptions In(ScratchDirectory scratch) => new()
    {
        DataDirectory = scratch.Sub("data"),
        Regions = ["eu"],
        NodesPerRegion = 3,
        Rtt = [],
        HttpPort = null,
    };
}
