using System.Diagnostics;
using System.Text.Json;

namespace Outrider.Cli.Cluster;

/// <summary>Runs <c>up</c> in a process of its own and waits until it says that it is ready.</summary>
internal static class Detached
{
    public static async Task<int> StartAsync(bool json, TextWriter output, TextWriter talk, CancellationToken stop)
    {
        var folder = Path.Combine(RunState.Folder, "logs");
        Directory.CreateDirectory(folder);
        var log = Path.Combine(folder, $"up-{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}.log");
        using var child = Process.Start(Command(log))
            ?? throw new IOException("the background process does not start");
        // The shell that starts it puts all its output into the log; its first line of data is the ready line.
        while (!child.HasExited)
        {
            if (ReadyLine(log) is { } ready)
            {
                if (json) output.WriteLine(ready);
                else Show(ready, log, talk);
                return ExitCodes.Ok;
            }

            await Task.WhenAny(child.WaitForExitAsync(stop), ChangedAsync(log, stop));
            stop.ThrowIfCancellationRequested();
        }

        talk.WriteLine($"The cluster does not start; its log is {log}:");
        foreach (var line in File.ReadLines(log).TakeLast(10)) talk.WriteLine($"  {line}");
        return child.ExitCode == 0 ? ExitCodes.Bug : child.ExitCode;
    }

    private static ProcessStartInfo Command(string log)
    {
        var arguments = Environment.GetCommandLineArgs().Skip(1)
            .Where(argument => argument is not ("--detach" or "--json")).Append("--json");
        var quoted = string.Join(' ', arguments.Select(Quote));
        var program = Quote(Environment.ProcessPath!);
        var shell = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd", $"/c \"{program} {quoted} > \"{log}\" 2>&1\"")
            : new ProcessStartInfo("/bin/sh", ["-c", $"exec {program} {quoted} >{Quote(log)} 2>&1 </dev/null"]);
        shell.UseShellExecute = false;
        shell.CreateNoWindow = true;
        return shell;
    }

    private static string Quote(string text) =>
        OperatingSystem.IsWindows() ? $"\"{text}\"" : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>
    /// The ready line of <paramref name="log"/>, null while it is not there whole: the child writes a long line in
    /// several pieces, and the watcher tells of the first.
    /// </summary>
    internal static string? ReadyLine(string log)
    {
        if (!File.Exists(log)) return null;
        using var reader = new StreamReader(
            new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var lines = reader.ReadToEnd().Split('\n');
        return lines[..^1].FirstOrDefault(line => line.StartsWith("{\"ready\":true", StringComparison.Ordinal));
    }

    private static async Task ChangedAsync(string log, CancellationToken stop)
    {
        using var watcher = Watcher(log);
        if (watcher is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
            return;
        }

        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Changed += (_, _) => changed.TrySetResult();
        watcher.Created += (_, _) => changed.TrySetResult();
        if (ReadyLine(log) is not null) return;
        // The limit covers a file system that tells of no changes.
        await Task.WhenAny(changed.Task, Task.Delay(TimeSpan.FromMilliseconds(500), stop));
    }

    /// <summary>Null where the system has no watcher to give: the log is then looked at again and again.</summary>
    private static FileSystemWatcher? Watcher(string log)
    {
        var watcher = new FileSystemWatcher(Path.GetDirectoryName(log)!, Path.GetFileName(log));
        try
        {
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (IOException)
        {
            watcher.Dispose();
            return null;
        }
    }

    private static void Show(string ready, string log, TextWriter talk)
    {
        using var document = JsonDocument.Parse(ready);
        var root = document.RootElement;
        talk.WriteLine($"ready: clients {Common.Text(root, "resp")}, http {Common.Text(root, "http")}, "
            + $"process {Common.Text(root, "processId")}");
        talk.WriteLine($"  log {log}");
        talk.WriteLine("  end it with `./outrider down`");
    }
}
