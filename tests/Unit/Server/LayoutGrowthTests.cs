using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Unit.Server;

/// <summary>A layout grows at its end, under good names only, and what is placed by it stays where it is.</summary>
public sealed class LayoutGrowthTests
{
    private static readonly LayoutFile Founded = new()
    {
        Cluster = "00000000000000c1",
        Regions = ["us", "eu"],
        RttMs = [[0, 80], [80, 0]],
        Shards = 4,
        Replicas = 2,
        Nodes = [Node(1, "us"), Node(2, "us"), Node(3, "eu"), Node(4, "eu")],
    };

    [Theory]
    [InlineData("eu3", "as in eu-3; the regions are us, eu")]
    [InlineData("eu-03", "as in eu-3")]
    [InlineData("eu-", "as in eu-3")]
    [InlineData("-1", "as in us-3")]
    [InlineData("", "as in us-3")]
    [InlineData("eu-99999", "as in eu-3")]
    [InlineData("mars-1", "no region 'mars': the regions are us, eu; next: outrider node add us-3")]
    [InlineData("eu-2", "eu-2 is in the layout already; next: outrider node ls")]
    public void A_name_that_cannot_be_is_refused_with_one_that_can(string name, string said) =>
        Assert.Contains(said, LayoutGrowth.Problem(Founded, name)!, StringComparison.Ordinal);

    [Fact]
    public void A_layout_takes_so_many_nodes_and_no_more()
    {
        var layout = Founded;
        for (var i = 3; layout.Nodes.Count < Limits.NodesMax; i++) layout = Grown(layout, $"eu-{i}");
        Assert.Contains("can hold no more", LayoutGrowth.Problem(layout, "eu-1000")!, StringComparison.Ordinal);
        Assert.Equal(4, layout.ToLayout().FoundingCount);
        Assert.NotNull(LayoutFile.TryParse(layout.ToText()));
    }

    [Fact]
    public void What_the_founders_were_given_stays_theirs_when_nodes_are_added()
    {
        var options = LogOptions.Default with { Shards = Founded.Shards, Replicas = Founded.Replicas };
        var before = new LogTopology(Founded.ToLayout(), options);
        var layout = Grown(Grown(Grown(Founded, "eu-3"), "us-3"), "us-4").ToLayout();
        var after = new LogTopology(layout, options);
        Assert.Equal(["eu-3", "us-3", "us-4"], layout.Added.Select(node => node.Name));
        Assert.True(Founded.ToLayout().GrowsTo(layout));
        Assert.False(layout.GrowsTo(Founded.ToLayout()));
        Assert.Equal(before.OrderingMembers, after.OrderingMembers);
        Assert.Equal(before.SeatsPerShard, after.SeatsPerShard);
        for (var i = 0; i < Founded.Shards; i++) Assert.Equal(before.Shard(new(i)).Copies, after.Shard(new(i)).Copies);
        for (var i = 0; i < 100; i++) Assert.Equal(before.Home($"key{i}"), after.Home($"key{i}"));
    }

    [Fact]
    public void The_longer_of_two_layouts_counts_and_the_nearer_addresses()
    {
        var moved = Founded with { Nodes = [.. Founded.Nodes.Select(node => node with { Clients = "10.0.0.9:1" })] };
        var merged = LayoutGrowth.Merge(moved, Grown(Founded, "eu-3"));
        Assert.Equal(5, merged.Nodes.Count);
        Assert.Equal(4, merged.Founding);
        Assert.All(merged.Nodes.Take(4), node => Assert.Equal("10.0.0.9:1", node.Clients));
        Assert.Equal("127.0.0.1:5", merged.Nodes[4].Clients);
        Assert.Equal(merged.ToLayout().Nodes, LayoutGrowth.Merge(Grown(Founded, "eu-3"), moved).ToLayout().Nodes);
    }

    [Fact]
    public void Other_founders_or_another_fifth_node_are_refused()
    {
        var more = Founded with { Nodes = [.. Founded.Nodes, Founded.Nodes[3] with { Id = 5, Name = "eu-3" }] };
        var other = Assert.Throws<OptionsException>(() => LayoutGrowth.Merge(more, Founded));
        Assert.Contains("was founded with us-1, us-2, eu-1, eu-2, not with", other.Message, StringComparison.Ordinal);
        Assert.Throws<OptionsException>(() => LayoutGrowth.Merge(Grown(Founded, "eu-7"), Grown(Founded, "eu-8")));
        Assert.Throws<OptionsException>(() => LayoutGrowth.Merge(Founded with { Cluster = "c2" }, Founded));
    }

    [Fact]
    public void A_layout_that_is_in_use_adopts_what_follows_it_and_nothing_else()
    {
        var live = new LiveLayout(Founded);
        var told = new List<string>();
        live.ForEach((_, node) => told.Add(node.Name));
        var later = Grown(Founded, "eu-3");
        Assert.True(live.Adopt(later));
        Assert.False(live.Adopt(later));
        Assert.False(live.Adopt(Founded));
        Assert.False(live.Adopt(Grown(Grown(Founded, "us-3"), "us-4")));
        Assert.Equal(["us-1", "us-2", "eu-1", "eu-2", "eu-3"], told);
        Assert.Equal(4, live.Value.FoundingCount);
    }

    private static LayoutFile Grown(LayoutFile layout, string name) =>
        LayoutGrowth.With(layout, name, id => ($"127.0.0.1:{id}", $"127.0.0.1:{id}", $"127.0.0.1:{id}"));

    private static LayoutNode Node(int id, string region) =>
        new(id, $"{region}-{(id + 1) % 2 + 1}", region, $"127.0.0.1:{id}", $"127.0.0.1:{id}", $"127.0.0.1:{id}");
}
