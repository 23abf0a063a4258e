using System.Collections.Concurrent;
using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Tests.Process;

/// <summary>One etcd for the whole class: starting it is the slow part.</summary>
public sealed class EtcdFixture : IAsyncLifetime
{
    private EtcdServer? _server;

    internal EtcdServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await EtcdServer.StartAsync();

    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class EtcdControlPlaneTests : ControlPlaneContract, IClassFixture<EtcdFixture>, IDisposable
{
    private readonly EtcdServer _server;
    private readonly EtcdControlPlane _one;
    private readonly EtcdControlPlane _two;

    public EtcdControlPlaneTests(EtcdFixture fixture)
    {
        _server = fixture.Server;
        _one = new EtcdControlPlane(_server.Url, "/outrider/test/");
        _two = new EtcdControlPlane(_server.Url, "/outrider/test/");
    }

    protected override IControlPlane Plane => _one;
    protected override IControlPlane OtherPlane => _two;

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public async Task StoppedEtcdMakesOutcomesUnknownAndAllComesBack()
    {
        var heard = new ConcurrentQueue<ControlValue>();
        Assert.True((await Compare(Plane, Write("outage/a", 0, "one")))[0].Won);
        await Call(Plane, id => new ControlCall.Watch(id, "outage/"), c => heard.Enqueue(c.Value));
        _server.Suspend();
        try
        {
            var read = Call(Plane, id => new ControlCall.Read(id, "outage/a"));
            var write = Call(Plane, id => new ControlCall.CompareAndSet(id, [Write("outage/b", 0, "two")]));
            Assert.IsType<ControlAnswer.Unknown>(await read);
            Assert.IsType<ControlAnswer.Unknown>(await write);
        }
        finally
        {
            _server.Continue();
        }

        // Unknown means what it says: it may have been carried out after all. Read, then decide.
        ControlAnswer answer = new ControlAnswer.Unknown(0, "");
        await Patience.Until(
            () => (answer = Call(Plane, id => new ControlCall.Read(id, "outage/a")).GetAwaiter().GetResult())
                is ControlAnswer.Values,
            "etcd answers again");
        Assert.Equal("one", Text(Assert.IsType<ControlAnswer.Values>(answer).Items[0]));
        var won = await Compare(OtherPlane, Write("outage/c", 0, "three"));
        Assert.True(won[0].Won);
        await Patience.Until(() => heard.Any(v => v.Key == "outage/c"), "the watch goes on");
    }

    [Fact]
    public async Task NobodyListeningIsUnknown()
    {
        using var nowhere = new EtcdControlPlane("http://127.0.0.1:1", "/x/");
        Assert.IsType<ControlAnswer.Unknown>(await Call(nowhere, id => new ControlCall.Read(id, "a")));
        Assert.IsType<ControlAnswer.Unknown>(await Call(nowhere, id => new ControlCall.Watch(id, "a")));
    }
}
