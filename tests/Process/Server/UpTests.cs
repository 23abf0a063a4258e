using System.Diagnostics;
using System.Text.Json;

namespace Outrider.Tests.Process.Server;

/// <summary>
/// <c>outrider up</c> as a user runs it: the replay of the flights ends with the statistics of the file, whoever is
/// killed meanwhile.
/// </summary>
public sealed class UpTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_replay_survives_the_kill_of_a_node_and_of_the_ordering_leader(bool processes)
    {
        using var scratch = new ScratchDirectory();
        string[] flags = processes ? ["--processes"] : [];
        using var up = new Ending(Start(
            ["up", "--json", "--port", "0", "--http", "0", "--peer-port", "0", "--load-rate", "2000", "--data",
                scratch.Sub("data"), .. flags]));
        var errors = up.Process.StandardError.ReadToEndAsync(Stop);
        var home = await ReadAsync(up.Process, errors);
        var at = new Uri(home.GetProperty("http").GetString()!).Authority;
        var token = await File.ReadAllTextAsync(home.GetProperty("adminTokenFile").GetString()!, Stop);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{at}") };
        await Patience.Until(() => ConfirmedAsync(http).Result > 2_000, "some flights are confirmed");
        await ActAsync(at, token, "kill", "eu-1");
        await ActAsync(at, token, "restart", "eu-1");
        await Patience.Until(() => LeaderAsync(http).Result.Length > 0, "somebody leads the order");
        var leader = await LeaderAsync(http);
        if (processes) await KillAsync(http, leader);
        else await ActAsync(at, token, "kill", leader);
        var report = await ReadAsync(up.Process, errors);
        Assert.True(report.GetProperty("statisticsEqual").GetBoolean(), report.ToString());
        Assert.Equal(20_000, report.GetProperty("records").GetInt64());
        Assert.Equal(20_000, report.GetProperty("expected").GetInt64());
        Assert.Equal(0, report.GetProperty("revoked").GetInt64());
        var status = await http.GetStringAsync("/status", Stop);
        var end = processes ? "ended by signal 9" : "killed";
        Assert.Contains($"{leader} {end}", status, StringComparison.Ordinal);
        Assert.Contains("the log is available", status, StringComparison.Ordinal);
        Assert.NotEqual(leader, await LeaderAsync(http));
        if (!processes) await LoseTheOrderAsync(at, token, http, leader);
        await Program.RunAsync("kill", ["-TERM", $"{up.Process.Id}"]);
        await up.Process.WaitForExitAsync(Stop).WaitAsync(TimeSpan.FromMinutes(1), Stop);
    }

    private static async Task LoseTheOrderAsync(string at, string token, HttpClient http, string dead)
    {
        // The members of the order are the first node of each region.
        var other = dead == "asia-1" ? "us-1" : "asia-1";
        await ActAsync(at, token, "kill", other);
        var status = await http.GetStringAsync("/status", Stop);
        Assert.Contains("the log is NOT available: 2 of the 3 members", status, StringComparison.Ordinal);
        await ActAsync(at, token, "restart", other);
        await Patience.Until(
            () => http.GetStringAsync("/status", Stop).Result.Contains("log is available", StringComparison.Ordinal),
            "a majority orders again");
    }

    private static async Task KillAsync(HttpClient http, string node)
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync("/status", Stop));
        var id = document.RootElement.GetProperty("nodes").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == node).GetProperty("processId").GetInt32();
        await Program.RunAsync("kill", ["-9", $"{id}"]);
    }

    private static System.Diagnostics.Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(Cli(), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return System.Diagnostics.Process.Start(start)!;
    }

    private static async Task<JsonElement> ReadAsync(System.Diagnostics.Process up, Task<string> errors)
    {
        var line = await up.StandardOutput.ReadLineAsync(Stop).AsTask().WaitAsync(TimeSpan.FromMinutes(4), Stop);
        if (line is null) Assert.Fail(await errors);
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    private static async Task ActAsync(string at, string token, string verb, string node)
    {
        var (code, output) = await Program.RunAsync(
            Cli(), ["node", verb, node, "--at", at], variable: ("OUTRIDER_ADMIN_TOKEN", token.Trim()));
        Assert.True(code == 0, output);
    }

    private static async Task<long> ConfirmedAsync(HttpClient http) =>
        await LogAsync(http) is { } log ? log.GetProperty("confirmed").GetInt64() : 0;

    private static async Task<string> LeaderAsync(HttpClient http) =>
        await LogAsync(http) is { } log ? log.GetProperty("orderingLeader").GetString()! : "";

    private static async Task<JsonElement?> LogAsync(HttpClient http)
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync("/status", Stop));
        var log = document.RootElement.GetProperty("log");
        return log.ValueKind == JsonValueKind.Object ? log.Clone() : null;
    }

    private static string Cli()
    {
        var file = Path.GetFullPath(Path.Combine(
            AppContext.BaseDirectory, "..", "..", "Outrider.Cli", "release", "outrider"));
        Assert.True(File.Exists(file), $"{file} is missing: build the solution in Release first");
        return file;
    }

    /// <summary>A cluster that a failed test leaves behind keeps the machine busy: its nodes end with it.</summary>
    private sealed record Ending(System.Diagnostics.Process Process) : IDisposable
    {
        public void Dispose()
        {
            if (!Process.HasExited) Process.Kill();
            Process.Dispose();
        }
    }
}
