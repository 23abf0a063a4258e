using System.Text;
using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Log;

/// <summary>
/// A reader of one key that has run ahead in the key's sub-log when that ends, with more shown than kept, while the
/// other sub-log of the shard, the key's next home, still has slots before what the reader has seen. The choreography
/// is too narrow for faults that are drawn: nobody may tell the next home to give these slots up.
/// </summary>
public sealed class OvertakenTests
{
    private const int Appends = 10;
    private static readonly string[] Regions = ["a", "b", "c"];
    private static readonly LogOptions Options = LogOptions.Default with
    {
        Shards = 1,
        Replicas = 2,
        IntervalMicros = 20_000,
        RowsPerWindow = 60,
        RunAheadRows = 20,
        QuotaRule = QuotaRule.Fixed,
        QuotaInitial = 1,
        HeartbeatMicros = 50_000,
        SuspectMicros = 400_000,
        DropCopyMicros = 500_000,
        AbandonMicros = 400_000,
    };

    private readonly SortedDictionary<Position, string> _seen = [];
    private readonly SortedDictionary<string, Position> _placed = new(StringComparer.Ordinal);
    private int _shownEarly;
    private int _revoked;

    [Theory]
    [InlineData(LogBugs.None)]
    [InlineData(LogBugs.NoReturn)]
    public void A_reader_of_one_key_goes_back_to_where_its_last_home_ends(LogBugs bugs)
    {
        var nodes = Regions.SelectMany((region, r) => new[] { 1, 2 }.Select(
            n => new NodeInfo(new((2 * r) + n), $"{region}-{n}", new(r))));
        var layout = new Layout(1, Regions, [.. nodes], [[0, 4, 8], [4, 0, 6], [8, 6, 0]]);
        var cluster = new LogCluster(layout, Options, GroupOptions.Default, bugs);
        cluster.RunUntil(5_000_000);
        var leader = layout.Nodes.Single(node => cluster.Node(node.Name).LeadsOrder);
        var home = Current(cluster, "a-2");
        var other = Current(cluster, "a-1");
        var distant = home.Origin.Copies.Select(copy => copy.Node).Single(n => n != home.Node && n != other.Node);
        Assert.Equal("c-1", leader.Name);
        var topology = new LogTopology(layout, Options);
        var key = Enumerable.Range(0, 100).Select(i => $"k{i}").First(k => topology.Home(k).Seat == home.Origin.Seat);

        // The home goes on without the other one.
        cluster.Cut(home.Node, other.Node);
        cluster.RunUntil(7_000_000);
        cluster.Ask("c-2", new LogSubscribe(null, true, key, 1 << 20, Alone: true), Take);
        Append(cluster, key, "first");
        cluster.RunUntil(9_000_000);
        Assert.Equal(["first"], _placed.Keys);

        // What it shows from now on is on no disk, and the leader hears of none of it.
        cluster.StopDisk(home.Node);
        cluster.StopDisk(distant);
        cluster.Cut(home.Node, leader.Id);
        for (var i = 0; i < Appends; i++) Append(cluster, key, $"later {i}");
        cluster.RunUntil(9_150_000);
        Assert.Equal(Appends, _shownEarly);
        var shownTo = _seen.Keys.Last();
        cluster.Kill("a-2");
        cluster.LosePower(distant);
        cluster.RunUntil(20_000_000);

        Assert.Equal(Appends, _revoked);
        Assert.Equal(Appends + 1, _placed.Count);
        Assert.Contains(_placed.Values, position => position < shownTo);
        var whole = _placed.OrderBy(pair => pair.Value).Select(pair => pair.Key);
        if (bugs == LogBugs.None) Assert.Equal(whole, _seen.Values);
        else Assert.NotEqual(whole, _seen.Values);
    }

    private static RidState Current(LogCluster cluster, string node) =>
        cluster.Node("c-2").State.Current.Single(rid => rid.Node == cluster.Layout.Find(node)!.Id);

    private void Append(LogCluster cluster, string key, string text)
    {
        var record = new RecordDraft(key, Encoding.UTF8.GetBytes(text), default, 0);
        var append = new LogAppend([record], ProducerId.None, 0, Durability.FsyncQuorum);
        cluster.Ask("c-2", append, reply => _placed.Add(text, Assert.IsType<LogReply.Appended>(reply).Positions[0]));
    }

    private void Take(Reply reply)
    {
        switch (reply)
        {
            case LogReply.Records records:
                foreach (var record in records.Items)
                    _seen.Add(record.Position, Encoding.UTF8.GetString(record.Payload.Span));
                if (_seen.Count > 1 && records.Certainty == Certainty.Speculative && _revoked == 0)
                    _shownEarly += records.Items.Count;
                break;
            case LogReply.Revoked revoked:
                foreach (var position in revoked.Positions) Assert.True(_seen.Remove(position));
                _revoked += revoked.Positions.Count;
                break;
        }
    }
}
