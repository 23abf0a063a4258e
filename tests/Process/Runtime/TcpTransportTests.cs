using System.Net.Sockets;
using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Tests.Process;

public sealed class TcpTransportTests
{
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FramesArriveWholeAndInOrder(bool secure)
    {
        using var certificates = new ScratchDirectory();
        await using var pair = await Pair.StartAsync(secure ? certificates : null);
        await pair.A.UntilHeardAsync(pair.B, "hello");
        var large = new string('x', 3 << 20);
        pair.A.Send(Two, "first", "second");
        pair.A.Send(Two, large);
        for (var i = 0; i < 1000; i++) pair.A.Send(Two, $"small {i}");
        Assert.Equal((One, "first"), await pair.B.NextAsync());
        Assert.Equal((One, "second"), await pair.B.NextAsync());
        Assert.Equal(large, (await pair.B.NextAsync()).Text);
        for (var i = 0; i < 1000; i++) Assert.Equal($"small {i}", (await pair.B.NextAsync()).Text);
    }

    [Fact]
    public async Task LinkComesBackAfterThePeerRestarts()
    {
        using var certificates = new ScratchDirectory();
        await using var pair = await Pair.StartAsync(certificates);
        await pair.A.UntilHeardAsync(pair.B, "hello");
        pair.B.Transport.Abort();
        await pair.B.DisposeAsync();
        await using var again = new LinkEnd(2, pair.Peers, pair.TlsOf("eu-2"));
        await again.StartAsync(incarnation: 2);
        pair.Peers.Set(Two, "eu-2", again.Address);
        await pair.A.UntilHeardAsync(again, "welcome back");
    }

    [Fact]
    public async Task OlderLifeIsRefusedWhileANewerIsConnected()
    {
        await using var pair = await Pair.StartAsync(null, incarnation: 5);
        await pair.A.UntilHeardAsync(pair.B, "hello");
        await using var ghost = new LinkEnd(1, pair.Peers);
        await ghost.StartAsync(incarnation: 4);
        ghost.Send(Two, "I am eu-1");
        await Patience.Until(() => ghost.Logs.Has("newer life"), "the ghost is refused");
        Assert.Equal(0, pair.B.Waiting);
        await pair.A.UntilHeardAsync(pair.B, "still here");
    }

    [Fact]
    public async Task ForeignClusterIsRefusedWithTheNextCommand()
    {
        await using var pair = await Pair.StartAsync(null);
        var peers = new PeerDirectory();
        peers.Set(Two, "eu-2", pair.B.Address);
        await using var foreign = new LinkEnd(1, peers, cluster: 0xBAD);
        await foreign.StartAsync();
        foreign.Send(Two, "let me in");
        await Patience.Until(() => foreign.Logs.Has("outrider config show"), "the refusal is logged by the foreigner");
        await Patience.Until(() => pair.B.Logs.Has("belongs to cluster"), "the refusal is logged by the node");
        Assert.Equal(0, pair.B.Waiting);
    }

    [Fact]
    public async Task UnknownNodeIsRefused()
    {
        await using var pair = await Pair.StartAsync(null);
        await using var stranger = new LinkEnd(9, pair.Peers);
        await stranger.StartAsync();
        stranger.Send(Two, "let me in");
        await Patience.Until(() => stranger.Logs.Has("outrider node add"), "the refusal");
        Assert.Equal(0, pair.B.Waiting);
    }

    [Fact]
    public async Task CertificateOfAnotherNodeIsRefused()
    {
        using var certificates = new ScratchDirectory();
        await using var pair = await Pair.StartAsync(certificates);
        // Says it is eu-1 and shows a certificate of the same authority that names eu-2.
        await using var thief = new LinkEnd(1, pair.Peers, pair.TlsOf("eu-2"));
        await thief.StartAsync(incarnation: 9);
        thief.Send(Two, "I am eu-1");
        await Patience.Until(() => thief.Logs.Has("subject alternative name"), "the refusal");
        Assert.Equal(0, pair.B.Waiting);
    }

    [Fact]
    public async Task CertificateOfAnotherAuthorityIsRefused()
    {
        using var certificates = new ScratchDirectory();
        using var others = new ScratchDirectory();
        await using var pair = await Pair.StartAsync(certificates);
        CertificateAuthority.Ensure(others.Path, ["eu-1"]);
        using var tls = new NodeTls(CertificatePaths.In(others.Path, "eu-1"));
        await using var foreign = new LinkEnd(1, pair.Peers, tls);
        await foreign.StartAsync();
        foreign.Send(Two, "let me in");
        await Patience.Until(() => foreign.Logs.Has("link to eu-2 is down: TLS"), "the dialler refuses the server");
        Assert.Equal(0, pair.B.Waiting);
    }

