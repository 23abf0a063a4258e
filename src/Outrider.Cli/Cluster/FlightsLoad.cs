using System.Text.Json;
using Outrider.Client;
using Outrider.Samples.Flights;

namespace Outrider.Cli.Cluster;

/// <summary>Replays the flights through a running cluster and says what came of it.</summary>
internal static class FlightsLoad
{
    public static async Task RunAsync(
        IRunningCluster cluster, int flightsPerSecond, bool json, TextWriter output, TextWriter talk,
        CancellationToken stop)
    {
        var flights = Flight.ReadAll();
        await using var client = await OutriderClient.ConnectAsync(
            cluster.Endpoints, new ClientOptions { Name = "flights" }, stop);
        var tail = (await client.TailAsync(stop)).Require();
        var replay = new FlightReplay(client, flights, flightsPerSecond, tail.Confirmed);
        talk.WriteLine($"replaying {flights.Count:N0} flights at {flightsPerSecond}/s, keyed by origin");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var shown = ShowProgressAsync(replay, talk, over.Token);
        FlightReport report;
        try
        {
            report = await replay.RunAsync(stop);
        }
        finally
        {
            await over.CancelAsync();
            await shown;
        }

        if (json) output.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
        else Show(report, talk);
        output.Flush();
    }

    private static void Show(FlightReport report, TextWriter talk)
    {
        talk.WriteLine($"flights: {report.Records:N0} of {report.Expected:N0} records in {report.Seconds:F1} s, "
            + $"revoked {report.Revoked}, statistics {(report.StatisticsEqual ? "equal" : "DIFFERENT")}");
        talk.WriteLine($"  speculative  p50 {report.SpeculativeP50Ms,7:F1} ms   p99 {report.SpeculativeP99Ms,7:F1} ms");
        talk.WriteLine($"  confirmed    p50 {report.ConfirmedP50Ms,7:F1} ms   p99 {report.ConfirmedP99Ms,7:F1} ms");
        talk.WriteLine("The cluster goes on. Stop with Ctrl-C, or `./outrider down`.");
    }

    private static async Task ShowProgressAsync(FlightReplay replay, TextWriter talk, CancellationToken over)
    {
        var terminal = !Console.IsErrorRedirected;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(terminal ? 0.25 : 10));
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                var at = replay.Progress;
                var line = $"  {Bar(at.Confirmed, at.Expected)} {at.Confirmed,6:N0} confirmed, "
                    + $"{at.Sent - at.Confirmed,5:N0} under way, revoked {at.Revoked}";
                if (terminal) talk.Write($"\r{line}  ");
                else talk.WriteLine(line);
            }
        }
        catch (OperationCanceledException)
        {
            if (terminal) talk.Write($"\r{"",100}\r");
        }
    }

    private static string Bar(long done, long all)
    {
        const int width = 30;
        var full = (int)(done * width / Math.Max(1, all));
        return $"[{new string('#', full)}{new string('.', width - full)}]";
    }
}
