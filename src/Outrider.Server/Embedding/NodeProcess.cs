using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Outrider.Server.Embedding;

/// <summary>
/// A node that is a process of its own, through all its lives. Its standard input is a pipe from this process: when
/// this one dies, however that comes, the node reads the end of it and stops.
/// </summary>
internal sealed partial class NodeProcess(
    LayoutNode node, IReadOnlyList<string> command, string configuration, EventLog events) : IDisposable
{
    private readonly Lock _lock = new();
    private Process? _process;
    private string _last = "not started";
    private bool _stopped;

    public LayoutNode Node => node;

    /// <summary>running, paused, killed, stopped, or exited with a code.</summary>
    public string State
    {
        get
        {
            lock (_lock)
            {
                if (_process is null) return _last;
                return _process.HasExited ? HowEnded(_process) : _stopped ? "paused" : "running";
            }
        }
    }

    public int? ProcessId
    {
        get { lock (_lock) return _process is { HasExited: false } running ? running.Id : null; }
    }

    /// <summary>False when it runs already.</summary>
    public bool Start()
    {
        lock (_lock)
        {
            if (_process is { HasExited: false }) return false;
            _process?.Dispose();
            string[] arguments = [.. command.Skip(1), "node", "start", "--with-parent", "--config", configuration];
            var start = new ProcessStartInfo(command[0], arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            _stopped = false;
            _process = Process.Start(start)!;
            // Not in the handler: whoever kills holds the lock and waits until the handlers have run.
            _process.Exited += (ended, _) => ThreadPool.QueueUserWorkItem(_ => Tell((Process)ended!));
            _process.EnableRaisingEvents = true;
            // Read away, so that it never waits for room in the pipe; what it has to say stands on its error stream.
            _process.BeginOutputReadLine();
            events.Add(node.Name, $"process {_process.Id} started");
            return true;
        }
    }

    /// <summary>The signal that cannot be caught. False when there is nothing to kill.</summary>
    public bool Kill()
    {
        lock (_lock)
        {
            if (_process is not { HasExited: false } running) return false;
            running.Kill();
            running.WaitForExit();
            Forget("killed", $"process {running.Id} killed");
            return true;
        }
    }

    /// <summary>Stops the process where it is, or lets it go on. False when it does not run or not on this system.
    /// </summary>
    public bool Freeze(bool frozen)
    {
        lock (_lock)
        {
            if (OperatingSystem.IsWindows() || _process is not { HasExited: false } running) return false;
            var (stop, go) = OperatingSystem.IsMacOS() ? (17, 19) : (19, 18);
            if (_stopped == frozen || Signal(running.Id, frozen ? stop : go) != 0) return false;
            _stopped = frozen;
            events.Add(node.Name, frozen ? "stopped where it is" : "goes on");
            return true;
        }
    }

    /// <summary>Asks it to end in order, and waits. False when it does not run.</summary>
    public async Task<bool> StopAsync(TimeSpan patience)
    {
        Process? running;
        lock (_lock) running = _process;
        if (running is not { HasExited: false }) return false;
        Freeze(frozen: false);
        running.StandardInput.Close();
        try
        {
            await running.WaitForExitAsync().WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return Kill();
        }

        lock (_lock) Forget("stopped", $"process {running.Id} stopped");
        return true;
    }

    public void Dispose()
    {
        Kill();
        _process?.Dispose();
    }

    /// <summary>Says in the events that a process ended which nobody here had asked to.</summary>
    private void Tell(Process ended)
    {
        lock (_lock)
            if (ReferenceEquals(ended, _process)) events.Add(node.Name, $"process {ended.Id} {HowEnded(ended)}");
    }

    /// <remarks>A Unix shell's convention, which .NET keeps: 128 and the number of the signal.</remarks>
    private static string HowEnded(Process ended) => !OperatingSystem.IsWindows() && ended.ExitCode > 128
        ? $"ended by signal {ended.ExitCode - 128}" : $"exited with {ended.ExitCode}";

    private void Forget(string state, string text)
    {
        _last = state;
        _stopped = false;
        _process?.Dispose();
        _process = null;
        events.Add(node.Name, text);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int processId, int signal);
}
