using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Resp;

namespace Outrider.Tests.Unit.Server;

public sealed class SessionTests
{
    [Fact]
    public async Task Pipelined_appends_overlap_and_answer_in_order()
    {
        await using var server = await RespServer.StartAsync();
        var gate = new TaskCompletionSource();
        server.Log.Gate = gate.Task;
        using var client = server.Connect();
        client.Send("XADD a * f 1\r\nXADD a * f 2\r\nXLEN a\r\nPING\r\n");
        gate.SetResult();
        client.Expect("$3\r\n0-1\r\n$3\r\n1-0\r\n:2\r\n+PONG\r\n");
    }

    [Fact]
    public async Task A_stream_is_read_forwards_backwards_and_in_parts()
    {
        await using var server = await RespServer.StartAsync();
        using var client = server.Connect();
        for (var i = 0; i < 3; i++)
        {
            client.Command("XADD", "s", "*", "n", $"{i}");
            client.Expect($"$3\r\n{i}-{(i == 0 ? 1 : 0)}\r\n");
        }

        client.Command("XRANGE", "s", "(0-1", "+", "COUNT", "1");
        client.Expect("*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nn\r\n$1\r\n1\r\n");
        client.Command("XREVRANGE", "s", "+", "-", "COUNT", "1");
        client.Expect("*1\r\n*2\r\n$3\r\n2-0\r\n*2\r\n$1\r\nn\r\n$1\r\n2\r\n");
        client.Command("XREAD", "COUNT", "5", "STREAMS", "s", "1-0");
        client.Expect("*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n2-0\r\n*2\r\n$1\r\nn\r\n$1\r\n2\r\n");
        client.Command("XTRIM", "s", "MAXLEN", "1");
        client.Expect(":2\r\n");
        client.Command("XLEN", "s");
        client.Expect(":1\r\n");
        client.Command("DEL", "s");
        client.Expect(":1\r\n");
        client.Command("TYPE", "s");
        client.Expect("+none\r\n");
    }

    [Fact]
    public async Task A_blocked_read_is_woken_by_an_append_and_gives_up_in_time()
    {
        await using var server = await RespServer.StartAsync();
        using var reader = server.Connect();
        using var writer = server.Connect();
        reader.Command("XREAD", "BLOCK", "1", "STREAMS", "s", "$");
        reader.Expect("*-1\r\n");
        // Not from `$`: nothing tells which of two connections is read first.
        reader.Command("XREAD", "BLOCK", "0", "STREAMS", "s", "0-0");
        writer.Command("XADD", "s", "*", "k", "v");
        writer.Expect("$3\r\n0-1\r\n");
        reader.Expect("*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*2\r\n$1\r\nk\r\n$1\r\nv\r\n");
    }

