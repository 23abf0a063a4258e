using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Outrider.Client;
using Outrider.Client.Groups;
using StackExchange.Redis;

namespace Outrider.Tests.Process.Server;

/// <summary>Consumer groups through the clients that people use, and through the death of a node.</summary>
public sealed class GroupTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_redis_shell_uses_groups()
    {
        await using var server = await ServerProcess.StartAsync();
        var lines = await CliAsync(server, """
            XGROUP CREATE none g $
            XGROUP CREATE s g $ MKSTREAM
            XGROUP CREATE s g 0
            XADD s * k v1
            XADD s * k v2
            XREADGROUP GROUP g alice COUNT 1 STREAMS s >
            XREADGROUP GROUP g bob STREAMS s >
            XREADGROUP GROUP nog bob STREAMS s >
            XPENDING s g
            XACK s g 1-7
            XINFO GROUPS s
            XGROUP DESTROY s g
            XPENDING s g
            """);
        var text = string.Join('\n', lines);
        Assert.Contains("The XGROUP subcommand requires the key to exist", lines[0], StringComparison.Ordinal);
        Assert.Contains("OK", text, StringComparison.Ordinal);
        Assert.Contains("BUSYGROUP Consumer Group name already exists", text, StringComparison.Ordinal);
        Assert.Contains("NOGROUP No such key 's' or consumer group 'nog' in XREADGROUP with GROUP option", text,
            StringComparison.Ordinal);
        Assert.Contains("NOGROUP No such key 's' or consumer group 'g'", text, StringComparison.Ordinal);
        Assert.Equal(1, lines.Count(line => line == "v1"));
        Assert.Equal(1, lines.Count(line => line == "v2"));
        Assert.Contains("alice\n1\nbob\n1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RedisProtocol.Resp2)]
    [InlineData(RedisProtocol.Resp3)]
    public async Task StackExchange_Redis_uses_groups(RedisProtocol protocol)
    {
        await using var server = await ServerProcess.StartAsync();
        await using var redis = await ConnectAsync(server.FirstEndpoint, protocol);
        var db = redis.GetDatabase();
        Assert.True(await db.StreamCreateConsumerGroupAsync("s", "g", "0-0", createStream: true));
        for (var i = 0; i < 10; i++) await db.StreamAddAsync("s", "n", i);
        var mine = await db.StreamReadGroupAsync("s", "g", "alice", ">", 6);
        var theirs = await db.StreamReadGroupAsync("s", "g", "bob", ">");
        Assert.Equal(["0", "1", "2", "3", "4", "5"], mine.Select(entry => (string?)entry.Values[0].Value));
        Assert.Equal(["6", "7", "8", "9"], theirs.Select(entry => (string?)entry.Values[0].Value));
        Assert.Equal(2, await db.StreamAcknowledgeAsync("s", "g", [mine[0].Id, mine[1].Id]));
        Assert.Equal(0, await db.StreamAcknowledgeAsync("s", "g", [mine[0].Id]));
        var pending = await db.StreamPendingAsync("s", "g");
        Assert.Equal((8, mine[2].Id, theirs[^1].Id),
            (pending.PendingMessageCount, pending.LowestPendingMessageId, pending.HighestPendingMessageId));
        Assert.Equal([("alice", 4), ("bob", 4)],
            pending.Consumers.Select(c => ((string)c.Name!, c.PendingMessageCount)));
        var list = await db.StreamPendingMessagesAsync("s", "g", 10, "alice");
        Assert.Equal(mine[2..].Select(e => e.Id), list.Select(m => m.MessageId));
        Assert.All(list, message => Assert.Equal(1, message.DeliveryCount));
        var history = await db.StreamReadGroupAsync("s", "g", "alice", "0-0");
        Assert.Equal(mine[2..].Select(e => e.Id), history.Select(e => e.Id));
        var claimed = await db.StreamClaimAsync("s", "g", "bob", 0, [mine[2].Id]);
        Assert.Equal("2", claimed.Single().Values[0].Value);
        var auto = await db.StreamAutoClaimAsync("s", "g", "carol", 0, "0-0", 3);
        Assert.Equal(3, auto.ClaimedEntries.Length);
        Assert.Equal(3, Assert.Single(await db.StreamGroupInfoAsync("s")).ConsumerCount);
        Assert.Equal(["alice", "bob", "carol"], (await db.StreamConsumerInfoAsync("s", "g")).Select(c => c.Name));
        Assert.Equal(10, (await db.StreamInfoAsync("s")).Length);
        Assert.Equal(3, await db.StreamDeleteConsumerAsync("s", "g", "carol"));
        Assert.True(await db.StreamConsumerGroupSetPositionAsync("s", "g", "0-0"));
        Assert.Equal(10, (await db.StreamReadGroupAsync("s", "g", "dave", ">")).Length);
        Assert.True(await db.StreamDeleteConsumerGroupAsync("s", "g"));
        Assert.True(await db.KeyDeleteAsync("s"));
    }

    [Fact]
    public async Task Ioredis_blocks_on_a_group_and_is_woken()
    {
        await using var server = await ServerProcess.StartAsync();
        var script = $$"""
            const Redis = require('ioredis');
            (async () => {
              const r = new Redis({{server.Port}}, '127.0.0.1');
              await r.xgroup('CREATE', 's', 'g', '$', 'MKSTREAM');
              const worker = r.duplicate();
              const waiting = worker.xreadgroup('GROUP', 'g', 'w', 'BLOCK', 20000, 'COUNT', 10, 'STREAMS', 's', '>');
              const id = await r.xadd('s', '*', 'a', '1');
              const [[key, entries]] = await waiting;
              if (key !== 's' || entries[0][0] !== id) throw new Error('woken by another entry');
              const [next, claimed] = await r.xautoclaim('s', 'g', 'other', 0, '0');
              if (claimed[0][0] !== id || next !== '0-0') throw new Error('not claimed');
              console.log('acked', await r.xack('s', 'g', id), 'left', (await r.xpending('s', 'g'))[0]);
              r.disconnect();
              worker.disconnect();
            })().catch(e => { console.error(e); process.exit(1); });
            """;
        var (code, output) = await Program.RunAsync("node", ["-e", script], directory: NpmPackages.With("ioredis",
            "5"));
        Assert.True(code == 0, output);
        Assert.Contains("acked 1 left 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_goes_on_when_the_node_that_served_it_is_killed()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        using var http = new HttpClient { BaseAddress = new Uri(server.Http) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        await using var group = client.Group("jobs", "workers");
        var settings = new GroupSettings(new(0), TimeSpan.FromMilliseconds(300), 3, "jobs/dead");
        Assert.True((await group.CreateAsync(settings, Stop)).Require());
        Assert.False((await group.CreateAsync(settings, Stop)).Require());
        for (var i = 0; i < 60; i++) (await client.AppendAsync("jobs", Bytes($"job{i}"), cancellation: Stop)).Require();
        var first = (await group.ReadAsync("w1", 20, cancellation: Stop)).Require();
        Assert.Equal(20, first.Count);
        Assert.Equal(10, (await group.AcknowledgeAsync([.. first.Take(10)], Stop)).Require());
        var home = client.Map!.Homes("jobs")[0];
        using (var killed = await http.PostAsJsonAsync($"/admin/nodes/{client.Map.Layout.Find(home)!.Name}/kill",
            new { }, Stop)) Assert.True(killed.IsSuccessStatusCode);
        var done = new SortedSet<string>([.. first.Take(10).Select(Text)], StringComparer.Ordinal);
        // job13 is poison: nobody ever acknowledges it.
        while (done.Count < 59)
        {
            var read = await group.ReadAsync("w2", 20, TimeSpan.FromSeconds(2), Stop);
            if (read is not Outcome<IReadOnlyList<Delivery>>.Done some) continue;
            var good = some.Value.Where(d => Text(d) != "job13").ToList();
            if (good.Count == 0) continue;
            if (await group.AcknowledgeAsync(good, Stop) is not Outcome<long>.Done) continue;
            foreach (var delivery in good) done.Add(Text(delivery));
        }

        // What went to somebody else since is no longer the first reader's to acknowledge.
        Assert.Equal(0, (await group.AcknowledgeAsync([.. first.Skip(10)], Stop)).Require());
        await Patience.Until(() => DeadAsync(client, group).Result == 1, "the poisoned job is in the dead letters");
        var letters = (await client.ReadKeyAsync("jobs/dead", new(0), cancellation: Stop)).Require();
        var letter = Assert.Single(letters.Records);
        Assert.Equal("job13", Encoding.UTF8.GetString(letter.Payload.Span));
        Assert.Equal(0, (await group.PendingAsync(Stop)).Require());
        var all = (await client.ReadAsync(new(0), 1000, Stop)).Require();
        Assert.All(all.Records, record => Assert.StartsWith("jobs", record.Key, StringComparison.Ordinal));
    }

    private static async Task<long> DeadAsync(OutriderClient client, GroupHandle group)
    {
        await group.ReadAsync("w3", cancellation: Stop);
        return (await client.KeyAsync("jobs/dead", Stop)).Require().Count;
    }

    private static string Text(Delivery delivery) => Encoding.UTF8.GetString(delivery.Record.Payload.Span);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<ConnectionMultiplexer> ConnectAsync(string endpoint, RedisProtocol protocol)
    {
        var options = ConfigurationOptions.Parse(endpoint);
        options.Protocol = protocol;
        options.ConnectTimeout = options.SyncTimeout = options.AsyncTimeout = 30_000;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    private static async Task<string[]> CliAsync(ServerProcess server, string script)
    {
        var cli = DebianTools.Find("redis-cli", "redis-tools");
        var (code, output) = await Program.RunAsync(cli, ["-p", $"{server.Port}"], script);
        Assert.True(code == 0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
