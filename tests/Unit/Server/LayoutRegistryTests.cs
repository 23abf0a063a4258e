using System.Text;
using Outrider.Core;
using Outrider.Server.Embedding;
using Outrider.Server.Http;
using Outrider.Tests.Unit.Replication;

namespace Outrider.Tests.Unit.Server;

/// <summary>The layout grows in the control plane: one at a time, and nobody is told more than is known.</summary>
public sealed class LayoutRegistryTests
{
    private static readonly LayoutFile Founded = new()
    {
        Cluster = "00000000000000c1",
        Regions = ["eu"],
        RttMs = [[0]],
        Shards = 1,
        Replicas = 1,
        Nodes = [new(1, "eu-1", "eu", "127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:1")],
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_that_add_a_node_at_once_the_second_gets_the_next_number()
    {
        var plane = new Plane();
        var registry = new LayoutRegistry(plane);
        var other = new LayoutRegistry(new Plane(plane.Kept));
        plane.BeforeWrite = () => Assert.IsType<LayoutRegistry.Outcome.Done>(Add(other, "eu-7").Result);
        var done = Assert.IsType<LayoutRegistry.Outcome.Done>(await Add(registry, "eu-2"));
        Assert.Equal([(1, "eu-1"), (2, "eu-7"), (3, "eu-2")], done.Layout.Nodes.Select(node => (node.Id, node.Name)));
        Assert.Equal(1, done.Layout.Founding);
        // Asked for again, it is the same node.
        var again = Assert.IsType<LayoutRegistry.Outcome.Done>(await Add(registry, "eu-2"));
        Assert.Equal(done.Layout.Nodes, again.Layout.Nodes);
    }

    [Theory]
    [InlineData(false, "nothing was changed")]
    [InlineData(true, "whether eu-2 is in the layout now is not known")]
    public async Task A_silent_control_plane_is_told_from_a_lost_answer(bool afterRead, string said)
    {
        var plane = new Plane();
        plane.Kept.IsDown = !afterRead;
        plane.BeforeWrite = () => (plane.Kept.IsDown, plane.Kept.CarriesOutUnknown) = (true, true);
        var begun = new List<LayoutNode>();
        var live = new LiveLayout(Founded);
        var grower = new LayoutGrower(new(plane), live, (node, _) =>
        {
            begun.Add(node);
            return Task.FromResult<ActOutcome>(new ActOutcome.Done(node.Name));
        });
        var silent = await grower.AddAsync("eu-2", At, Stop);
        Assert.Contains(said, Assert.IsType<ActOutcome.TimedOut>(silent).Reason, StringComparison.Ordinal);
        Assert.Empty(begun);
        plane.Kept.IsDown = false;
        plane.BeforeWrite = null;
        Assert.IsType<ActOutcome.Done>(await grower.AddAsync("eu-2", At, Stop));
        Assert.Equal(2, Assert.Single(begun).Id);
        Assert.Equal(2, live.Value.Nodes.Count);
    }

    [Fact]
    public async Task What_is_no_layout_is_not_believed()
    {
        var plane = new Plane();
        plane.Kept.Set(new("layout", 0, Encoding.UTF8.GetBytes("{\"nodes\":7}")));
        var unknown = Assert.IsType<LayoutRegistry.Outcome.Unknown>(await Add(new(plane), "eu-2"));
        Assert.Contains("damaged", unknown.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nodes_are_started_by_hand_their_addresses_are_asked_for()
    {
        var grower = new LayoutGrower(new(new Plane()), new(Founded), (node, _) =>
            Task.FromResult<ActOutcome>(new ActOutcome.Done($"{node.Clients} {node.Links} {node.Http}")));
        var none = await grower.AddByHandAsync("eu-2", new(), Stop);
        Assert.Contains("--clients", Assert.IsType<ActOutcome.Refused>(none).Reason, StringComparison.Ordinal);
        var odd = await grower.AddByHandAsync(
            "eu-2", new(Clients: "10.0.0.7:1", Links: "10.0.0.7:2", Http: "10.0.0.7"), Stop);
        Assert.Contains("'10.0.0.7' is no address", Assert.IsType<ActOutcome.Refused>(odd).Reason,
            StringComparison.Ordinal);
        var done = await grower.AddByHandAsync(
            "eu-2", new(Clients: "10.0.0.7:1", Links: "10.0.0.7:2", Http: "10.0.0.7:3"), Stop);
        Assert.Equal("10.0.0.7:1 10.0.0.7:2 10.0.0.7:3", Assert.IsType<ActOutcome.Done>(done).Message);
    }

    private static Task<LayoutRegistry.Outcome> Add(LayoutRegistry registry, string name) =>
        registry.AddAsync(name, Founded, At, Stop);

    private static (string Clients, string Links, string Http) At(int id) =>
        ($"127.0.0.1:{id}", $"127.0.0.1:{id}", $"127.0.0.1:{id}");

    private sealed class Plane(MemoryControlPlane? kept = null) : IControlPlane
    {
        public MemoryControlPlane Kept { get; } = kept ?? new();
        public Action? BeforeWrite { get; set; }

        public void Call(
            NodeId node, ControlCall call, Action<ControlAnswer> answer, Action<ControlChange> change)
        {
            if (call is ControlCall.CompareAndSet && BeforeWrite is { } first)
            {
                BeforeWrite = null;
                first();
            }

            answer(Kept.Call(call));
        }
    }
}
