using System.Globalization;
using System.Text.Json;
using Outrider.Server.Embedding;

namespace Outrider.Bench.Logs;

/// <summary>The child's side: a cluster that answers one line with one line until its input ends.</summary>
internal static class LogServerProcess
{
    public static async Task<int> RunAsync(string[] args, TextReader input, TextWriter output)
    {
        var setup = LogSetup.Parse(args[0]);
        await using var server = await OutriderServer.StartAsync(setup.Options() with { DataDirectory = args[1] });
        await SayAsync(server.Endpoints);
        while (await Task.Run(input.ReadLine) is { } line)
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case "status":
                    await SayAsync(JsonSerializer.Serialize(await StatusAsync(server)));
                    break;
                case "kill":
                    await SayAsync(await server.KillNodeAsync(words[1]) ? "ok" : "not running");
                    break;
                case "restart":
                    await server.RestartNodeAsync(words[1]);
                    await SayAsync("ok");
                    break;
                case "delay":
                    server.Links.Delay(words[1], words[2], double.Parse(words[3], CultureInfo.InvariantCulture));
                    await SayAsync("ok");
                    break;
                case "heal":
                    server.Links.Heal();
                    await SayAsync("ok");
                    break;
                default:
                    return 0;
            }
        }

        return 0;

        async Task SayAsync(string line)
        {
            await output.WriteLineAsync(line);
            await output.FlushAsync();
        }
    }

    private static async Task<ServerStatus> StatusAsync(OutriderServer server)
    {
        var status = await server.LogStatusAsync();
        return status is null ? new(0, 0, 0, 0, 0) : new(
            status.Rids.Sum(rid => rid.Committed.Value), status.Rids.Sum(rid => rid.Holes ?? 0),
            status.Rids.Sum(rid => rid.Holes == rid.Committed.Value ? rid.Holes.Value : 0),
            status.RevokedTotal, status.Window);
    }
}

/// <summary>What a cluster says of its log: slots committed and given up so far, and records revoked.</summary>
/// <param name="IdleHoles">Given up by sub-logs that never had a record.</param>
internal sealed record ServerStatus(long Slots, long Holes, long IdleHoles, long Revoked, long Window);
