using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Outrider.Client;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>The disks of both nodes that hold a shard are lost: an operator adds a node and says so.</summary>
public sealed class LossTests
{
    private const int Keys = 40;
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_shard_whose_disks_are_destroyed_goes_on_once_they_are_given_up()
    {
        using var scratch = new ScratchDirectory();
        var data = scratch.Sub("data");
        var options = new OutriderOptions
        {
            DataDirectory = data,
            Regions = ["eu"],
            NodesPerRegion = 5,
            Rtt = [],
            Log = LogOptions.Default with { Shards = 2, Replicas = 2 },
        };
        await using var set = await ProcessSet.StartAsync(options, ["dotnet", ServerProcess.HostFile()], Stop);
        using var http = new HttpClient { BaseAddress = new Uri(set.HttpAddress!) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", set.AdminToken);
        await using var client = await OutriderClient.ConnectAsync(set.Endpoints, cancellation: Stop);
        var before = await AppendAllAsync(client);
        // The second shard's two; of the three that order the log eu-3 is one.
        foreach (var node in (string[])["eu-3", "eu-4"])
        {
            await ActAsync(http, $"/admin/nodes/{node}/kill", new { });
            Directory.Delete(Path.Combine(data, "nodes", node), recursive: true);
        }

        await ActAsync(http, "/admin/nodes/eu-6/add", new { });
        await Patience.Until(() => MissingAsync(client).Result.Count == 2, "both sub-logs of the shard are missing");
        var missing = await MissingAsync(client);
        Assert.All(missing, sub => Assert.Equal((1, "eu-3 eu-4"), (sub.Shard, string.Join(' ', sub.Silent))));
        await ExpectAdvice(client);
        var refused = Assert.IsType<Outcome<long>.Refused>(await client.GiveUpAsync(missing[0].SubLog, false, Stop));
        Assert.Contains("--force", refused.Reason, StringComparison.Ordinal);
        var cli = await CliAsync("log", "missing", "--server", set.Endpoints.Split(',')[0]);
        Assert.Contains($"rid{missing[1].SubLog}: {missing[1].Slots} slots of shard 1", cli, StringComparison.Ordinal);
        await ActAsync(http, "/admin/log/give-up", new { rid = missing[0].SubLog, yes = true, force = true });
        cli = await CliAsync(
            "log", "give-up", "shard1", "--yes", "--force", "--server", set.Endpoints.Split(',')[0]);
        Assert.Contains($"{missing[1].Slots} slots of rid{missing[1].SubLog} are lost", cli, StringComparison.Ordinal);
        Assert.Empty(await MissingAsync(client));
        var after = await AppendAllAsync(client);
        var (read, lost) = await ReadAllAsync(client);
        Assert.Superset(after, read);
        var gone = before.Except(read).ToList();
        Assert.NotEmpty(gone);
        Assert.NotEqual(before.Count, gone.Count);
        Assert.Superset(gone.ToHashSet(), lost.ToHashSet());
        Assert.Equal(missing.Sum(sub => sub.Slots), lost.Count);
    }

    /// <summary>Keys of the whole shard are served; those of the other wait, and the outcome says for what.</summary>
    private static async Task ExpectAdvice(OutriderClient client)
    {
        var patient = new AppendOptions(Deadline: TimeSpan.FromSeconds(18));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, Keys).Select(i =>
            client.AppendAsync($"key{i}", "early"u8.ToArray(), patient, Stop)));
        Assert.Contains(outcomes, outcome => outcome is Outcome<Appended>.Done);
        var waiting = outcomes.Where(outcome => outcome is not Outcome<Appended>.Done).ToList();
        Assert.NotEmpty(waiting);
        Assert.All(waiting, outcome => Assert.Contains(
            "outrider log missing",
            Assert.IsType<Outcome<Appended>.Unknown>(outcome).Reason,
            StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<MissingSubLog>> MissingAsync(OutriderClient client) =>
        await client.MissingAsync(Stop) is Outcome<IReadOnlyList<MissingSubLog>>.Done found ? found.Value : [];

    private static async Task<SortedSet<long>> AppendAllAsync(OutriderClient client)
    {
        var positions = new SortedSet<long>();
        for (var i = 0; i < Keys; i++)
        {
            var outcome = await client.AppendAsync($"key{i}", "value"u8.ToArray(), cancellation: Stop);
            Assert.True(positions.Add(outcome.Require().Positions[0].Value));
        }

        return positions;
    }

    private static async Task<(SortedSet<long> Read, SortedSet<long> Lost)> ReadAllAsync(OutriderClient client)
    {
        var (read, lost) = (new SortedSet<long>(), new SortedSet<long>());
        var end = (await client.TailAsync(Stop)).Require().Confirmed;
        for (var next = new Position(0); next < end;)
        {
            var page = (await client.ReadAsync(next, 50, Stop)).Require();
            foreach (var record in page.Records) read.Add(record.Position.Value);
            foreach (var position in page.Lost) lost.Add(position.Value);
            Assert.True(page.Next > next);
            next = page.Next;
        }

        return (read, lost);
    }

    private static async Task ActAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body, Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private static async Task<string> CliAsync(params string[] words)
    {
        var file = Path.GetFullPath(Path.Combine(
            AppContext.BaseDirectory, "..", "..", "Outrider.Cli", "release", "outrider"));
        var (code, output) = await Program.RunAsync(file, words);
        Assert.True(code == 0, output);
        return output;
    }
}