    [Theory]
    [InlineData("XADD s 5-1 a b", "ERR explicit ids are refused")]
    [InlineData("XADD s * a", "ERR wrong number of arguments")]
    [InlineData("XDEL s 1-0", "ERR XDEL is refused")]
    [InlineData("XRANGE s x +", "ERR Invalid stream ID")]
    [InlineData("NOSUCH a b", "ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b'")]
    [InlineData("SELECT 3", "ERR there is one name space")]
    [InlineData("LOG.SUBSCRIBE", "ERR LOG.SUBSCRIBE pushes")]
    [InlineData("LOG.APPEND k PRODUCER zz SEQ 1 VALUES a", "ERR a producer is")]
    [InlineData("XREAD STREAMS a b 1", "ERR Unbalanced")]
    public async Task A_refusal_says_why_and_the_connection_goes_on(string line, string reason)
    {
        await using var server = await RespServer.StartAsync();
        using var client = server.Connect();
        client.Send(line + "\r\n");
        client.Expect("-" + reason);
        client.Send("QUIT\r\n");
        Assert.EndsWith("+OK\r\n", client.ReceiveToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outcomes_of_the_log_keep_their_codes()
    {
        await using var server = await RespServer.StartAsync();
        using var client = server.Connect();
        server.Log.Refusal = new LogReply.Refused(LogRefusal.Overloaded, "busy");
        client.Command("XADD", "s", "*", "a", "b");
        client.Expect("-OVERLOADED busy\r\n");
        server.Log.Refusal = new LogReply.Unknown("no answer");
        client.Command("LOG.APPEND", "s", "VALUES", "a");
        client.Expect("-UNKNOWN no answer\r\n");
        server.Log.Refusal = null;
        client.Command("LOG.APPEND", "s", "EXPECT", "7", "VALUES", "a");
        client.Expect("-WRONGTAIL the tail is another\r\n");
    }

    [Fact]
    public async Task A_subscription_pushes_records_then_watermarks_then_revocations()
    {
        await using var server = await RespServer.StartAsync();
        using var client = server.Connect();
        client.Command("HELLO", "3");
        client.Expect("%7\r\n$6\r\nserver\r\n$8\r\noutrider\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:3\r\n");
        client.Expect("$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n");
        client.Expect("$7\r\nmodules\r\n*0\r\n");
        client.Command("LOG.SUBSCRIBE", "FROM", "0");
        client.Expect("%1\r\n$12\r\nsubscription\r\n:1\r\n");
        client.Command("LOG.APPEND", "k", "RECORDS", "1", "7", "1", "h", "x", "body");
        client.Expect(">6\r\n$11\r\nlog.records\r\n:1\r\n$11\r\nspeculative\r\n:1\r\n:1\r\n"
            + "*1\r\n*5\r\n:0\r\n$1\r\nk\r\n:7\r\n$4\r\nbody\r\n*2\r\n$1\r\nh\r\n$1\r\nx\r\n");
        client.Expect("%3\r\n$9\r\npositions\r\n*1\r\n:0\r\n$10\r\ndurability\r\n$12\r\nfsync-quorum\r\n");
        client.Expect("$9\r\nduplicate\r\n#f\r\n");
        server.Log.Push(new LogReply.Confirmed(new(1), new(1)));
        client.Expect(">4\r\n$13\r\nlog.confirmed\r\n:1\r\n:1\r\n:1\r\n");
        server.Log.Push(new LogReply.Revoked(new(4), [new(4), new(6)], new(2)));
        client.Expect(">5\r\n$11\r\nlog.revoked\r\n:1\r\n:2\r\n:4\r\n*2\r\n:4\r\n:6\r\n");
        client.Command("LOG.UNSUBSCRIBE", "1");
        client.Expect("+OK\r\n");
    }

    [Fact]
    public async Task Users_have_roles_and_must_authenticate()
    {
        var users = new Users([new("ann", Role.Read, PasswordHash.Of("pw"))]);
        await using var server = await RespServer.StartAsync(users);
        using var client = server.Connect();
        client.Command("XLEN", "s");
        client.Expect("-NOAUTH Authentication required.\r\n");
        client.Command("AUTH", "ann", "wrong");
        client.Expect("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
        client.Command("AUTH", "ann", "pw");
        client.Expect("+OK\r\n");
        client.Command("XLEN", "s");
        client.Expect(":0\r\n");
        client.Command("XADD", "s", "*", "a", "b");
        client.Expect("-NOPERM user 'ann' lacks the role 'write' that 'XADD' needs\r\n");
    }

    [Fact]
    public async Task A_stranger_may_not_make_the_server_hold_a_large_command()
    {
        var users = new Users([new("ann", Role.All, PasswordHash.Of("pw"))]);
        await using var server = await RespServer.StartAsync(users);
        using var client = server.Connect();
        client.Send("*2\r\n$4\r\nECHO\r\n$100000\r\n");
        Assert.StartsWith("-ERR Protocol error: a command of more than", client.ReceiveToEnd(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_command_ends_the_connection_with_the_reason()
    {
        await using var server = await RespServer.StartAsync();
        using var client = server.Connect();
        client.Send("*1\r\n$99999999\r\n");
        Assert.StartsWith("-ERR Protocol error: an argument of 99999999 bytes", client.ReceiveToEnd(),
            StringComparison.Ordinal);
        using var browser = server.Connect();
        browser.Send("POST / HTTP/1.1\r\nHost: x\r\n\r\nXADD s * a b\r\n");
        Assert.DoesNotContain("0-1", browser.ReceiveToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_command_is_cut_off_and_an_unconfirmed_append_becomes_unknown()
    {
        var limits = new SessionLimits { PartialTimeoutMs = 1, RequestTimeoutMs = 1 };
        await using var server = await RespServer.StartAsync(limits: limits);
        server.Log.Gate = new TaskCompletionSource().Task;
        using var half = server.Connect();
        half.Send("*2\r\n$4\r\nEC");
        Assert.Equal("", half.ReceiveToEnd());
        using var waiting = server.Connect();
        waiting.Send("XADD s * a b\r\n");
        waiting.Expect("-UNKNOWN no confirmation in time");
    }

    [Fact]
    public async Task A_client_beyond_the_limit_is_told()
    {
        await using var server = await RespServer.StartAsync(limits: new SessionLimits { ClientsMax = 1 });
        using var first = server.Connect();
        first.Send("PING\r\n");
        first.Expect("+PONG\r\n");
        using var second = server.Connect();
        Assert.Equal("-ERR max number of clients reached\r\n", second.ReceiveToEnd());
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_costs_a_bounded_amount()
    {
        await using var server = await RespServer.StartAsync();
        using var client = server.Connect();
        client.Send("HELLO 3\r\nLOG.SUBSCRIBE FROM 0 CREDITS 10\r\nPING\r\n");
        var seen = "";
        while (!seen.EndsWith("+PONG", StringComparison.Ordinal))
        {
            var one = client.Receive(1);
            Assert.Equal(1, one.Length);
            seen += one;
        }

        var payload = new byte[64 << 10];
        for (var i = 0; i < 1000; i++)
            await server.Log.AskAsync(new LogAppend([new("k", payload, default, 0)], default, 0,
                Durability.FsyncQuorum),
                TestContext.Current.CancellationToken);
        // A node sends no more than it has credit for: credit must stop well before all was sent.
        Assert.InRange(server.Log.Credited, 0, 200);
    }
}
