using System.CommandLine;
using Outrider.Server.Configuration;
using Outrider.Server.Embedding;

namespace Outrider.Cli.Cluster;

/// <summary><c>up</c>: a cluster of several regions on this machine, with a load to look at.</summary>
internal static class UpVerb
{
    public static Command Create()
    {
        var json = Common.Json();
        var detach = new Option<bool>("--detach") { Description = "go on in the background; `outrider down` ends it" };
        var rate = new Option<int>("--load-rate")
        {
            Description = "flights a second",
            DefaultValueFactory = _ => 500,
        };
        var command = new Command("up", "start a cluster of several regions on this machine") { json, detach, rate };
        var flags = new ServerSettings(command, "node", "layout");
        command.SetAction((parsed, stop) => RunAsync(parsed, flags, json, detach, rate, stop));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, ServerSettings flags, Option<bool> json, Option<bool> detach, Option<int> rate,
        CancellationToken stop)
    {
        var output = parsed.InvocationConfiguration.Output;
        var talk = parsed.InvocationConfiguration.Error;
        if (flags.Load(parsed, talk) is not { } settings) return ExitCodes.Usage;
        if (parsed.GetValue(detach)) return await Detached.StartAsync(parsed.GetValue(json), output, talk, stop);

        using var logs = Logging.Create(settings);
        var started = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            await using var cluster = settings.Flag("processes")
                ? await ProcessCluster.StartAsync(settings, logs, stop)
                : await InProcessCluster.StartAsync(settings, logs, stop);
            cluster.State.Save();
            try
            {
                Banner.Show(cluster, settings, started.Elapsed, parsed.GetValue(json), output, talk);
                await RunLoadAsync(cluster, settings, parsed.GetValue(rate), parsed.GetValue(json), output, talk, stop);
            }
            finally
            {
                cluster.State.Remove();
            }

            return ExitCodes.Ok;
        }
        catch (OptionsException e)
        {
            talk.WriteLine(e.Message);
            return ExitCodes.Usage;
        }
        catch (IOException e)
        {
            talk.WriteLine($"The cluster does not start: {e.Message}");
            return ExitCodes.InputOutput;
        }
        catch (TimeoutException e)
        {
            talk.WriteLine($"The cluster does not become ready: {e.Message}");
            return ExitCodes.Timeout;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    /// <summary>Replays the data set, reports, and then waits for the end.</summary>
    private static async Task RunLoadAsync(
        IRunningCluster cluster, Settings settings, int rate, bool json, TextWriter output, TextWriter talk,
        CancellationToken stop)
    {
        try
        {
            if (settings["load"].Value == "flights")
                await FlightsLoad.RunAsync(cluster, rate, json, output, talk, stop);
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            talk.WriteLine();
            talk.WriteLine("Stopping in order.");
        }
    }
}
