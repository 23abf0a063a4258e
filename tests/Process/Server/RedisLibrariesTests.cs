using StackExchange.Redis;

namespace Outrider.Tests.Process.Server;

/// <summary>Client libraries of others, unchanged.</summary>
public sealed class RedisLibrariesTests
{
    [Theory]
    [InlineData(RedisProtocol.Resp2)]
    [InlineData(RedisProtocol.Resp3)]
    public async Task StackExchange_Redis_uses_streams(RedisProtocol protocol)
    {
        await using var server = await ServerProcess.StartAsync();
        var options = ConfigurationOptions.Parse(server.FirstEndpoint);
        options.Protocol = protocol;
        options.ConnectTimeout = options.SyncTimeout = options.AsyncTimeout = 30_000;
        await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
        var db = redis.GetDatabase();
        Assert.True(await db.PingAsync() < TimeSpan.FromSeconds(30));
        var first = await db.StreamAddAsync("s", [new("a", "1"), new("b", "2")]);
        Assert.Matches("^[0-9]+-[01]$", (string?)first);
        var many = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => db.StreamAddAsync("s", "n", i)));
        Assert.Equal(200, many.Distinct().Count());
        Assert.Equal(201, await db.StreamLengthAsync("s"));
        var range = await db.StreamRangeAsync("s", "-", "+", 2);
        Assert.Equal(first, range[0].Id);
        Assert.Equal(["1", "2"], range[0].Values.Select(pair => (string?)pair.Value));
        var newest = await db.StreamRangeAsync("s", "-", "+", 1, Order.Descending);
        Assert.Equal(many[^1], newest[0].Id);
        Assert.Equal(200, (await db.StreamReadAsync("s", first)).Length);
        Assert.Equal(191, await db.StreamTrimAsync("s", 10));
        Assert.Equal(RedisType.Stream, await db.KeyTypeAsync("s"));
        var refused = await Assert.ThrowsAsync<RedisServerException>(() => db.StreamDeleteAsync("s", [first]));
        Assert.Contains("XDEL is refused", refused.Message, StringComparison.Ordinal);
        var wrong = await Assert.ThrowsAsync<RedisServerException>(() => db.StringGetAsync("s"));
        Assert.StartsWith("WRONGTYPE", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ioredis_uses_streams_and_blocks_on_one()
    {
        await using var server = await ServerProcess.StartAsync();
        var script = $$"""
            const Redis = require('ioredis');
            (async () => {
              const r = new Redis({{server.Port}}, '127.0.0.1');
              const id = await r.xadd('s', '*', 'a', '1');
              const waiting = r.duplicate();
              const next = waiting.xread('BLOCK', 20000, 'STREAMS', 's', id);
              const second = await r.xadd('s', '*', 'b', '2');
              const woken = await next;
              if (woken[0][1][0][0] !== second) throw new Error('woken by another entry');
              const pipeline = r.pipeline();
              for (let i = 0; i < 50; i++) pipeline.xadd('s', '*', 'n', i);
              const replies = await pipeline.exec();
              if (replies.some(reply => reply[0])) throw replies.find(reply => reply[0])[0];
              console.log('length', await r.xlen('s'), 'type', await r.type('s'));
              r.disconnect();
              waiting.disconnect();
            })().catch(e => { console.error(e); process.exit(1); });
            """;
        var (code, output) = await Program.RunAsync("node", ["-e", script], directory: NpmPackages.With("ioredis",
            "5"));
        Assert.True(code == 0, output);
        Assert.Contains("length 52 type stream", output, StringComparison.Ordinal);
    }
}
