using System.Net;
using System.Net.Sockets;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>Another program has the port: the message says which one, and which option chooses another.</summary>
public sealed class TakenPortTests
{
    [Theory]
    [InlineData("--port")]
    [InlineData("--http")]
    public async Task A_port_that_is_taken_is_named_with_the_option_that_chooses_another(string option)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port;
        using var scratch = new ScratchDirectory();
        var options = new OutriderOptions
        {
            DataDirectory = scratch.Sub("data"),
            Regions = ["eu"],
            NodesPerRegion = 2,
            Rtt = [],
            Log = LogOptions.Default with { Shards = 1, Replicas = 2 },
            Port = option == "--port" ? taken : 0,
            HttpPort = option == "--http" ? taken : 0,
        };
        var refused = await Assert.ThrowsAsync<IOException>(
            () => OutriderServer.StartAsync(options, TestContext.Current.CancellationToken));
        Assert.Contains($"127.0.0.1:{taken} is taken", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"choose another with {option}", refused.Message, StringComparison.Ordinal);
    }
}
