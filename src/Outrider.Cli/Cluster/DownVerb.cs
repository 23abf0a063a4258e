using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Outrider.Cli.Cluster;

/// <summary><c>down</c>: ends the cluster that runs here, in order.</summary>
internal static partial class DownVerb
{
    private const int Terminate = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var at = Common.At();
        var json = Common.Json();
        var command = new Command("down", "end the cluster that runs here, in order") { at, json };
        command.SetAction(async (parsed, stop) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var talk = parsed.InvocationConfiguration.Error;
            if (RunState.FindRunning(parsed.GetValue(at)) is not { } state)
            {
                talk.WriteLine("No cluster runs here.");
                return ExitCodes.Negative;
            }

            using var process = Process.GetProcessById(state.ProcessId);
            End(process);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(Patience);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                talk.WriteLine($"Process {state.ProcessId} does not end; look at it, or end it with kill -9.");
                return ExitCodes.Timeout;
            }

            state.Remove();
            output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { stopped = true, processId = state.ProcessId })
                : $"stopped (process {state.ProcessId})");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void End(Process process)
    {
        // A signal lets the cluster close its journals; Windows has none for a process without a console of ours.
        if (OperatingSystem.IsWindows()) process.Kill();
        else _ = Kill(process.Id, Terminate);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
