namespace Outrider.Tests.Unit.Server;

/// <summary>A trim that a consumer group holds back says so, and goes on when told.</summary>
public sealed class TrimCommandTests
{
    [Fact]
    public async Task A_trim_names_the_group_that_holds_it()
    {
        await using var server = await RespServer.StartAsync();
        server.Log.HeldBy = "group 'g' of 's'";
        using var client = server.Connect();
        for (var i = 0; i < 3; i++)
        {
            client.Command("XADD", "s", "*", "n", $"{i}");
            client.Expect($"$3\r\n{i}-{(i == 0 ? 1 : 0)}\r\n");
        }

        client.Command("XTRIM", "s", "MAXLEN", "1");
        client.Expect("-HELD group 'g' of 's' still needs the oldest entry; FORCE trims it all the same\r\n");
        client.Command("LOG.TRIM", "2");
        client.Expect("*6\r\n$5\r\nbelow\r\n:0\r\n$7\r\nremoved\r\n:0\r\n$4\r\nheld\r\n$16\r\ngroup 'g' of 's'\r\n");
        // Its entry is in the log, held or not.
        client.Command("XADD", "s", "MAXLEN", "~", "1", "LIMIT", "5", "*", "n", "3");
        client.Expect("$3\r\n3-0\r\n");
        client.Command("XTRIM", "s", "MAXLEN", "=", "1", "FORCE");
        client.Expect(":3\r\n");
        client.Command("LOG.TRIM", "2", "FORCE");
        client.Expect("*4\r\n$5\r\nbelow\r\n:2\r\n$7\r\nremoved\r\n:2\r\n");
    }

    [Fact]
    public async Task Other_words_are_refused()
    {
        await using var server = await RespServer.StartAsync();
        using var client = server.Connect();
        client.Command("LOG.TRIM", "2", "PLEASE");
        client.Expect("-ERR syntax error: LOG.TRIM position [FORCE]\r\n");
    }

    [Fact]
    public async Task What_a_key_is_deleted_with_asks_no_group()
    {
        await using var server = await RespServer.StartAsync();
        using var client = server.Connect();
        client.Command("XADD", "s", "*", "n", "0");
        client.Expect("$3\r\n0-1\r\n");
        server.Log.HeldBy = "group 'g' of 's'";
        client.Command("DEL", "s");
        client.Expect(":1\r\n");
    }
}
