using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>A node that the cluster was not founded with: it joins, serves, and is there after a restart.</summary>
public sealed class NodeAddTests
{
    private const int Before = 10;
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_is_added_and_the_log_is_read_and_written_through_it()
    {
        using var scratch = new ScratchDirectory();
        var options = Options(scratch.Sub("data"));
        await using (var set = await ProcessSet.StartAsync(options, ["dotnet", ServerProcess.HostFile()], Stop))
        {
            using var http = Admin(set.HttpAddress!, set.AdminToken);
            for (var i = 0; i < Before; i++) await AppendAsync(EndpointOf(set.Endpoints, 0), $"old{i}");
            await ActAsync(http, "eu-4", "add");
            Assert.Equal("running", await StateAsync(http, "eu-4"));
            Assert.Equal(["eu-1", "eu-2", "eu-3", "eu-4"], set.Layout.Nodes.Select(node => node.Name));
            var added = EndpointOf(set.Endpoints, 3);
            for (var i = 0; i < Before; i++) await AppendAsync(added, $"new{i}");
            // A founder of its region dies; the added node goes on for the clients.
            await ActAsync(http, "eu-1", "kill");
            await AppendAsync(added, "after");
            await ExpectAsync(added);
            await ActAsync(http, "eu-4", "kill");
            await ActAsync(http, "eu-4", "restart");
            await ActAsync(http, "eu-1", "restart");
            await Patience.Until(() => StateAsync(http, "eu-4").Result == "running", "the added node is back");
        }

        await using var again = await ProcessSet.StartAsync(options, ["dotnet", ServerProcess.HostFile()], Stop);
        Assert.Equal(4, again.Layout.Nodes.Count);
        Assert.Equal(3, again.Layout.FoundingCount);
        await ExpectAsync(EndpointOf(again.Endpoints, 3));
    }

    [Fact]
    public async Task A_node_of_this_process_is_added_removed_taken_back_and_kept()
    {
        using var scratch = new ScratchDirectory();
        var options = Options(scratch.Sub("data"));
        await using (var server = await OutriderServer.StartAsync(options, Stop))
        {
            using var http = Admin(server.HttpAddress!, server.AdminToken);
            for (var i = 0; i < Before; i++) await AppendAsync(server.EndpointOf("eu-1")!, $"old{i}");
            await server.AddNodeAsync("eu-4", Stop);
            for (var i = 0; i < Before; i++) await AppendAsync(server.EndpointOf("eu-4")!, $"new{i}");
            Assert.Contains("no region 'mars'", await RefusedAsync(http, "mars-1"), StringComparison.Ordinal);
            Assert.Contains("as in eu-5", await RefusedAsync(http, "eu5"), StringComparison.Ordinal);
            var twice = await Assert.ThrowsAsync<OptionsException>(() => server.AddNodeAsync("eu-4", Stop));
            Assert.Contains("in the layout already", twice.Message, StringComparison.Ordinal);
            foreach (var verb in (string[])["pause", "resume", "remove", "add", "kill", "restart"])
                await ActAsync(http, "eu-4", verb);
            await AppendAsync(server.EndpointOf("eu-4")!, "after");
        }

        var other = await Assert.ThrowsAsync<OptionsException>(
            () => OutriderServer.StartAsync(options with { NodesPerRegion = 4 }, Stop));
        Assert.Contains("outrider node add", other.Message, StringComparison.Ordinal);
        await using var again = await OutriderServer.StartAsync(options, Stop);
        await ExpectAsync(again.EndpointOf("eu-4")!);
    }

    [Fact]
    public async Task An_added_node_stands_in_for_a_founder_and_gives_back_when_it_returns()
    {
        using var scratch = new ScratchDirectory();
        await using var server = await OutriderServer.StartAsync(Options(scratch.Sub("data")), Stop);
        using var http = Admin(server.HttpAddress!, server.AdminToken);
        await server.AddNodeAsync("eu-4", Stop);
        for (var i = 0; i < Before; i++) await AppendAsync(server.EndpointOf("eu-4")!, $"old{i}");
        Assert.DoesNotContain("eu-4", await PrimariesAsync(http));
        await ActAsync(http, "eu-1", "kill");
        await Patience.Until(() => PrimariesAsync(http).Result.SequenceEqual(["eu-2", "eu-4"]), "eu-4 stands in");
        await Patience.Until(() => CopiesAsync(http, "eu-2").Result.Contains("eu-4"), "and holds what eu-2 places");
        for (var i = 0; i < Before; i++) await AppendAsync(server.EndpointOf("eu-4")!, $"new{i}");
        await ActAsync(http, "eu-1", "restart");
        await Patience.Until(() => PrimariesAsync(http).Result.SequenceEqual(["eu-1", "eu-2"]), "eu-1 is back");
        // What was placed while eu-1 was away stands on eu-2 and eu-4.
        await ActAsync(http, "eu-2", "kill");
        await AppendAsync(server.EndpointOf("eu-4")!, "after");
        await ExpectAsync(server.EndpointOf("eu-4")!);
    }

