using System.Buffers.Binary;
using System.Net.Sockets;
using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Tests.Process;

/// <summary>What strangers may do to a node's port, and that it harms nobody else.</summary>
public sealed class HostilePortTests
{
    [Fact]
    public async Task GarbageClosesTheConnectionWithAReason()
    {
        await using var node = await NodeAsync();
        using var stranger = await ConnectAsync(node);
        await stranger.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        await ExpectClosedAsync(stranger);
        await Patience.Until(() => node.Logs.Has("closed the connection"), "a reason is logged");
    }

    [Fact]
    public async Task OversizeLengthIsRefusedBeforeAnythingIsAllocated()
    {
        await using var node = await NodeAsync();
        using var stranger = await ConnectAsync(node);
        var header = new byte[Frame.HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, int.MaxValue);
        header[8] = Frame.Version;
        await stranger.SendAsync(header);
        await ExpectClosedAsync(stranger);
        await Patience.Until(() => node.Logs.Has($"a frame of {int.MaxValue} bytes"), "the length is named");
    }

    [Fact]
    public async Task HalfAFrameIsReportedWhenTheConnectionEnds()
    {
        await using var node = await NodeAsync();
        using var stranger = await ConnectAsync(node);
        var header = new byte[Frame.HeaderBytes + 3];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 100);
        header[8] = Frame.Version;
        await stranger.SendAsync(header);
        stranger.Shutdown(SocketShutdown.Send);
        await ExpectClosedAsync(stranger);
        await Patience.Until(() => node.Logs.Has("ended after"), "the half frame is named");
    }

    [Fact]
    public async Task DamagedFrameIsRefused()
    {
        await using var node = await NodeAsync();
        using var stranger = await ConnectAsync(node);
        var writer = new WireWriter();
        var start = Frame.Begin(writer);
        writer.Text("not a handshake, and damaged too");
        Frame.End(writer, start);
        var bytes = writer.ToArray();
        bytes[^1] ^= 0x40;
        await stranger.SendAsync(bytes);
        await ExpectClosedAsync(stranger);
        await Patience.Until(() => node.Logs.Has("BadChecksum"), "the damage is named");
    }

    [Fact]
    public async Task SilentConnectionIsClosedAfterTheHandshakeTimeout()
    {
        await using var node = await NodeAsync();
        using var stranger = await ConnectAsync(node);
        await stranger.SendAsync(new byte[] { 1 });
        await ExpectClosedAsync(stranger);
        await Patience.Until(() => node.Logs.Has("no handshake in time"), "the timeout is named");
    }

    [Fact]
    public async Task CrowdOfIdleConnectionsKeepsNoPeerOut()
    {
        await using var node = await NodeAsync();
        var crowd = new List<Socket>();
        try
        {
            // Many times what may be pending (64 here): the oldest are closed for the newer.
            for (var i = 0; i < 1000; i++) crowd.Add(await ConnectAsync(node));
            var peers = new PeerDirectory();
            peers.Set(node.Node.Id, node.Node.Name, node.Address);
            await using var peer = new LinkEnd(1, peers);
            await peer.StartAsync();
            await peer.UntilHeardAsync(node, "I got in");
        }
        finally
        {
            foreach (var socket in crowd) socket.Dispose();
        }
    }

    [Fact]
    public async Task TenThousandIdleConnectionsCostLittleAndKeepNoPeerOut()
    {
        await using var node = await NodeAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var crowd = new List<Socket>();
        try
        {
            for (var i = 0; i < 10_000; i++) crowd.Add(await ConnectAsync(node));
            var peers = new PeerDirectory();
            peers.Set(node.Node.Id, node.Node.Name, node.Address);
            await using var peer = new LinkEnd(1, peers);
            await peer.StartAsync();
            await peer.UntilHeardAsync(node, "I got in");
            // The sockets of the crowd live in this process too.
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 100L << 20);
        }
        finally
        {
            foreach (var socket in crowd) socket.Dispose();
        }
    }

    private static async Task<LinkEnd> NodeAsync()
    {
        var peers = new PeerDirectory();
        peers.Set(new NodeId(1), "eu-1", null);
        var node = new LinkEnd(2, peers);
        await node.StartAsync();
        return node;
    }

    private static async Task<Socket> ConnectAsync(LinkEnd node)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(node.Address, TestContext.Current.CancellationToken);
        return socket;
    }

    private static async Task ExpectClosedAsync(Socket socket)
    {
        try
        {
            var count = await Patience.Get(socket.ReceiveAsync(new byte[64]));
            Assert.Equal(0, count);
        }
        catch (SocketException)
        {
            // Reset instead of an orderly end: closed all the same.
        }
    }
}
