using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Outrider.Client;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>A cluster whose nodes are processes, with TLS between them: killed, stopped, started again.</summary>
public sealed class ProcessSetTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_acknowledged_survives_the_kill_of_any_process()
    {
        using var scratch = new ScratchDirectory();
        var options = new OutriderOptions
        {
            DataDirectory = scratch.Sub("data"),
            Regions = ["eu"],
            NodesPerRegion = 3,
            Rtt = [],
            Log = LogOptions.Default with { Shards = 1, Replicas = 2 },
        };
        await using var set = await ProcessSet.StartAsync(options, ["dotnet", ServerProcess.HostFile()], Stop);
        await using var client = await OutriderClient.ConnectAsync(set.Endpoints, cancellation: Stop);
        using var http = new HttpClient { BaseAddress = new Uri(set.HttpAddress!) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", set.AdminToken);
        var acknowledged = new SortedSet<long>();
        foreach (var node in set.Layout.Nodes.Select(node => node.Name))
        {
            await AppendAsync(client, acknowledged, 20);
            await ActAsync(http, node, "kill");
            Assert.Contains("killed", await HealthAsync(http), StringComparison.Ordinal);
            await AppendAsync(client, acknowledged, 20);
            await ActAsync(http, node, "restart");
            // Until both copies are whole again, the next kill could take the only one.
            await Patience.Until(() => IsWholeAsync(http).Result, $"{node} is back and every sub-log has two copies");
        }

        var read = new SortedSet<long>();
        var next = new Position(0);
        for (var page = (await client.ReadAsync(next, 50, Stop)).Require(); page.Records.Count > 0;
            page = (await client.ReadAsync(page.Next, 50, Stop)).Require())
            foreach (var record in page.Records) read.Add(record.Position.Value);
        Assert.Superset(acknowledged, read);
        Assert.Equal(120, acknowledged.Count);
    }

    private static async Task AppendAsync(OutriderClient client, SortedSet<long> acknowledged, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var outcome = await client.AppendAsync($"key{i}", "value"u8.ToArray(), cancellation: Stop);
            Assert.True(acknowledged.Add(outcome.Require().Positions[0].Value));
        }
    }

    private static async Task ActAsync(HttpClient http, string node, string verb)
    {
        using var answer = await http.PostAsJsonAsync($"/admin/nodes/{node}/{verb}", new { }, Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private static async Task<string> HealthAsync(HttpClient http) =>
        (await http.GetFromJsonAsync<JsonElement>("/status", Stop)).GetProperty("health").GetString()!;

    private static async Task<bool> IsWholeAsync(HttpClient http)
    {
        var status = await http.GetFromJsonAsync<JsonElement>("/status", Stop);
        if (!status.GetProperty("health").GetString()!.StartsWith("all 3 nodes run",
            StringComparison.Ordinal)) return false;
        if (status.GetProperty("log") is not { ValueKind: JsonValueKind.Object } log) return false;
        var serving = log.GetProperty("rids").EnumerateArray()
            .Where(rid => rid.GetProperty("state").GetString() is "live" or "parked").ToList();
        return serving.Count == 2 && serving.All(rid => rid.GetProperty("copies").GetArrayLength() == 2);
    }
}
