using System.Net;
using Outrider.Core;
using Outrider.Runtime;
using Outrider.Storage;

namespace Outrider.Tests.Process;

/// <summary>Whole nodes over TCP and TLS, with real files.</summary>
public sealed class NodeHostOverTlsTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly PeerDirectory _peers = new();
    private readonly FileControlPlane _control;
    private readonly List<IDisposable> _owned = [];

    public NodeHostOverTlsTests()
    {
        _control = new FileControlPlane(_scratch.Sub("control"));
        CertificateAuthority.Ensure(_scratch.Sub("certs"), ["eu-1", "eu-2"]);
    }

    public void Dispose()
    {
        foreach (var one in _owned) one.Dispose();
        _control.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NodeThatWasKilledComesBackUnderTheSameName(bool powerLoss)
    {
        await using var a = await StartAsync(1);
        var b = await StartAsync(2);
        Assert.Equal(new EchoReply.Echoed("one"), await EchoAsync(a, "one"));
        await b.KillAsync(powerLoss);
        Assert.Equal(NodeState.Killed, b.Health.State);
        await using var again = await StartAsync(2);
        Assert.True(again.Recovered.Unclean);
        Assert.True(again.Recovered.Incarnation > b.Recovered.Incarnation);
        Assert.Equal(new EchoReply.Echoed("two"), await EchoAsync(a, "two"));
    }

    [Fact]
    public void KeysAreReadableByTheirOwnerOnly()
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
            | UnixFileMode.OtherWrite;
        var keys = Directory.GetFiles(_scratch.Sub("certs"), "*.key");
        Assert.Equal(3, keys.Length);
        foreach (var key in keys) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(key) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(_scratch.Sub("certs")) & others);
    }

    /// <summary>Asks again until a link is up: what is sent meanwhile may be lost.</summary>
    private static async Task<Reply> EchoAsync(NodeHost from, string text)
    {
        var until = DateTime.UtcNow + Patience.Limit;
        while (true)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromMilliseconds(500));
            try
            {
                return await from.AskAsync(new EchoRequest.Echo(new NodeId(2), text), patience.Token);
            }
            catch (OperationCanceledException) when (DateTime.UtcNow < until)
            {
                // Lost, or on its way to a node that is gone.
            }
        }
    }

    private async Task<NodeHost> StartAsync(int number)
    {
        var node = new NodeInfo(new NodeId(number), $"eu-{number}", new RegionId(0));
        var tls = new NodeTls(CertificatePaths.In(_scratch.Sub("certs"), node.Name));
        var disk = new FileDisk(_scratch.Sub(node.Name));
        _owned.AddRange([tls, disk]);
        _peers.Set(node.Id, node.Name, null);
        var transport = new TcpTransport(new TcpTransportOptions
        {
            Node = node,
            ClusterId = 7,
            Peers = _peers,
            Codec = TextMessage.Codec(),
            Tls = tls,
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
        });
        var host = NodeHost.Open(new NodeHostOptions
        {
            Node = node,
            Disk = new KillableDisk(disk),
            Journal = new JournalOptions { ClusterId = 7, Node = node.Id, SegmentBytes = 1 << 20 },
            Build = recovered => new EchoMachine(recovered),
            Transport = transport,
            Control = _control,
        });
        await host.StartAsync();
        _peers.Set(node.Id, node.Name, transport.LocalEndPoint);
        return host;
    }
}