    private static async Task<List<string>> PrimariesAsync(HttpClient http) =>
        [.. (await ServingAsync(http)).Select(rid => rid.GetProperty("primary").GetString()!).Order()];

    private static async Task<List<string>> CopiesAsync(HttpClient http, string primary) =>
        [.. (await ServingAsync(http)).Where(rid => rid.GetProperty("primary").GetString() == primary)
            .SelectMany(rid => rid.GetProperty("copies").EnumerateArray().Select(copy => copy.GetString()!))];

    private static async Task<List<JsonElement>> ServingAsync(HttpClient http)
    {
        var status = await http.GetFromJsonAsync<JsonElement>("/status", Stop);
        if (status.GetProperty("log") is not { ValueKind: JsonValueKind.Object } log) return [];
        return [.. log.GetProperty("rids").EnumerateArray()
            .Where(rid => rid.GetProperty("state").GetString() is "live" or "parked")];
    }

    private static OutriderOptions Options(string data) => new()
    {
        DataDirectory = data,
        Regions = ["eu"],
        NodesPerRegion = 3,
        Rtt = [],
        Log = LogOptions.Default with { Shards = 1, Replicas = 2 },
    };

    private static HttpClient Admin(string address, string token)
    {
        var http = new HttpClient { BaseAddress = new Uri(address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static IPEndPoint EndpointOf(string endpoints, int place) => IPEndPoint.Parse(endpoints.Split(',')[place]);

    private static async Task AppendAsync(IPEndPoint at, string value) =>
        Assert.Matches("^\\$[0-9]+\r\n[0-9]+-[0-9]+\r\n$", await CallAsync(at, lines: 2, "XADD", "s", "*", "k", value));

    /// <summary>All records, each once, in the order in which they were acknowledged.</summary>
    private static async Task ExpectAsync(IPEndPoint at)
    {
        string[] expected = [.. Enumerable.Range(0, Before).Select(i => $"old{i}"),
            .. Enumerable.Range(0, Before).Select(i => $"new{i}"), "after"];
        // A record is an identifier (2 lines) and two fields (4), each with the lines that announce it.
        var text = await CallAsync(at, lines: 1 + expected.Length * 8, "XRANGE", "s", "-", "+");
        var values = text.Split("\r\n").Where(line => line.StartsWith("old", StringComparison.Ordinal)
            || line.StartsWith("new", StringComparison.Ordinal) || line == "after");
        Assert.Equal(expected, values);
    }

    /// <summary>One command on a connection of its own; so many lines of the answer.</summary>
    private static async Task<string> CallAsync(IPEndPoint at, int lines, params string[] words)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(at, Stop);
        var command = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words) command.Append(CultureInfo.InvariantCulture, $"${word.Length}\r\n{word}\r\n");
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command.ToString()), Stop);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        var answer = new StringBuilder();
        for (var i = 0; i < lines; i++)
        {
            var line = await Patience.Get(reader.ReadLineAsync(Stop).AsTask());
            answer.Append(line).Append("\r\n");
            if (i == 0 && line is null or ['-', ..]) break;
        }

        return answer.ToString();
    }

    private static async Task ActAsync(HttpClient http, string node, string verb)
    {
        using var answer = await http.PostAsJsonAsync($"/admin/nodes/{node}/{verb}", new { }, Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private static async Task<string> RefusedAsync(HttpClient http, string node)
    {
        using var answer = await http.PostAsJsonAsync($"/admin/nodes/{node}/add", new { }, Stop);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("error").GetString()!;
    }

    private static async Task<string> StateAsync(HttpClient http, string node)
    {
        var status = await http.GetFromJsonAsync<JsonElement>("/status", Stop);
        return status.GetProperty("nodes").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == node).GetProperty("state").GetString()!;
    }
}
