namespace Outrider.Tests.Process.Server;

/// <summary>The tools that come with Redis, unchanged, against a server in a process of its own.</summary>
public sealed class RedisToolsTests
{
    [Fact]
    public async Task The_redis_shell_writes_and_reads_streams()
    {
        await using var server = await ServerProcess.StartAsync();
        var script = """
            PING
            XADD s * k v
            XADD s * k w
            XLEN s
            XRANGE s - + COUNT 1
            XREAD COUNT 1 STREAMS s 0
            XDEL s 1-0
            NOSUCH
            TYPE s
            DEL s
            XLEN s
            """;
        var lines = await CliAsync(server, [], script);
        Assert.Equal("PONG", lines[0]);
        var first = lines[1];
        Assert.Matches("^[0-9]+-[01]$", first);
        Assert.Equal("2", lines[3]);
        Assert.Equal([first, "k", "v"], lines[4..7]);
        Assert.Equal(["s", first, "k", "v"], lines[7..11]);
        Assert.Contains("XDEL is refused", lines[11], StringComparison.Ordinal);
        Assert.Contains("unknown command", string.Join('\n', lines[12..14]), StringComparison.Ordinal);
        Assert.Equal(["stream", "1", "0"], lines[^3..]);
    }

    [Fact]
    public async Task The_redis_shell_speaks_protocol_3_too()
    {
        await using var server = await ServerProcess.StartAsync();
        var lines = await CliAsync(server, ["-3"], "LOG.APPEND k VALUES a b\nLOG.READ KEY k\nLOG.TAIL\nINFO server\n");
        Assert.Contains("fsync-quorum", string.Join(' ', lines), StringComparison.Ordinal);
        Assert.Contains("certainty confirmed", string.Join(' ', lines), StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("redis_version:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_redis_benchmark_appends_pipelined_and_every_append_is_there()
    {
        await using var server = await ServerProcess.StartAsync();
        var tool = DebianTools.Find("redis-benchmark", "redis-tools");
        var (code, output) = await Program.RunAsync(tool,
            ["-p", $"{server.Port}", "-n", "20000", "-c", "20", "-P", "16", "-q", "XADD", "bench", "*", "f", "value"]);
        Assert.True(code == 0, output);
        Assert.Contains("requests per second", output, StringComparison.Ordinal);
        Assert.DoesNotContain("rror", output, StringComparison.Ordinal);
        Assert.Equal("20000", (await CliAsync(server, [], "XLEN bench\n"))[0]);
    }

    [Fact]
    public async Task The_redis_benchmark_pings_and_appends_one_by_one()
    {
        await using var server = await ServerProcess.StartAsync();
        var tool = DebianTools.Find("redis-benchmark", "redis-tools");
        foreach (string[] load in (string[][])[["-t", "ping"], ["XADD", "one", "*", "f", "v"]])
        {
            var (code, output) = await Program.RunAsync(tool, ["-p", $"{server.Port}", "-n", "2000", "-q", .. load]);
            Assert.True(code == 0, output);
            Assert.Contains("requests per second", output, StringComparison.Ordinal);
        }
    }

    private static async Task<string[]> CliAsync(ServerProcess server, string[] flags, string script)
    {
        var cli = DebianTools.Find("redis-cli", "redis-tools");
        var (code, output) = await Program.RunAsync(cli, ["-p", $"{server.Port}", .. flags], script);
        Assert.True(code == 0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
