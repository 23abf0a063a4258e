using System.Text;
using Outrider.Client;
using Outrider.Client.Links;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Server;

/// <summary>The client library against a real client port over a log in memory.</summary>
public sealed class ClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Appends_are_read_back_with_headers_and_time()
    {
        await using var server = await RespServer.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoint.ToString(), cancellation: Stop);
        RecordField header = new("h"u8.ToArray(), "x"u8.ToArray());
        var appended = await client.AppendAsync("k", [new("one"u8.ToArray(), [header], 42), new("two"u8.ToArray())],
            cancellation: Stop);
        Assert.Equal([new(0), new(1)], appended.Require().Positions);
        var page = (await client.ReadAsync(new(0), cancellation: Stop)).Require();
        Assert.Equal(["one", "two"], page.Records.Select(record => Encoding.UTF8.GetString(record.Payload.Span)));
        Assert.Equal(42, page.Records[0].TimestampMs);
        var (fields, _) = RecordFields.Read(page.Records[0]);
        Assert.Equal("x", Encoding.UTF8.GetString(Assert.Single(fields).Value.Span));
        Assert.Equal(2, (await client.KeyAsync("k", Stop)).Require().Count);
        Assert.Equal(new Position(2), (await client.TailAsync(Stop)).Require().Confirmed);
    }

    [Fact]
    public async Task Outcomes_are_values_and_not_knowing_is_one()
    {
        await using var server = await RespServer.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoint.ToString(), null, Stop);
        var wrong = await client.AppendAsync("k", "v"u8.ToArray(), new(ExpectedTail: 9), Stop);
        Assert.Equal(LogRefusal.WrongTail, Assert.IsType<Outcome<Appended>.Refused>(wrong).Code);
        server.Log.Refusal = new LogReply.Refused(LogRefusal.Overloaded, "busy");
        var busy = await client.AppendAsync("k", "v"u8.ToArray(), cancellation: Stop);
        Assert.Equal(LogRefusal.Overloaded, Assert.IsType<Outcome<Appended>.Refused>(busy).Code);
        var soon = new AppendOptions(Deadline: TimeSpan.FromMilliseconds(300));
        server.Log.Refusal = null;
        server.Log.Gate = new TaskCompletionSource().Task;
        Assert.IsType<Outcome<Appended>.Unknown>(await client.AppendAsync("k", "v"u8.ToArray(), soon, Stop));
    }

    [Fact]
    public async Task A_call_goes_on_at_another_node_when_its_own_dies()
    {
        var first = await RespServer.StartAsync();
        await using var second = await RespServer.StartAsync();
        var options = new ClientOptions { RouteToHome = false };
        await using var client = await OutriderClient.ConnectAsync(
            $"{first.Endpoint},{second.Endpoint}", options, Stop);
        first.Log.Gate = new TaskCompletionSource().Task;
        var append = client.AppendAsync("k", "v"u8.ToArray(), cancellation: Stop);
        await first.DisposeAsync();
        Assert.Equal([new Position(0)], (await append).Require().Positions);
    }

    [Fact]
    public async Task Nobody_at_the_endpoint_is_said_at_once()
    {
        var lost = await Assert.ThrowsAsync<LinkLostException>(() =>
            OutriderClient.ConnectAsync("127.0.0.1:1", cancellation: Stop));
        Assert.Contains("cannot connect to 127.0.0.1:1", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subscription_comes_back_from_the_confirmed_end_when_its_node_dies()
    {
        var first = await RespServer.StartAsync();
        await using var second = await RespServer.StartAsync();
        foreach (var log in new[] { first.Log, second.Log })
            for (var i = 0; i < 3; i++)
                await log.AskAsync(new LogAppend([new("k", new byte[] { (byte)i }, default, 0)], default, 0,
                    Durability.FsyncQuorum), Stop);
        var options = new ClientOptions { RouteToHome = false };
        await using var client = await OutriderClient.ConnectAsync(
            $"{first.Endpoint},{second.Endpoint}", options, Stop);
        var seen = new List<string>();
        await foreach (var next in client.SubscribeAsync(new Position(0), cancellation: Stop))
        {
            seen.Add(Describe(next));
            if (seen.Count == 3) first.Log.Push(new LogReply.Confirmed(new(2), new(1)));
            if (seen.Count == 4) await first.DisposeAsync();
            if (seen.Count == 6) break;
        }

        Assert.Equal(["record 0", "record 1", "record 2", "confirmed 2", "ended 2", "record 2"], seen);
    }

    private static string Describe(LogReply next) => next switch
    {
        LogReply.Records records => $"record {Assert.Single(records.Items).Position}",
        LogReply.Confirmed confirmed => $"confirmed {confirmed.UpTo}",
        LogReply.Ended ended => $"ended {ended.From}",
        _ => next.ToString(),
    };
}