    [Fact]
    public async Task PlainPeerCannotSpeakToASecureNode()
    {
        using var certificates = new ScratchDirectory();
        await using var pair = await Pair.StartAsync(certificates);
        await using var plain = new LinkEnd(1, pair.Peers);
        await plain.StartAsync();
        plain.Send(Two, "let me in");
        await Patience.Until(() => pair.B.Logs.Has("closed the connection"), "the node closes the connection");
        Assert.Equal(0, pair.B.Waiting);
    }

    [Fact]
    public async Task RenewedCertificatesAreUsedWithoutARestart()
    {
        using var certificates = new ScratchDirectory();
        await using var pair = await Pair.StartAsync(certificates);
        await pair.A.UntilHeardAsync(pair.B, "hello");
        // A new authority and new certificates for both, while both run.
        foreach (var file in Directory.GetFiles(certificates.Path)) File.Delete(file);
        CertificateAuthority.Ensure(certificates.Path, ["eu-1", "eu-2"]);
        await using var third = new LinkEnd(1, pair.Peers, pair.TlsOf("eu-1"));
        await third.StartAsync(incarnation: 2);
        await third.UntilHeardAsync(pair.B, "with the new authority");
    }

    [Fact]
    public async Task PartitionCutsAndHealMends()
    {
        var conditions = new LinkConditions();
        await using var pair = await Pair.StartAsync(null, conditions: conditions);
        await pair.A.UntilHeardAsync(pair.B, "hello");
        await pair.B.UntilHeardAsync(pair.A, "hello");
        conditions.Partition("eu-1", "eu-2", oneWay: true);
        pair.A.Send(Two, "lost");
        await pair.B.UntilHeardAsync(pair.A, "the other way works");
        Assert.Equal(1, conditions.Heal());
        pair.A.Send(Two, "found");
        Assert.Equal("found", (await pair.B.NextAsync()).Text);
    }

    [Fact]
    public async Task DelayHoldsFramesBackAndKeepsTheirOrder()
    {
        var conditions = new LinkConditions { JitterMs = 5 };
        await using var pair = await Pair.StartAsync(null, conditions: conditions);
        await pair.A.UntilHeardAsync(pair.B, "hello");
        conditions.SetRtt("eu-1", "eu-2", 120);
        var sent = MonotonicClock.NowMicros;
        for (var i = 0; i < 50; i++) pair.A.Send(Two, $"{i}");
        for (var i = 0; i < 50; i++) Assert.Equal($"{i}", (await pair.B.NextAsync()).Text);
        Assert.True(MonotonicClock.NowMicros - sent >= 60_000, "a frame came before its time");
    }

    [Fact]
    public async Task SlowReceiverHoldsTheSenderUpAndLosesNothingElse()
    {
        await using var pair = await Pair.StartAsync(null);
        await pair.A.UntilHeardAsync(pair.B, "hello");
        pair.B.Shut();
        var block = new string('y', 100_000);
        // Far more than queue and socket buffers hold: the oldest are dropped, memory stays bounded.
        for (var i = 0; i < 500; i++) pair.A.Send(Two, $"{i} {block}");
        pair.B.Open();
        pair.A.Send(Two, "end");
        var last = -1;
        var count = 0;
        while (await pair.B.NextAsync() is var (_, text) && text != "end")
        {
            var number = int.Parse(text[..text.IndexOf(' ', StringComparison.Ordinal)]);
            Assert.True(number > last, "out of order");
            last = number;
            count++;
        }

        Assert.InRange(count, 1, 499);
        Assert.Equal(499, last);
    }

    /// <summary>Two nodes that know each other.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly List<NodeTls> _tls = [];
        private readonly ScratchDirectory? _certificates;

        private Pair(ScratchDirectory? certificates, LinkConditions? conditions)
        {
            _certificates = certificates;
            if (certificates is not null) CertificateAuthority.Ensure(certificates.Path, ["eu-1", "eu-2"]);
            conditions?.AddNode(One, "eu-1", "eu");
            conditions?.AddNode(Two, "eu-2", "eu");
            A = new LinkEnd(1, Peers, TlsOf("eu-1"), conditions: conditions);
            B = new LinkEnd(2, Peers, TlsOf("eu-2"), conditions: conditions);
        }

        public PeerDirectory Peers { get; } = new();
        public LinkEnd A { get; }
        public LinkEnd B { get; }

        public static async Task<Pair> StartAsync(
            ScratchDirectory? certificates, long incarnation = 1, LinkConditions? conditions = null)
        {
            var pair = new Pair(certificates, conditions);
            await pair.A.StartAsync(incarnation);
            await pair.B.StartAsync(incarnation);
            pair.Peers.Set(One, "eu-1", pair.A.Address);
            pair.Peers.Set(Two, "eu-2", pair.B.Address);
            return pair;
        }

        public NodeTls? TlsOf(string name)
        {
            if (_certificates is null) return null;
            _tls.Add(new NodeTls(CertificatePaths.In(_certificates.Path, name)));
            return _tls[^1];
        }

        public async ValueTask DisposeAsync()
        {
            await A.DisposeAsync();
            await B.DisposeAsync();
            foreach (var tls in _tls) tls.Dispose();
        }
    }
}
