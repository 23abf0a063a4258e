using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Outrider.Client;
using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>An embedded region set through its HTTP port: health, status, metrics, administration.</summary>
public sealed class HttpTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_port_tells_how_it_is_and_acts_for_whoever_holds_the_token()
    {
        await using var server = await OutriderServer.StartAsync(Small(), Stop);
        using var http = new HttpClient { BaseAddress = new Uri(server.HttpAddress!) };
        Assert.Equal("ok\n", await http.GetStringAsync("/livez", Stop));
        Assert.Contains("[+]log ok", await http.GetStringAsync("/readyz?verbose", Stop), StringComparison.Ordinal);
        Assert.Contains("outrider_node_up{node=\"eu-1\"} 1", await http.GetStringAsync("/metrics", Stop),
            StringComparison.Ordinal);
        using var stranger = await http.PostAsJsonAsync("/admin/nodes/eu-3/kill", new { }, Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.AdminToken);
        Assert.Equal(HttpStatusCode.NotFound, await ActAsync(http, "/admin/nodes/eu-9/kill"));
        Assert.Equal(HttpStatusCode.NotFound, await ActAsync(http, "/admin/nodes/eu-3/explode"));
        Assert.Equal(HttpStatusCode.OK, await ActAsync(http, "/admin/nodes/eu-3/pause"));
        Assert.Equal("paused", await StateAsync(http, "eu-3"));
        Assert.Equal(HttpStatusCode.OK, await ActAsync(http, "/admin/nodes/eu-3/resume"));
        Assert.Equal(HttpStatusCode.OK, await ActAsync(http, "/admin/nodes/eu-3/kill"));
        Assert.Equal("killed", await StateAsync(http, "eu-3"));
        Assert.Equal(HttpStatusCode.Conflict, await ActAsync(http, "/admin/nodes/eu-3/kill"));
        Assert.Equal(HttpStatusCode.OK, await ActAsync(http, "/admin/nodes/eu-3/restart"));
        Assert.Equal("running", await StateAsync(http, "eu-3"));
        var texts = (await StatusAsync(http)).GetProperty("events").EnumerateArray()
            .Where(happened => happened.GetProperty("node").GetString() == "eu-3")
            .Select(happened => happened.GetProperty("text").GetString()!);
        Assert.Contains("killed", texts);
    }

    [Fact]
    public async Task Links_are_cut_slowed_and_healed()
    {
        await using var server = await OutriderServer.StartAsync(Small(), Stop);
        using var http = new HttpClient { BaseAddress = new Uri(server.HttpAddress!) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.AdminToken);
        Assert.Equal(HttpStatusCode.OK, await ActAsync(http, "/admin/chaos/partition", new { a = "eu-1", b = "eu-3" }));
        Assert.Equal(HttpStatusCode.OK, await ActAsync(http, "/admin/chaos/delay", new
        {
            a = "eu",
            b = "eu",
            delayMs = 2
        }));
        Assert.Equal(HttpStatusCode.NotFound, await ActAsync(http, "/admin/chaos/partition", new
        {
            a = "eu",
            b = "mars"
        }));
        Assert.Equal(HttpStatusCode.BadRequest, await ActAsync(http, "/admin/chaos/partition", new { a = "eu" }));
        var faults = (await http.GetFromJsonAsync<JsonElement>("/admin/chaos", Stop)).GetProperty("faults");
        Assert.Contains(faults.EnumerateArray(), fault => fault.GetProperty("kind").GetString() == "partition");
        Assert.Equal(HttpStatusCode.OK, await ActAsync(http, "/admin/chaos/heal"));
        Assert.Empty(server.Links.Disturbances);
        var control = await http.GetFromJsonAsync<JsonElement>("/admin/control", Stop);
        Assert.True(control.GetProperty("reachable").GetBoolean());
        Assert.NotEqual(0, control.GetProperty("groups").GetArrayLength());
    }

    [Fact]
    public async Task A_page_of_another_site_that_resolves_here_gets_nothing()
    {
        await using var server = await OutriderServer.StartAsync(Small(), Stop);
        using var http = new HttpClient { BaseAddress = new Uri(server.HttpAddress!) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { Host = "evil.example" } };
        using var answer = await http.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Fact]
    public async Task An_address_that_others_reach_is_refused_without_encryption_and_users()
    {
        var open = Small() with { Bind = IPAddress.Any };
        var refused = await Assert.ThrowsAsync<OptionsException>(() => OutriderServer.StartAsync(open, Stop));
        Assert.Contains("--insecure", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_appended_is_there_after_the_whole_set_was_stopped_and_started()
    {
        using var scratch = new ScratchDirectory();
        var options = Small() with { DataDirectory = scratch.Sub("data") };
        Position position;
        await using (var server = await OutriderServer.StartAsync(options, Stop))
        {
            await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
            position = (await client.AppendAsync("k", "v"u8.ToArray(), cancellation: Stop)).Require().Positions[0];
            var busy = await Assert.ThrowsAsync<OptionsException>(() => OutriderServer.StartAsync(options, Stop));
            Assert.Contains("cannot be used", busy.Message, StringComparison.Ordinal);
        }

        await using var again = await OutriderServer.StartAsync(options, Stop);
        await using var reader = await OutriderClient.ConnectAsync(again.Endpoints, cancellation: Stop);
        var page = (await reader.ReadKeyAsync("k", new Position(0), cancellation: Stop)).Require();
        Assert.Equal(position, Assert.Single(page.Records).Position);
    }

    [Fact]
    public async Task The_console_shows_records_to_everybody_only_where_everybody_may_read_them()
    {
        await using var open = await OutriderServer.StartAsync(Small(), Stop);
        using var anyone = new HttpClient { BaseAddress = new Uri(open.HttpAddress!) };
        Assert.Contains("<title>Outrider</title>", await anyone.GetStringAsync("/", Stop), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await anyone.GetAsync("/console/feed", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await anyone.GetAsync("/console/secret", Stop)).StatusCode);
        var users = new Users([new("ann", Role.Read, PasswordHash.Of("pw"))]);
        await using var closed = await OutriderServer.StartAsync(Small() with { Users = users }, Stop);
        using var http = new HttpClient { BaseAddress = new Uri(closed.HttpAddress!) };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/console/feed", Stop)).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", closed.AdminToken);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/console/feed", Stop)).StatusCode);
    }

    private static OutriderOptions Small() => new()
    {
        Regions = ["eu"],
        NodesPerRegion = 3,
        Rtt = [],
        Log = LogOptions.Default with { Shards = 1, Replicas = 2 },
    };

    private static async Task<HttpStatusCode> ActAsync(HttpClient http, string path, object? body = null)
    {
        using var answer = await http.PostAsJsonAsync(path, body ?? new { }, Stop);
        return answer.StatusCode;
    }

    private static Task<JsonElement> StatusAsync(HttpClient http) => http.GetFromJsonAsync<JsonElement>("/status",
        Stop);

    private static async Task<string?> StateAsync(HttpClient http, string node) =>
        (await StatusAsync(http)).GetProperty("nodes").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == node).GetProperty("state").GetString();
}
