using System.CommandLine;
using System.Text.Json;
using Outrider.Runtime;
using Outrider.Server.Embedding;

namespace Outrider.Cli.Cluster;

/// <summary><c>node start --config FILE</c>: one node of a cluster of processes, until it is told to stop.</summary>
internal static class NodeStartVerb
{
    public static Command Create()
    {
        var json = Common.Json();
        var withParent = new Option<bool>("--with-parent")
        {
            Description = "end when standard input ends: with the process that started this one",
        };
        var command = new Command("start", "run one node of a cluster of processes") { json, withParent };
        var flags = new ServerSettings(command, "processes", "load", "regions", "nodes-per-region");
        command.SetAction((parsed, stop) => RunAsync(
            parsed, flags, parsed.GetValue(json), parsed.GetValue(withParent), stop));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, ServerSettings flags, bool json, bool withParent, CancellationToken stop)
    {
        var output = parsed.InvocationConfiguration.Output;
        var talk = parsed.InvocationConfiguration.Error;
        if (flags.Load(parsed, talk) is not { } settings) return ExitCodes.Usage;
        using var logs = Logging.Create(settings);
        try
        {
            await using var node = await OutriderNode.StartAsync(settings, logs);
            if (json)
            {
                output.WriteLine(JsonSerializer.Serialize(new
                {
                    ready = true,
                    node = node.Info.Name,
                    resp = node.Endpoint.ToString(),
                    http = node.HttpAddress,
                }));
            }
            else talk.WriteLine($"{node.Info.Name}: clients {node.Endpoint}, http {node.HttpAddress}");
            output.Flush();
            await Task.WhenAny(node.Ended, StoppedAsync(stop), withParent ? ParentAsync() : node.Ended);
            if (!node.Ended.IsCompleted) return ExitCodes.Ok;
            talk.WriteLine($"{node.Info.Name} has stopped itself: {node.Reason}");
            return ExitCodes.Bug;
        }
        catch (OptionsException e)
        {
            talk.WriteLine(e.Message);
            return ExitCodes.Usage;
        }
        catch (Exception e) when (e is NodeOpenException or IOException)
        {
            talk.WriteLine(e.Message);
            return ExitCodes.InputOutput;
        }
    }

    /// <summary>Completes when whoever holds the other end of standard input is gone.</summary>
    private static Task ParentAsync() => Task.Factory.StartNew(
        static () =>
        {
            // The console reads on the calling thread, whatever is asked of it: it gets one of its own.
            while (Console.In.ReadLine() is not null) { }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static async Task StoppedAsync(CancellationToken stop)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = stop.Register(() => told.TrySetResult());
        await told.Task;
    }
}
