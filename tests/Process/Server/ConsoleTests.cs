using System.Runtime.CompilerServices;
using Outrider.Client;

namespace Outrider.Tests.Process.Server;

/// <summary>The console in a browser, with a stream of appends to look at.</summary>
public sealed class ConsoleTests
{
    [Fact]
    public async Task The_console_shows_the_cluster_and_acts_on_it()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints,
            cancellation: TestContext.Current.CancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var feeding = FeedAsync(client, over.Token);
        var shots = Environment.GetEnvironmentVariable("OUTRIDER_SCREENSHOTS");
        string[] arguments = [Script(), server.Http, server.Token, .. shots is null ? (string[])[] : [shots]];
        var modules = Path.Combine(NpmPackages.With("playwright-core", "1"), "node_modules");
        var (code, output) = await Program.RunAsync("node", arguments, variable: ("NODE_PATH", modules));
        await over.CancelAsync();
        await feeding;
        Assert.True(code == 0, output);
        Assert.Contains("the console works", output, StringComparison.Ordinal);
    }

    private static async Task FeedAsync(OutriderClient client, CancellationToken over)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                // While a node is down an append may fail; the next one is as good to look at.
                await client.AppendAsync($"key{i % 7}", "value"u8.ToArray(), cancellation: over);
                await Task.Delay(20, over);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough has been seen.
        }
    }

    private static string Script([CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "console.cjs");
}
