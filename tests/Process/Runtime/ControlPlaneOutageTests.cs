using Outrider.Core;
using Outrider.Replication;
using Outrider.Runtime;
using Outrider.Storage;

namespace Outrider.Tests.Process;

/// <summary>A replicated group over a real etcd that is stopped, and brought back, under its feet.</summary>
public sealed class ControlPlaneOutageTests : IClassFixture<EtcdFixture>, IAsyncDisposable
{
    private static readonly GroupId Group = new(1);
    private static readonly NodeId[] Members = [new(1), new(2), new(3)];

    private readonly EtcdServer _server;
    private readonly LocalNetwork _network;
    private readonly WatchedControl _control;
    private readonly EtcdControlPlane _etcd;
    private readonly List<NodeHost> _hosts = [];
    private long _sequence;

    public ControlPlaneOutageTests(EtcdFixture fixture)
    {
        _server = fixture.Server;
        var codec = new MessageCodec();
        ReplicationNode.Register(codec);
        _network = new LocalNetwork(codec, new LinkConditions());
        _etcd = new EtcdControlPlane(_server.Url, "/outrider/outage/");
        _control = new WatchedControl(_etcd);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        _network.Dispose();
        _etcd.Dispose();
    }

    [Fact]
    public async Task LosingEtcdStopsChangesOfTermNeverRunningAppends()
    {
        foreach (var id in Members) await StartAsync(id);
        var (leader, term) = await LeaderAsync(after: Term.Zero);
        await AppendAsync(leader);

        _server.Suspend();
        try
        {
            for (var i = 0; i < 100; i++) await AppendAsync(leader);

            // The leader dies in the outage: the others would follow it, and cannot.
            var unknown = _control.UnknownReads;
            await leader.KillAsync();
            _hosts.Remove(leader);
            await Patience.Until(() => _control.UnknownReads > unknown, "somebody asks the control plane in vain");
            foreach (var host in _hosts)
            {
                var status = await StatusAsync(host);
                Assert.Equal(term, status.Term);
                Assert.NotEqual(host.Node.Id, status.Leader);
            }
        }
        finally
        {
            _server.Continue();
        }

        var (next, _) = await LeaderAsync(after: term);
        await AppendAsync(next);
    }

    private async Task StartAsync(NodeId id)
    {
        var node = new NodeInfo(id, $"eu-{id.Value}", new RegionId(0));
        var births = new[] { (Group, GroupBirth.Majority(Members)) };
        var host = NodeHost.Open(new NodeHostOptions
        {
            Node = node,
            Disk = new MemoryDisk(),
            Journal = new JournalOptions { ClusterId = 7, Node = id, SegmentBytes = 1 << 20 },
            Build = recovered => new ReplicationNode(
                id, recovered, births, GroupOptions.Default, (ulong)id.Value),
            Transport = _network.For(node),
            Control = _control,
        });
        _hosts.Add(host);
        await host.StartAsync();
    }

    private async Task<(NodeHost Host, Term Term)> LeaderAsync(Term after)
    {
        var until = DateTime.UtcNow + Patience.Limit;
        while (DateTime.UtcNow < until)
        {
            foreach (var host in _hosts)
            {
                var status = await StatusAsync(host);
                if (status.IsOpen && status.Leader == host.Node.Id && status.Term > after) return (host, status.Term);
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"nobody leads after {after}");
    }

    private static async Task<GroupStatus> StatusAsync(NodeHost host) => Assert.IsType<NodeReply.Status>(
        await Patience.Get(host.Ask(new GroupStatusRequest(Group)))).Value;

    private async Task AppendAsync(NodeHost leader)
    {
        var ask = new AppendRequest(
            Group, new StreamId(1), new ProducerId(9), ++_sequence, 1, new byte[10], Durability.FsyncQuorum);
        Assert.IsType<NodeReply.Appended>(await Patience.Get(leader.Ask(ask)));
    }

    /// <summary>Counts reads that got no answer.</summary>
    private sealed class WatchedControl(IControlPlane inner) : IControlPlane
    {
        private int _unknownReads;

        public int UnknownReads => Volatile.Read(ref _unknownReads);

        public void Call(NodeId node, ControlCall call, Action<ControlAnswer> answer, Action<ControlChange> change) =>
            inner.Call(node, call, said =>
            {
                if (call is ControlCall.Read && said is ControlAnswer.Unknown) Interlocked.Increment(ref _unknownReads);
                answer(said);
            }, change);
    }
}
